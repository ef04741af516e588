"""Runs go forward by bounded chunks; whoever dies over one leaves it as the last commit left it.

A job takes a turn: it claims the run with a new fencing number, works through chunks for a moment,
lets the run go and rings for the next turn. Rows, cursor and numbers of a chunk are committed
together. The broker only rings: what is to be done stands in the run.
"""

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from jobs.errors import TryLater
from jobs.services import enqueue
from privacy import keyring
from privacy.models import Run, RunStep
from privacy.runs.enums import LIVE, RunState, StepState, Waits
from privacy.runs.errors import HeldBack, NotCancellable, NotWaiting, Superseded
from privacy.runs.kinds import RunKind, kind_of

log = logging.getLogger(__name__)

JOB = "privacy.advance_run"
LEASE = timedelta(seconds=60)
"""How long a run stays with whoever took it and does not say a word."""
TURN_SECONDS = 3.0
REST = timedelta(seconds=30)
"""How long a run leaves a busy database alone."""
LEAST_PACE, MOST_PACE = 100, 50_000
MOST_STALLS = 5
PROBLEM = 160


@dataclass(frozen=True)
class Part:
    """A handler's part of a run: how many rows it expects, and what else the plan says."""

    name: str
    expected: int | None = None
    plan: Mapping[str, Any] | None = None


# --- Starting ---------------------------------------------------------------------------


def start(
    kind: str,
    *,
    parts: Iterable[Part],
    plan: Mapping[str, Any] | None = None,
    subject: UUID | None = None,
    requested_by: UUID | None = None,
) -> Run:
    """Write a run with its frozen plan in the caller's transaction, and ring for its first turn."""
    kind_of(kind)
    wanted = list(parts)
    frozen = {**(plan or {}), "steps": {part.name: dict(part.plan or {}) for part in wanted}}
    with transaction.atomic():
        run = Run.objects.create(
            kind=kind,
            subject=subject,
            plan=frozen,
            plan_sha256=plan_hash(frozen),
            requested_by=requested_by,
        )
        RunStep.objects.bulk_create(
            [
                RunStep(run=run, position=number, name=part.name, expected=part.expected)
                for number, part in enumerate(wanted)
            ]
        )
        ring(run)
    return run


def plan_hash(plan: Mapping[str, Any]) -> str:
    """The fingerprint of a plan: equal plans, equal fingerprints."""
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def ring(run: Run, *, at: datetime | None = None, again: str = "") -> None:
    """Write the job of the next turn; the same turn is rung once, or once more for `again`."""
    enqueue(JOB, once=f"{JOB}:{run.pk}:{run.fence}{again}", run_at=at, run_id=run.pk)


# --- A turn -----------------------------------------------------------------------------


def take_turn(run_id: int, *, seconds: float = TURN_SECONDS) -> bool:
    """Work on the run for a moment; False when somebody else holds it or nothing is to be done.

    1. Claim it: of two workers one goes on, and the other's fencing number is too old.
    2. Chunk after chunk, each in one transaction with its cursor.
    3. End it, pause it, or let it go and ring for the next turn.
    """
    run = _claim(run_id)
    if run is None:
        return False
    try:
        _work(run, kind_of(run.kind), seconds)
    except Superseded:
        log.info("a run went on elsewhere", extra={"reference": run.code})
        return False
    return True


def finish_now(run: Run) -> Run:
    """Take turns in this process until the run has ended or waits for somebody."""
    while take_turn(run.pk):
        pass
    run.refresh_from_db()
    return run


def _claimable(now: datetime) -> Q:
    """Waiting, or rested, or left behind. A lease far ahead was given by a clock that was wrong."""
    left_behind = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    rested = Q(resume_at__lte=now) | Q(resume_at__gt=now + 4 * REST)
    return (
        Q(state=RunState.WAITING)
        | (Q(state=RunState.RUNNING) & left_behind)
        | (Q(state=RunState.PAUSED) & ~Q(waits_for=Waits.CONFIRMATION) & rested)
    )


