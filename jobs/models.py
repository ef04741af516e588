"""The job table is the memory of background work; the broker only rings."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jobs.enums import JobState


class Job(models.Model):
    """Something to be done after the transaction that asked for it. Arguments are ids only."""

    name = models.CharField(pgettext_lazy("job", "Name"), max_length=80)
    arguments = models.JSONField(_("About"), default=dict)
    once = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(
        _("State"), max_length=10, choices=JobState.choices, default=JobState.WAITING
    )
    run_at = models.DateTimeField(_("Due"), default=timezone.now)
    lease_until = models.DateTimeField(_("Taken until"), null=True)
    attempts = models.PositiveIntegerField(_("Tries"), default=0)
    failures = models.PositiveIntegerField(_("Failures"), default=0)
    last_error = models.CharField(_("What went wrong"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("Written"), default=timezone.now)
    finished_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes: ClassVar = [
            models.Index(
                fields=["run_at"], name="jobs_waiting", condition=Q(state=JobState.WAITING)
            ),
            models.Index(
                fields=["lease_until"], name="jobs_running", condition=Q(state=JobState.RUNNING)
            ),
            models.Index(
                fields=["finished_at"], name="jobs_finished", condition=Q(state=JobState.DONE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Heartbeat(models.Model):
    """When a process of the mall was last seen: `worker` or `beat`."""

    name = models.CharField(max_length=20, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
