"""What stays of an erasure: its receipt, the notices to those who got the data, the search."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.codes import public_code_default
from privacy.enums_proofs import NoticeState, ReceiptKind, ReceiptState, ResidueState


class Receipt(models.Model):
    """What the mall promised a person and what it then did, as two documents that it signed.

    The documents name nobody: the person stands there as a hash under `salt`.
    """

    code = models.CharField(_("Code"), max_length=20, unique=True, editable=False)
    kind = models.CharField(_("Kind"), max_length=10, choices=ReceiptKind.choices)
    state = models.CharField(
        _("State"), max_length=10, choices=ReceiptState.choices, default=ReceiptState.ISSUED
    )
    subject = models.UUIDField(_("Person"))
    salt = models.CharField(max_length=64)
    document = models.JSONField(_("Promise"))
    document_sha256 = models.CharField(max_length=64)
    outcome = models.JSONField(_("Outcome"), null=True)
    issued_at = models.DateTimeField(_("Issued"), default=timezone.now)
    ended_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        indexes: ClassVar = [
            models.Index(fields=["subject", "-issued_at"], name="privacy_receipt_subject")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=ReceiptState.ISSUED, outcome__isnull=True)
                | (~Q(state=ReceiptState.ISSUED) & Q(outcome__isnull=False)),
                name="privacy_receipt_outcome",
            )
        ]

    def __str__(self) -> str:
        return self.code


class RecipientNotice(models.Model):
    """One recipient who ever got a person's data is told once that it is to be deleted."""

    code = models.CharField(max_length=20, unique=True, default=public_code_default, editable=False)
    case = models.CharField(_("Case"), max_length=20)
    subject = models.UUIDField(_("Person"))
    recipient = models.CharField(_("Recipient"), max_length=40)
    state = models.CharField(
        _("State"), max_length=14, choices=NoticeState.choices, default=NoticeState.WAITING
    )
    parts = models.PositiveIntegerField(_("Parts"), default=1)
    parts_done = models.PositiveIntegerField(_("Parts confirmed"), default=0)
    tries = models.PositiveIntegerField(_("Tries"), default=0)
    last_error = models.CharField(_("What went wrong"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("Written"), default=timezone.now)
    due_at = models.DateTimeField(_("Due"))
    sent_at = models.DateTimeField(_("Sent"), null=True)
    acknowledged_at = models.DateTimeField(_("Confirmed"), null=True)
    settled_by = models.UUIDField(_("Settled by"), null=True)

    class Meta:
        verbose_name = _("notice to a recipient")
        verbose_name_plural = _("notices to recipients")
        permissions: ClassVar = [
            ("settle_notice", "Can note that a recipient was told, and that residue is gone")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "recipient"], name="privacy_notice_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="privacy_notice_subject"),
            models.Index(
                fields=["due_at"],
                name="privacy_notice_open",
                condition=Q(acknowledged_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.code}"


class ResidueSearch(models.Model):
    """A person's distinctive words, sealed under a key of this search, and what they still found.

    The key is destroyed after the second search; the words are unreadable from then on.
    """

    case = models.CharField(_("Case"), max_length=20, unique=True)
    subject = models.UUIDField(_("Person"))
    state = models.CharField(
        _("State"), max_length=10, choices=ResidueState.choices, default=ResidueState.GATHERED
    )
    words = models.BinaryField(null=True)
    words_count = models.PositiveIntegerField(_("Words"), default=0)
    places = models.PositiveIntegerField(_("Places searched"), default=0)
    gathered_at = models.DateTimeField(_("Words sealed"), default=timezone.now)
    erased_at = models.DateTimeField(_("Erased"), null=True)
    first_at = models.DateTimeField(_("First search ended"), null=True)
    second_due_at = models.DateTimeField(_("Second search due"), null=True)
    second_at = models.DateTimeField(_("Second search ended"), null=True)
    key_destroyed_at = models.DateTimeField(_("Words destroyed"), null=True)

    class Meta:
        verbose_name = _("search for what an erasure left")
        verbose_name_plural = _("searches for what erasures left")
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="privacy_residue_subject"),
            models.Index(
                fields=["second_due_at"],
                name="privacy_residue_open",
                condition=Q(key_destroyed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.case


class ResidueFinding(models.Model):
    """A place in which a word was still found: where and how often, never which."""

    search = models.ForeignKey(ResidueSearch, models.CASCADE, related_name="findings")
    round = models.PositiveSmallIntegerField(_("Search"), default=1)
    place = models.CharField(_("Place"), max_length=160)
    count = models.PositiveBigIntegerField(_("How often"), default=0)
    seen_at = models.DateTimeField(_("Seen"), default=timezone.now)
    settled_at = models.DateTimeField(_("Put in order"), null=True)
    settled_by = models.UUIDField(_("Put in order by"), null=True)

    class Meta:
        verbose_name = _("residue")
        verbose_name_plural = _("residues")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["search", "round", "place"], name="privacy_residue_place_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.count}"
