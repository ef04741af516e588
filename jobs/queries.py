"""What is due, what hangs, who is alive."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from jobs.enums import JobState
from jobs.models import Heartbeat, Job

ALIVE_WITHIN = timedelta(seconds=45)
BEGUN_WITHIN = timedelta(minutes=5)


def due_jobs() -> "QuerySet[Job]":
    """Jobs that may run now: waiting and due, or taken by someone whose lease has run out.

    A lease that ends in the far future was given by a clock that was wrong.
    """
    now = timezone.now()
    over = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * settings.JOB_LEASE)
    return Job.objects.filter(
        Q(state=JobState.WAITING, run_at__lte=now) | (Q(state=JobState.RUNNING) & over)
    ).order_by("run_at", "pk")


def failed_jobs() -> "QuerySet[Job]":
    """Jobs that were given up and want a person's look."""
    return Job.objects.filter(state=JobState.FAILED).order_by("-pk")


def late_jobs() -> "QuerySet[Job]":
    """Jobs that should have begun a while ago, and nobody took them."""
    late = timezone.now() - BEGUN_WITHIN
    return Job.objects.filter(state=JobState.WAITING, run_at__lt=late).order_by("run_at")


def is_alive(name: str, within: timedelta = ALIVE_WITHIN) -> bool:
    """Whether `worker` or `beat` was seen lately."""
    return Heartbeat.objects.filter(name=name, seen_at__gte=timezone.now() - within).exists()
