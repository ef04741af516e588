"""Enqueue, run, sweep."""

import logging
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Max, PositiveIntegerField, QuerySet, When
from django.utils import timezone

from common.request_id import request_id, set_request_id
from jobs import doorbell, registry
from jobs.enums import JobState, Lane
from jobs.errors import TryLater, UnknownJob
from jobs.models import Heartbeat, Job
from jobs.queries import due_jobs

log = logging.getLogger(__name__)

KEEP_DONE = timedelta(days=2)
LONGEST_PAUSE = timedelta(hours=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def enqueue(
    name: str, *, run_at: datetime | None = None, once: str | None = None, **ids: int | str
) -> Job:
    """Write the job in the caller's transaction and ring the worker after its commit.

    `once` names the job: a second call with the same name returns the first row. Arguments are
    ids and codes, never personal data. Never raises because of a dead broker.
    """
    registry.kind_of(name)
    values = {"name": name, "arguments": ids, "run_at": run_at or timezone.now()}
    if once is None:
        row, created = Job.objects.create(**values), True
    else:
        row, created = Job.objects.get_or_create(once=once, defaults=values)
    if created and run_at is None:
        transaction.on_commit(partial(_ring, row))
    return row


def run_after_commit(row: Job) -> None:
    """Run the job in this process as soon as the caller's transaction has committed.

    For news that nobody should wait for. A failure leaves the row to the worker and does not
    reach the caller.
    """
    transaction.on_commit(partial(run_job, row.pk), robust=True)


def run_job(job_id: int) -> bool:
    """Run one job if it is due and nobody else holds it; True when it was run to its end.

    1. Claim the row by a conditional update, so that of two workers one goes on.
    2. Run the handler; it opens its own transactions.
    3. Record the outcome: done, later, or failed for people to look at.
    """
    row = _claim(job_id)
    if row is None:
        return False
    before = request_id()
    set_request_id(f"job-{row.pk}")
    try:
        return _run(row)
    finally:
        set_request_id(before)


def _run(row: Job) -> bool:
    try:
        kind = registry.kind_of(row.name)
    except UnknownJob:
        # Written by a release that knew it; nobody here can say how often to try.
        log.error("nobody declared this job", extra={"job": row.name})  # noqa: TRY400 - no trace needed
        _give_up(row, "UnknownJob")
        return False
    if row.failures > kind.retries + 1:
        log.error("job given up", extra={"job": row.name})
        _give_up(row, row.last_error or "WorkerDied")
        return False
    try:
        with registry.surroundings():
            kind.handler(**row.arguments)
    except TryLater as later:
        _postpone(row, timedelta(seconds=later.seconds), later.reason)
        return False
    except Exception as error:
        # The boundary: one broken job must not stop the others.
        log.exception("job failed", extra={"job": row.name})
        _fail(row, kind.retries, type(error).__name__)
        return False
    _claimed(row).update(
        state=JobState.DONE, finished_at=timezone.now(), lease_until=None, last_error=""
    )
    return True


def _claim(job_id: int) -> Job | None:
    """Take the row. One that somebody let go of without a word counts as a failure."""
    claimed = (
        due_jobs()
        .filter(pk=job_id)
        .order_by()
        .update(
            failures=Case(
                When(state=JobState.RUNNING, then=F("failures") + 1),
                default=F("failures"),
                output_field=PositiveIntegerField(),
            ),
            state=JobState.RUNNING,
            lease_until=timezone.now() + settings.JOB_LEASE,
            attempts=F("attempts") + 1,
        )
    )
    return Job.objects.get(pk=job_id) if claimed else None


def _claimed(row: Job) -> "QuerySet[Job]":
    """The row while it is ours: whoever came after us counted `attempts` up."""
    return Job.objects.filter(pk=row.pk, state=JobState.RUNNING, attempts=row.attempts)


def _postpone(row: Job, pause: timedelta, reason: str, *, failures: int | None = None) -> None:
    _claimed(row).update(
        state=JobState.WAITING,
        run_at=timezone.now() + pause,
        lease_until=None,
        failures=row.failures if failures is None else failures,
        last_error=reason[:120],
    )


def _fail(row: Job, retries: int, error: str) -> None:
    failures = row.failures + 1
    if failures > retries:
        _give_up(row, error)
    else:
        pause = min(timedelta(seconds=2 ** min(failures, 12)), LONGEST_PAUSE)
        _postpone(row, pause, error, failures=failures)


def _give_up(row: Job, error: str) -> None:
    _claimed(row).update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        lease_until=None,
        failures=F("failures") + 1,
        last_error=error[:120],
    )


