"""Enqueue, run, sweep."""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.request_id import set_request_id
from jobs import doorbell, registry
from jobs.enums import JobState
from jobs.errors import TryLater
from jobs.models import Heartbeat, Job
from jobs.queries import due_jobs

log = logging.getLogger(__name__)

KEEP_DONE = timedelta(days=2)
LONGEST_PAUSE = timedelta(hours=1)


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
        transaction.on_commit(partial(doorbell.ring, row.pk))
    return row


def run_job(job_id: int) -> bool:
    """Run one job if it is due and nobody else holds it; True when it was run to its end.

    1. Claim the row by a conditional update, so that of two workers one goes on.
    2. Run the handler; it opens its own transactions.
    3. Record the outcome: done, later, or failed for people to look at.
    """
    row = _claim(job_id)
    if row is None:
        return False
    set_request_id(f"job-{row.pk}")
    kind = registry.kind_of(row.name)
    try:
        with registry.surroundings():
            kind.handler(**row.arguments)
    except TryLater as later:
        _postpone(row, timedelta(seconds=later.seconds), later.reason)
        return False
    except Exception as error:  # noqa: BLE001 - the boundary: one broken job must not stop the others
        log.exception("job failed", extra={"job": row.name})
        _fail(row, kind.retries, type(error).__name__)
        return False
    finally:
        set_request_id("")
    _claimed(row).update(
        state=JobState.DONE, finished_at=timezone.now(), lease_until=None, last_error=""
    )
    return True


def _claim(job_id: int) -> Job | None:
    claimed = (
        due_jobs()
        .filter(pk=job_id)
        .order_by()
        .update(
            state=JobState.RUNNING,
            lease_until=timezone.now() + settings.JOB_LEASE,
            attempts=F("attempts") + 1,
        )
    )
    return Job.objects.get(pk=job_id) if claimed else None


def _claimed(row: Job):  # type: ignore[no-untyped-def]  # a queryset of the one row
    return Job.objects.filter(pk=row.pk, state=JobState.RUNNING, attempts=row.attempts)


def _postpone(row: Job, pause: timedelta, reason: str) -> None:
    _claimed(row).update(
        state=JobState.WAITING,
        run_at=timezone.now() + pause,
        lease_until=None,
        last_error=reason[:120],
    )


def _fail(row: Job, retries: int, error: str) -> None:
    if row.attempts <= retries:
        _postpone(row, min(timedelta(seconds=2**row.attempts), LONGEST_PAUSE), error)
    else:
        _claimed(row).update(
            state=JobState.FAILED, finished_at=timezone.now(), lease_until=None, last_error=error
        )


def retry_failed(row: Job) -> bool:
    """Give a failed job another round, asked for by staff."""
    moved = Job.objects.filter(pk=row.pk, state=JobState.FAILED).update(
        state=JobState.WAITING, run_at=timezone.now(), attempts=0, finished_at=None
    )
    if moved:
        transaction.on_commit(partial(doorbell.ring, row.pk))
    return bool(moved)


def run_due(limit: int = 1000) -> int:
    """Run everything due now in this process, jobs that those jobs enqueue included."""
    done = 0
    seen: set[int] = set()
    while done < limit:
        pending = [pk for pk in due_jobs().values_list("pk", flat=True)[:100] if pk not in seen]
        if not pending:
            return done
        for pk in pending:
            seen.add(pk)
            run_job(pk)
            done += 1
    return done


def tick() -> int:
    """What beat asks for every few seconds: enqueue the periodic jobs, re-ring what nobody took.

    Returns the number of jobs rung.
    """
    beat("beat")
    _enqueue_periodic()
    stale = timezone.now() - timedelta(seconds=5)
    rung = 0
    for pk in due_jobs().filter(run_at__lte=stale).values_list("pk", flat=True)[:200]:
        if not doorbell.ring(pk):
            break
        rung += 1
    return rung


def _enqueue_periodic() -> None:
    now = timezone.now()
    for kind in registry.all_jobs():
        if kind.every is not None:
            slot = int(now.timestamp() // kind.every.total_seconds())
            enqueue(kind.name, once=f"{kind.name}:{slot}")


def beat(name: str) -> None:
    """Note that the process `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def prune() -> int:
    """Forget jobs that are done; failed ones stay until somebody looked."""
    deleted, _ = Job.objects.filter(
        state=JobState.DONE, finished_at__lt=timezone.now() - KEEP_DONE
    ).delete()
    return deleted
