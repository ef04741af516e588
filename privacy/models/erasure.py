"""Cases of erasure: what a person asked for, and how far it came."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.codes import public_code_default
from privacy.erasure.enums import OPEN, UNDOABLE, CaseReason, CaseScope, CaseState
from privacy.models.runs import Run


class ErasureCase(models.Model):
    """A request to be erased, whole or in part.

    `plan_sha256` is the plan that the person saw. `farewell` holds, sealed by a key of the house,
    where the last message goes; it is emptied when that is written. `waits_for` names blockers by
    their codes.
    """

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    subject = models.UUIDField(_("Person"))
    scope = models.CharField(
        _("How much"), max_length=10, choices=CaseScope.choices, default=CaseScope.ACCOUNT
    )
    part = models.CharField(_("What"), max_length=60, blank=True)
    reason = models.CharField(
        _("Why"), max_length=10, choices=CaseReason.choices, default=CaseReason.PERSON
    )
    state = models.CharField(
        _("State"), max_length=12, choices=CaseState.choices, default=CaseState.COOLING_OFF
    )
    waits_for = models.CharField(_("Waits for"), max_length=200, blank=True)
    plan_sha256 = models.CharField(max_length=64, blank=True)
    counters = models.JSONField(_("Numbers"), default=dict)
    receipt_code = models.CharField(_("Receipt"), max_length=40, blank=True)
    farewell = models.BinaryField(null=True)
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+", verbose_name=_("Run"))
    asked_at = models.DateTimeField(_("Asked for"), default=timezone.now)
    erase_after = models.DateTimeField(_("Can be taken back until"))
    latest_at = models.DateTimeField(_("Begins at the latest"))
    begun_at = models.DateTimeField(_("Begun"), null=True)
    finished_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("case of erasure")
        verbose_name_plural = _("cases of erasure")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(scope=CaseScope.ACCOUNT, state__in=OPEN),
                name="privacy_one_erasure",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "-asked_at"], name="privacy_erasure_subject"),
            models.Index(
                fields=["erase_after"], name="privacy_erasure_open", condition=Q(state__in=OPEN)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state in OPEN

    @property
    def is_undoable(self) -> bool:
        """Whether the person may still take it back."""
        return self.state in UNDOABLE
