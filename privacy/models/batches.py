"""What ties the ledgers together: leaves in batches, batches in a chain, signed heads."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from privacy.enums import CheckState, KeptAs, Ledger

PLACES = 1 << 16
"""How many leaves a batch can number."""


class LedgerBatch(AppendOnlyModel):
    """Entries of a minute under one Merkle root, numbered without a gap, tied to the one before.

    `reached` says, for each ledger, up to which transaction and entry everything is taken; it is a
    note for the next batch, true on the server that `cluster` names, and no part of the hash.
    """

    id = models.BigIntegerField(_("Number"), primary_key=True)
    sealed_at = models.DateTimeField(_("Sealed"))
    size = models.PositiveIntegerField(_("Entries"))
    total = models.BigIntegerField(_("Entries so far"))
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(_("Hash"), max_length=64)
    key = models.CharField(max_length=16)
    signature = models.CharField(max_length=120)
    reached = models.JSONField(default=dict)
    cluster = models.CharField(max_length=24)

    class Meta:
        verbose_name = _("batch of the ledgers")
        verbose_name_plural = _("batches of the ledgers")

    def __str__(self) -> str:
        return str(self.pk)


class LedgerLeaf(AppendOnlyModel):
    """One entry's place in a batch; it stays when the entry has ended.

    Its number is that of the batch times 65,536, plus its place in it. The leaf of the tree is made
    of `at`, `kept_as`, which says how long the entry must stay, and `content`, a hash of the
    entry's facts and of both tokens.
    """

    id = models.BigIntegerField(primary_key=True)
    ledger = models.CharField(max_length=1, choices=Ledger.choices)
    entry = models.BigIntegerField()
    at = models.DateTimeField()
    kept_as = models.CharField(max_length=1, choices=KeptAs.choices)
    content = models.BinaryField()
    actor_token = models.BinaryField(null=True)
    subject_token = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ledger", "entry"], name="privacy_sealed_once")
        ]
        indexes: ClassVar = [BrinIndex(fields=["at"], name="privacy_leaf_at")]

    def __str__(self) -> str:
        return f"{self.batch}.{self.place}"

    @property
    def batch(self) -> int:
        """The batch it stands in."""
        return int(self.pk) // PLACES

    @property
    def place(self) -> int:
        """Where it stands in the batch."""
        return int(self.pk) % PLACES


class LedgerHead(AppendOnlyModel):
    """The state of the ledgers once a day, signed and published."""

    day = models.DateField(_("Day"), unique=True)
    document = models.JSONField()

    class Meta:
        verbose_name = _("published head")
        verbose_name_plural = _("published heads")

    def __str__(self) -> str:
        return str(self.day)


class LedgerCheck(models.Model):
    """One verification: how far it came, and what it found. Findings name numbers, no person."""

    state = models.CharField(
        _("State"), max_length=10, choices=CheckState.choices, default=CheckState.WAITING
    )
    progress = models.JSONField(default=dict)
    batches = models.BigIntegerField(_("Batches"), default=0)
    entries = models.BigIntegerField(_("Entries"), default=0)
    expired = models.BigIntegerField(_("Expired by rule"), default=0)
    forgotten = models.BigIntegerField(_("Of people who are gone"), default=0)
    pending = models.BigIntegerField(_("Not sealed yet"), default=0)
    found = models.BigIntegerField(_("Findings"), default=0)
    findings = models.JSONField(default=list)
    started_at = models.DateTimeField(_("Started"), default=timezone.now)
    finished_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("verification of the ledgers")
        verbose_name_plural = _("verifications of the ledgers")

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class SigningKey(models.Model):
    """The public half of a key that signs or signed; it is never forgotten.

    The private half is the key of the house `secret_name`, until the key is retired.
    """

    id = models.CharField(max_length=16, primary_key=True)
    public = models.BinaryField()
    secret_name = models.CharField(max_length=120, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)
