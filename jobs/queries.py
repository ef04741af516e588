"""What is due, what hangs, who is alive."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from jobs.enums import JobState
from jobs.models import Heartbeat, Job

ALIVE_WITHIN = timedelta(seconds=45)
BEGUN_WITHIN = timedelta(minutes=5)


def due_jobs() -> "QuerySet[Job]":
    """Jobs that may run now: waiting and due, or taken by someone whose lease has run out."""
    now = timezone.now()
    return Job.objects.filter(
        Q(state=JobState.WAITING, run_at__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now)
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