def retry_failed(row: Job) -> bool:
    """Give a failed job another round, asked for by staff."""
    moved = Job.objects.filter(pk=row.pk, state=JobState.FAILED).update(
        state=JobState.WAITING, run_at=timezone.now(), failures=0, finished_at=None
    )
    if moved:
        transaction.on_commit(partial(_ring, row))
    return bool(moved)


def run_due(limit: int = 1000) -> int:
    """Run everything due now in this process, jobs that those jobs enqueue included.

    Each job runs at most once, also one that is due again at once.
    """
    seen: set[int] = set()
    while len(seen) < limit:
        pending = list(due_jobs().exclude(pk__in=seen).values_list("pk", flat=True)[:100])
        if not pending:
            break
        for pk in pending:
            seen.add(pk)
            run_job(pk)
    return len(seen)


def tick() -> int:
    """What beat asks for every few seconds: enqueue the periodic jobs, re-ring what nobody took.

    Returns the number of jobs rung.
    """
    beat("beat")
    _enqueue_periodic()
    stale = timezone.now() - timedelta(seconds=5)
    rung = 0
    bulk = [kind.name for kind in registry.all_jobs() if kind.lane == Lane.BULK]
    waiting = due_jobs().filter(run_at__lte=stale)
    # A crowd on the bulk lane waits because it is a crowd: ring for its head only.
    for row in (*waiting.exclude(name__in=bulk)[:200], *waiting.filter(name__in=bulk)[:10]):
        if not _ring(row):
            break
        rung += 1
    return rung


def _ring(row: Job) -> bool:
    return doorbell.ring(row.pk, registry.lane_of(row.name))


def _enqueue_periodic() -> None:
    """One row for each period; none while the row of an earlier period still waits or runs."""
    now = timezone.now()
    kinds = [kind for kind in registry.all_jobs() if kind.is_periodic]
    again = _mend_after_a_jump([kind.name for kind in kinds], now)
    pending = set(
        Job.objects.filter(
            name__in=[kind.name for kind in kinds],
            state__in=[JobState.WAITING, JobState.RUNNING],
        ).values_list("name", flat=True)
    )
    for kind in kinds:
        if kind.name not in pending:
            enqueue(kind.name, once=f"{kind.name}:{_slot(kind, now)}{again.get(kind.name, '')}")


def _mend_after_a_jump(names: list[str], now: datetime) -> dict[str, str]:
    """The clock was ahead, or was set back: what it left must not keep a period from its job.

    A row that waits for the far future is due now. Where rows are done that ended later than it
    is now, the periods through which we go once more get names of their own.
    """
    waiting = Job.objects.filter(name__in=names, state=JobState.WAITING)
    waiting.filter(run_at__gt=now + 2 * LONGEST_PAUSE).update(run_at=now)
    ahead = Job.objects.filter(
        name__in=names, state=JobState.DONE, finished_at__gt=now + timedelta(minutes=1)
    )
    newest = ahead.values("name").annotate(newest=Max("pk")).values_list("name", "newest")
    return {name: f":{pk}" for name, pk in newest}


def _slot(kind: registry.JobKind, now: datetime) -> str:
    """The period in which we are. A day begins at the job's own time in Shanghai."""
    if kind.every is not None:
        return str(int(now.timestamp() // kind.every.total_seconds()))
    assert kind.at is not None
    here = now.astimezone(SHANGHAI)
    begun = here.time() >= kind.at
    return str(here.date() if begun else here.date() - timedelta(days=1))


def beat(name: str) -> None:
    """Note that the process `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def prune() -> int:
    """Forget jobs that are done; failed ones stay until somebody looked."""
    deleted, _ = Job.objects.filter(
        state=JobState.DONE, finished_at__lt=timezone.now() - KEEP_DONE
    ).delete()
    return deleted
