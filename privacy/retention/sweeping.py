"""The nightly sweep: first a run that counts, then a run that removes what was counted.

The second run's plan is the first one's result, frozen with its hash: the moment that counts, the
numbers, and between which keys the rows are. A table that would lose more than the allowed share
holds itself back until an operator confirms it.
"""

import logging
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from privacy.models import Run, RunStep
from privacy.retention import holding, keys, rules, simulating, strategies
from privacy.retention.ledgers import SKEW, database_clock
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.enums import LIVE, RunState, StepState
from privacy.runs.errors import HeldBack
from privacy.runs.kinds import Chunk, Cursor, run_kind

log = logging.getLogger(__name__)

SIMULATION = "privacy.retention_simulation"
SWEEP = "privacy.retention"
KEYS = "keys"
NIGHT = time(3, 10)
"""When it begins, in Shanghai."""
ROUNDS = 3
"""How often a sweep comes back for rows that others had locked."""
CLOSE_TOGETHER = 2
"""Among so many keys in a row, one on average goes."""


class ClockWrong(Exception):
    """This machine and the database do not agree about the time; nothing is removed."""


class NotToday(Exception):
    """A sweep takes another day than today in the demo and under test only."""


def start(
    *, as_of: datetime | None = None, then_sweep: bool, requested_by: UUID | None = None
) -> Run:
    """Count what a sweep would do at `as_of` (now), and do it afterwards when `then_sweep`.

    A sweep that still waits for a confirmation is cancelled: the new one asks again. Raises
    `NotToday` and `ClockWrong`.
    """
    now = timezone.now()
    moment = as_of or now
    if then_sweep:
        _refuse_wrong_clocks(moment, now)
    with transaction.atomic():
        if then_sweep:
            _supersede()
        return engine.start(
            SIMULATION,
            plan={"as_of": moment.isoformat(), "then_sweep": then_sweep},
            parts=[Part(one.label) for one in rules.swept()],
            requested_by=requested_by,
        )


def _refuse_wrong_clocks(moment: datetime, now: datetime) -> None:
    if settings.DEMO or settings.TESTING:
        return
    if abs(moment - now) > SKEW:
        raise NotToday
    if abs(database_clock() - now) > SKEW:
        raise ClockWrong


def _supersede() -> None:
    for run in Run.objects.filter(kind__in=[SIMULATION, SWEEP], state__in=LIVE):
        engine.cancel(run)


def as_of_of(run: Run) -> datetime:
    """The moment that counts for this run."""
    found = parse_datetime(run.plan["as_of"])
    assert found is not None
    return found


# --- Counting ---------------------------------------------------------------------------


def _sweep_what_was_counted(run: Run) -> None:
    """Called in the transaction that ends a simulation."""
    if not run.plan.get("then_sweep") or run.state not in {RunState.DONE, RunState.PARTIAL}:
        return
    start_sweep(run)


def start_sweep(simulation: Run) -> Run:
    """The run that removes what the simulation counted."""
    parts = []
    for step in simulation.steps.filter(state=StepState.DONE).order_by("position"):
        forecast = step.cursor.get("forecast", {})
        if forecast.get("removed"):
            parts.append(Part(step.name, expected=forecast["removed"], plan=forecast))
    parts.append(Part(KEYS))
    return engine.start(
        SWEEP,
        plan={"as_of": simulation.plan["as_of"], "simulation": simulation.pk},
        parts=parts,
        requested_by=simulation.requested_by,
    )


@run_kind(
    SIMULATION,
    label=_("Retention: counting"),
    cancel_is_safe=True,
    # One table is one chunk, and counting a large one takes its time.
    target=10,
    on_end=_sweep_what_was_counted,
)
def count(step: RunStep, _cursor: Cursor) -> Chunk:
    """Count one table."""
    return count_at(step, rules.Moment(as_of_of(step.run)))