def _claim(run_id: int) -> Run | None:
    now = timezone.now()
    taken = Run.objects.filter(_claimable(now), pk=run_id).update(
        state=RunState.RUNNING,
        fence=F("fence") + 1,
        # Chunks take it back to zero.
        stalls=F("stalls") + 1,
        lease_until=now + LEASE,
        heartbeat_at=now,
        waits_for=Waits.NOTHING,
        resume_at=None,
    )
    if not taken:
        return None
    Run.objects.filter(pk=run_id, started_at__isnull=True).update(started_at=now)
    return Run.objects.get(pk=run_id)


def _work(run: Run, kind: RunKind, seconds: float) -> None:
    if run.stalls > MOST_STALLS:
        end(run, RunState.FAILED, "WORKER_DIED")
        return
    until = time.monotonic() + seconds
    while True:
        step = _next_step(run)
        if step is None:
            _finish(run, kind)
            return
        step.run = run
        began = time.monotonic()
        later = _advance(run, kind, step)
        took = time.monotonic() - began
        if later is not None:
            _pause(run, Waits.LATER, later)
            return
        _keep_pace(run, kind, took)
        if took > kind.busy:
            _pause(run, Waits.DATABASE_BUSY, REST)
            return
        if time.monotonic() >= until:
            _let_go(run)
            return


def _next_step(run: Run) -> RunStep | None:
    """The next part: in its order, but what failed lets the others go first.

    A closing part waits for all before it, those that an operator must confirm included.
    """
    closing = kind_of(run.kind).closing
    open_steps = run.steps.filter(state__in=[StepState.WAITING, StepState.RUNNING])
    first = open_steps.exclude(name__in=closing).order_by("failures", "position").first()
    if first is not None or not closing:
        return first
    if run.steps.exclude(name__in=closing).filter(state=StepState.HELD_BACK).exists():
        return None
    return open_steps.order_by("position").first()


def _advance(run: Run, kind: RunKind, step: RunStep) -> timedelta | None:
    """One chunk of one part; a part that breaks is noted, and the others go on."""
    try:
        with transaction.atomic(), keyring.scope():
            _hold(run, stalls=0)
            chunk = kind.advance(step, dict(step.cursor))
            now = timezone.now()
            RunStep.objects.filter(pk=step.pk).update(
                state=StepState.DONE if chunk.done else StepState.RUNNING,
                cursor=chunk.cursor,
                counters=dict(Counter(step.counters) + Counter(chunk.counters)),
                failures=0,
                last_error="",
                started_at=step.started_at or now,
                finished_at=now if chunk.done else None,
            )
    except (Superseded, OperationalError, InterfaceError):
        # Somebody else has it, or the database went away: the lease runs out, the watchdog rings.
        raise
    except TryLater as later:
        return timedelta(seconds=later.seconds)
    except HeldBack as held:
        _note(run, step, StepState.HELD_BACK, str(held))
    except Exception as error:
        # The boundary: one broken handler must not stop the others.
        log.exception("a part of a run failed", extra={"reference": run.code, "kind": step.name})
        tired = step.failures + 1 >= kind.tries
        _note(run, step, StepState.FAILED if tired else step.state, type(error).__name__)
    return None


def _hold(run: Run, **also: Any) -> None:
    """Say that we are alive, in the present transaction; raises when the run is no longer ours."""
    now = timezone.now()
    held = Run.objects.filter(pk=run.pk, fence=run.fence, state=RunState.RUNNING).update(
        heartbeat_at=now, lease_until=now + LEASE, **also
    )
    if not held:
        raise Superseded(run.pk)


def _note(run: Run, step: RunStep, state: str, problem: str) -> None:
    with transaction.atomic():
        _hold(run, stalls=0)
        RunStep.objects.filter(pk=step.pk).update(
            state=state,
            failures=F("failures") + (0 if state == StepState.HELD_BACK else 1),
            last_error=problem[:PROBLEM],
            finished_at=timezone.now() if state == StepState.FAILED else None,
        )


