"""Copies of a person's data: what was asked for, how far it came, and its proof when it is gone."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.codes import public_code_default
from privacy.export.enums import LIVE, TAKEABLE, ExportState
from privacy.models.runs import Run


class ExportPackage(models.Model):
    """One copy of one person's data.

    `lock` names the package in the keyring: its files are sealed under a key of their own, which
    is destroyed when the package ends. The row stays as proof; it holds counts and fingerprints.
    """

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    subject = models.UUIDField(_("Person"))
    lock = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="+")
    state = models.CharField(
        _("State"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING
    )
    language = models.CharField(_("Language"), max_length=10)
    with_files = models.BooleanField(_("With files"), default=True)
    not_before = models.DateTimeField(_("Waits until"), null=True)
    counts = models.JSONField(_("Numbers"), default=dict)
    problems = models.JSONField(_("Problems"), default=list)
    size = models.PositiveBigIntegerField(_("Size"), default=0)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    receipt_code = models.CharField(_("Receipt"), max_length=20, blank=True)
    downloads = models.PositiveIntegerField(_("How often it was fetched"), default=0)
    asked_at = models.DateTimeField(_("Asked for"), default=timezone.now)
    ready_at = models.DateTimeField(_("Ready"), null=True)
    expires_at = models.DateTimeField(_("Can be fetched until"), null=True)
    ended_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("copy of a person's data")
        verbose_name_plural = _("copies of people's data")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state__in=LIVE), name="privacy_one_live_export"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "-asked_at"], name="privacy_export_subject"),
            models.Index(
                fields=["expires_at"],
                name="privacy_export_expiry",
                condition=Q(state__in=TAKEABLE),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_live(self) -> bool:
        """Whether it is still being made."""
        return self.state in LIVE

    @property
    def can_be_taken(self) -> bool:
        """Whether its files are there to be read and fetched."""
        return (
            self.state in TAKEABLE
            and self.expires_at is not None
            and self.expires_at > timezone.now()
        )