def count_at(step: RunStep, moment: rules.Moment) -> Chunk:
    """Count the table of this part at a moment, whole."""
    found = simulating.simulate(simulating.declaration_of(step.name), moment)
    numbers = {
        "table": found.table,
        "past": found.past,
        "removed": found.removed,
        "hold": found.hold,
        "longer": found.longer,
        "dependents": found.dependents,
    }
    counters = {name: number for name, number in numbers.items() if number}
    return Chunk({"forecast": _plain(found.as_plan())}, counters, done=True)


def _plain(plan: dict[str, Any]) -> dict[str, Any]:
    """Keys as text where they are no numbers."""
    return {
        name: value if value is None or isinstance(value, (int, float, str)) else str(value)
        for name, value in plan.items()
    }


# --- Removing ---------------------------------------------------------------------------


@run_kind(SWEEP, label=_("Retention: removing"), cancel_is_safe=True)
def sweep(step: RunStep, cursor: Cursor) -> Chunk:
    """Remove one chunk of one table; a hold placed meanwhile keeps its rows."""
    moment_of_run = as_of_of(step.run)
    if step.name == KEYS:
        return keys.destroy_ended(cursor, moment_of_run)
    declaration = simulating.declaration_of(step.name)
    plan = step.plan
    if simulating.is_over_cap(declaration, plan) and step.confirmed_at is None:
        raise HeldBack("CAP")
    holding.wait_for_holds()
    rows = rules.removable(declaration, rules.Moment(moment_of_run))
    rows = rows.filter(pk__gte=plan["first"], pk__lte=plan["last"])
    if cursor.get("after") == plan["last"]:
        return _next_round(step, cursor, rows)
    after = cursor.get("after")
    found = rows if after is None else rows.filter(pk__gt=after)
    upto = _end_of_window(step, cursor, found)
    number = strategies.carry_out(declaration, found.filter(pk__lte=upto))
    return Chunk({**cursor, "after": upto}, {"rows": number} if number else {})


def _end_of_window(step: RunStep, cursor: Cursor, rows: Any) -> Any:
    """The key up to which the next chunk goes, so that it holds as many rows as its pace at most.

    Where rows that go stand close together, as in a log, it is counted; elsewhere it is looked for.
    """
    plan, pace = step.plan, step.run.pace
    first, last = plan["first"], plan["last"]
    counted = "round" not in cursor and isinstance(first, int)
    if counted and CLOSE_TOGETHER * plan["removed"] >= last - first:
        return min(cursor.get("after", first - 1) + pace, last)
    key = rows.order_by("pk").values_list("pk", flat=True)[pace - 1 : pace].first()
    if key is None:
        return last
    return key if isinstance(key, (int, str)) else str(key)


def _next_round(step: RunStep, cursor: Cursor, rows: Any) -> Chunk:
    """Once more for what somebody had locked; what is left then is said, and goes tomorrow."""
    left = rows.count()
    round_number = int(cursor.get("round", 1))
    if left and round_number < ROUNDS:
        return Chunk({"round": round_number + 1})
    expected = int(step.plan.get("removed", 0))
    spared = max(0, expected - step.done_rows - left)
    numbers = {"locked": left, "spared": spared}
    return Chunk(cursor, {name: value for name, value in numbers.items() if value}, done=True)


# --- What people look at ----------------------------------------------------------------


def forecasts_of(run: Run) -> dict[str, dict[str, Any]]:
    """What a run that counts found, by table."""
    steps = run.steps.filter(state=StepState.DONE).order_by("position")
    return {step.name: dict(step.cursor.get("forecast", {})) for step in steps}


def last_simulation() -> Run | None:
    """The newest finished count: tonight's forecast."""
    ended = [RunState.DONE, RunState.PARTIAL]
    return Run.objects.filter(kind=SIMULATION, state__in=ended).order_by("-pk").first()


def overdue(run: Run | None) -> int:
    """Rows that were past their time at the last count and are still here, holds and wishes apart.

    What the last sweep removed since then does not count any more.
    """
    if run is None:
        return 0
    counted = int(run.counters.get("removed", 0))
    sweeps = Run.objects.filter(kind=SWEEP, plan__simulation=run.pk)
    removed = sum(int(one.counters.get("rows", 0)) for one in sweeps)
    return max(0, counted - removed)