def _keep_pace(run: Run, kind: RunKind, took: float) -> None:
    """Smaller chunks for a slow database, larger ones for a quick one."""
    if took > 2 * kind.target:
        run.pace = max(LEAST_PACE, run.pace // 2)
    elif took < kind.target / 2:
        run.pace = min(MOST_PACE, run.pace * 2)


# --- Its end ----------------------------------------------------------------------------


def _let_go(run: Run) -> None:
    with transaction.atomic():
        _write(run, _rest_state(run, RunState.WAITING))
        ring(run)


def _pause(run: Run, waits: Waits, pause: timedelta) -> None:
    at = timezone.now() + pause
    with transaction.atomic():
        values = _rest_state(run, RunState.PAUSED) | {"waits_for": waits, "resume_at": at}
        _write(run, values)
        ring(run, at=at)


def _rest_state(run: Run, state: RunState) -> dict[str, Any]:
    return {
        "state": state,
        "lease_until": None,
        "pace": run.pace,
        "counters": totals(run),
        "cursor": {"step": _name_of_next(run)},
    }


def _name_of_next(run: Run) -> str:
    step = _next_step(run)
    return step.name if step else ""


def _mine(run: Run) -> Any:
    return Run.objects.filter(pk=run.pk, fence=run.fence, state=RunState.RUNNING)


def _write(run: Run, values: dict[str, Any]) -> None:
    """Change the run that we hold; raises `Superseded` when somebody else holds it by now."""
    if not _mine(run).update(**values):
        raise Superseded(run.pk)


def _finish(run: Run, kind: RunKind) -> None:
    """Every part has ended, or waits for a confirmation."""
    states = list(run.steps.values_list("state", "name").order_by("position"))
    held = [name for state, name in states if state == StepState.HELD_BACK]
    failed = [name for state, name in states if state == StepState.FAILED]
    if held:
        with transaction.atomic():
            values = _rest_state(run, RunState.PAUSED) | {"waits_for": Waits.CONFIRMATION}
            _write(run, values)
        return
    if not failed:
        end(run, RunState.DONE, "", kind)
    elif len(failed) < len(states):
        end(run, RunState.PARTIAL, ", ".join(failed), kind)
    else:
        end(run, RunState.FAILED, ", ".join(failed), kind)


def end(run: Run, state: RunState, problem: str, kind: RunKind | None = None) -> None:
    """End a run that we hold, and tell its kind in the same transaction."""
    with transaction.atomic():
        values = _rest_state(run, state) | {
            "finished_at": timezone.now(),
            "last_error": problem[:PROBLEM],
        }
        _write(run, values)
        if kind is not None and kind.on_end is not None:
            run.refresh_from_db()
            kind.on_end(run)


def totals(run: Run) -> dict[str, int]:
    """The numbers of all parts together."""
    found: Counter[str] = Counter()
    for counters in run.steps.values_list("counters", flat=True):
        found.update(counters)
    return dict(sorted(found.items()))


# --- What people decide -----------------------------------------------------------------


def cancel(run: Run) -> None:
    """Stop a run where its kind says that half of it does no harm. What was done stays done.

    A worker in the middle of a chunk loses that chunk. Raises `NotCancellable`.
    """
    if not kind_of(run.kind).cancel_is_safe:
        raise NotCancellable(run.kind)
    with transaction.atomic():
        stopped = Run.objects.filter(pk=run.pk, state__in=LIVE).update(
            state=RunState.CANCELLED,
            fence=F("fence") + 1,
            lease_until=None,
            waits_for=Waits.NOTHING,
            finished_at=timezone.now(),
            counters=totals(run),
        )
        if not stopped:
            raise NotCancellable(run.pk)
        run.steps.exclude(state__in=[StepState.DONE, StepState.FAILED]).update(
            state=StepState.CANCELLED
        )


def confirm(step: RunStep, *, actor: UUID) -> None:
    """Let a part that held itself back go on. Raises `NotWaiting`."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=step.run_id)
        held = run.steps.filter(pk=step.pk, state=StepState.HELD_BACK)
        if run.state not in LIVE or not held.update(
            state=StepState.WAITING,
            last_error="",
            confirmed_by=actor,
            confirmed_at=timezone.now(),
        ):
            raise NotWaiting(step.pk)
        if run.state == RunState.PAUSED and run.waits_for == Waits.CONFIRMATION:
            Run.objects.filter(pk=run.pk).update(state=RunState.WAITING, waits_for=Waits.NOTHING)
            ring(run, again=f":confirmed-{step.pk}")
