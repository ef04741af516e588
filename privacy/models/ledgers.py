"""Ledgers: the application may write a line and read it, and never change it.

`written_xid` is the transaction that wrote the line, set by the database; by it `privacy.ledger`
knows that no line will appear behind those that it seals.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.transaction_ids import CurrentTransaction
from privacy.enums import Action, ConsentDecision, ConsentMethod, Ground


class AuditEntry(AppendOnlyModel):
    """Who did what to whose data, and why. Persons by subject UUID, details enumerated."""

    action = models.CharField(_("Action"), max_length=30, choices=Action.choices)
    actor = models.UUIDField(_("Actor"), null=True)
    actor_role = models.CharField(_("Role"), max_length=40, blank=True)
    subject = models.UUIDField(_("Person"), null=True)
    reason = models.CharField(_("Reason"), max_length=40, blank=True)
    detail = models.JSONField(_("Detail"), default=dict)
    request_id = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(_("At"), default=timezone.now)
    written_xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        permissions: ClassVar = [
            ("open_value", "Can open a masked value"),
            ("open_blocked", "Can open what is blocked"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "-at"], name="privacy_audit_subject"),
            models.Index(fields=["actor", "-at"], name="privacy_audit_actor"),
            models.Index(fields=["written_xid", "id"], name="privacy_audit_order"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class DisclosureEntry(AppendOnlyModel):
    """What left the house: to whom, about whom, which fields; never the values."""

    recipient = models.CharField(_("Recipient"), max_length=40)
    subject = models.UUIDField(_("Person"))
    fields = models.JSONField(_("Fields"))
    ground = models.CharField(_("Ground"), max_length=20, choices=Ground.choices)
    reference = models.CharField(_("Reference"), max_length=60, blank=True)
    at = models.DateTimeField(_("At"), default=timezone.now)
    written_xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        indexes: ClassVar = [
            models.Index(fields=["subject", "-at"], name="privacy_disclosure_subject"),
            models.Index(fields=["written_xid", "id"], name="privacy_disclosure_order"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.pk}"


class ConsentEntry(AppendOnlyModel):
    """What a person agreed to or withdrew, with the exact text that they saw."""

    subject = models.UUIDField(_("Person"))
    purpose = models.CharField(_("Purpose"), max_length=40)
    decision = models.CharField(_("Decision"), max_length=10, choices=ConsentDecision.choices)
    document_version = models.CharField(_("Version"), max_length=40)
    document_sha256 = models.CharField(max_length=64, blank=True)
    language = models.CharField(_("Language"), max_length=10)
    place = models.CharField(_("Where"), max_length=60)
    method = models.CharField(_("How"), max_length=10, choices=ConsentMethod.choices)
    at = models.DateTimeField(_("At"), default=timezone.now)
    written_xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes: ClassVar = [
            models.Index(fields=["subject", "purpose", "-at"], name="privacy_consent_subject"),
            models.Index(fields=["written_xid", "id"], name="privacy_consent_order"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.decision} {self.pk}"
