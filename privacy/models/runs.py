"""Runs: long work that survives the death of whoever does it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.codes import public_code_default
from privacy.runs.enums import LIVE, RunState, StepState, Waits


class Run(models.Model):
    """An export, an erasure, a sweep: a frozen plan, and how far it came.

    `fence` counts how often the run was taken: whoever holds an older number writes nothing any
    more. `pace` is how many rows a chunk takes at present, `stalls` how often somebody died over
    it without a step forward. The plan holds enumerated values, labels and counts only.
    """

    code = models.CharField(max_length=20, unique=True, default=public_code_default, editable=False)
    kind = models.CharField(_("Kind"), max_length=60)
    subject = models.UUIDField(_("Person"), null=True)
    plan = models.JSONField(_("Plan"), default=dict)
    plan_sha256 = models.CharField(max_length=64)
    state = models.CharField(
        _("State"), max_length=10, choices=RunState.choices, default=RunState.WAITING
    )
    waits_for = models.CharField(
        _("Waits for"), max_length=20, choices=Waits.choices, default=Waits.NOTHING, blank=True
    )
    resume_at = models.DateTimeField(null=True)
    cursor = models.JSONField(default=dict)
    counters = models.JSONField(_("Numbers"), default=dict)
    pace = models.PositiveIntegerField(default=5000)
    fence = models.PositiveBigIntegerField(default=0)
    stalls = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(_("Last step"), null=True)
    last_error = models.CharField(_("What went wrong"), max_length=160, blank=True)
    requested_by = models.UUIDField(_("Asked for by"), null=True)
    created_at = models.DateTimeField(_("Written"), default=timezone.now)
    started_at = models.DateTimeField(_("Begun"), null=True)
    finished_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        permissions: ClassVar = [
            ("start_run", "Can start a run"),
            ("confirm_run", "Can confirm what a run holds back, and cancel runs"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], name="privacy_run_live", condition=Q(state__in=LIVE)
            ),
            models.Index(fields=["subject", "-created_at"], name="privacy_run_subject"),
            models.Index(fields=["kind", "-created_at"], name="privacy_run_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether it may still go on."""
        return self.state in LIVE


class RunStep(models.Model):
    """One handler's part of a run, with a cursor and numbers of its own."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    name = models.CharField(_("Part"), max_length=100)
    state = models.CharField(
        _("State"), max_length=10, choices=StepState.choices, default=StepState.WAITING
    )
    expected = models.PositiveBigIntegerField(_("Expected"), null=True)
    cursor = models.JSONField(default=dict)
    counters = models.JSONField(_("Numbers"), default=dict)
    failures = models.PositiveIntegerField(_("Failures"), default=0)
    last_error = models.CharField(_("What went wrong"), max_length=160, blank=True)
    confirmed_by = models.UUIDField(_("Confirmed by"), null=True)
    confirmed_at = models.DateTimeField(_("Confirmed"), null=True)
    started_at = models.DateTimeField(_("Begun"), null=True)
    finished_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("part of a run")
        verbose_name_plural = _("parts of a run")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "name"], name="privacy_run_step_once"),
            models.UniqueConstraint(fields=["run", "position"], name="privacy_run_step_order"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of #{self.run_id}"

    @property
    def plan(self) -> dict[str, Any]:
        """What the run's frozen plan says about this part."""
        found: dict[str, Any] = self.run.plan.get("steps", {}).get(self.name, {})
        return found

    @property
    def done_rows(self) -> int:
        """How many rows it dealt with, for the bar."""
        return int(self.counters.get("rows", 0))
