"""Whoever dies over a run, whatever the broker forgot: the table below says what is done about it.

The first case that fits a live run counts. A run that has ended fits none.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from jobs.enums import JobState
from jobs.models import Job
from privacy.models import Run
from privacy.runs import engine
from privacy.runs.enums import LIVE, RunState, Waits
from privacy.runs.kinds import all_kinds

log = logging.getLogger(__name__)


class Remedy(StrEnum):
    """What the watchdog does."""

    RING = "ring"
    FAIL = "fail"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Case:
    """What may be wrong with a run, how it is seen, and what is done."""

    code: str
    means: str
    seen: Callable[[datetime], Q]
    remedy: Remedy


def _held(now: datetime) -> Q:
    return Q(state=RunState.RUNNING, lease_until__gte=now, lease_until__lte=now + 2 * engine.LEASE)


CASES = (
    Case(
        "UNKNOWN_KIND",
        "A release that knew this kind wrote it, and nobody here can go on.",
        lambda _now: ~Q(kind__in=[kind.name for kind in all_kinds()]),
        Remedy.FAIL,
    ),
    Case(
        "WORKER_DIED",
        "Again and again a worker died before its first chunk was done.",
        lambda now: Q(stalls__gt=engine.MOST_STALLS) & ~_held(now),
        Remedy.FAIL,
    ),
    Case(
        "HELD",
        "A worker has it and says that it is alive.",
        _held,
        Remedy.NOTHING,
    ),
    Case(
        "LEASE_OVER",
        "The worker died, or the database was away: the lease has run out.",
        lambda now: Q(state=RunState.RUNNING, lease_until__lt=now),
        Remedy.RING,
    ),
    Case(
        "LEASE_TOO_FAR",
        "A clock that was wrong gave a lease that ends in the far future.",
        lambda _now: Q(state=RunState.RUNNING),
        Remedy.RING,
    ),
    Case(
        "UNCONFIRMED",
        "It waits for a person's word, and takes no turn without.",
        lambda _now: Q(state=RunState.PAUSED, waits_for=Waits.CONFIRMATION),
        Remedy.NOTHING,
    ),
    Case(
        "RESTS",
        "It leaves a busy database alone for a moment.",
        lambda now: Q(
            state=RunState.PAUSED, resume_at__gt=now, resume_at__lte=now + 4 * engine.REST
        ),
        Remedy.NOTHING,
    ),
    Case(
        "RESTED",
        "Its rest is over, or ends in the far future because a clock was wrong.",
        lambda _now: Q(state=RunState.PAUSED),
        Remedy.RING,
    ),
    Case(
        "WAITS",
        "It could go on. The job of its turn was lost or given up, or nobody took it yet.",
        lambda _now: Q(state=RunState.WAITING),
        Remedy.RING,
    ),
)


def diagnose(run: Run, now: datetime | None = None) -> Case | None:
    """The case of this run; None when it has ended."""
    at = now or timezone.now()
    for case in CASES:
        if Run.objects.filter(case.seen(at), pk=run.pk, state__in=LIVE).exists():
            return case
    return None


def watch() -> dict[str, int]:
    """Look at every live run once; returns how many were found in each case."""
    now = timezone.now()
    found: dict[str, int] = {}
    seen: set[int] = set()
    for case in CASES:
        live = Run.objects.filter(case.seen(now), state__in=LIVE)
        for run in live.exclude(pk__in=seen).order_by("pk"):
            seen.add(run.pk)
            found[case.code] = found.get(case.code, 0) + 1
            _treat(run, case, now)
    return found


def _treat(run: Run, case: Case, now: datetime) -> None:
    if case.remedy == Remedy.RING and not _is_rung(run):
        engine.ring(run, again=f":{int(now.timestamp())}")
    if case.remedy == Remedy.FAIL:
        log.error("a run was given up", extra={"reference": run.code, "reason": case.code})
        with transaction.atomic():
            Run.objects.filter(pk=run.pk, fence=run.fence, state__in=LIVE).update(
                state=RunState.FAILED,
                fence=F("fence") + 1,
                last_error=case.code,
                lease_until=None,
                finished_at=now,
            )


def _is_rung(run: Run) -> bool:
    """Whether a job for its next turn waits already; beat rings for that one."""
    return Job.objects.filter(
        name=engine.JOB, arguments={"run_id": run.pk}, state=JobState.WAITING
    ).exists()
