"""Time travel for every declaration: here on its last day, gone the day after, by a real sweep."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from privacy.models import Run
from privacy.registry import Erasure, ends_at
from privacy.retention import rules, strategies, sweeping
from privacy.retention.enums import Rule
from privacy.retention.rows import NoSuchRow, plan_of
from privacy.runs import engine
from privacy.runs.enums import RunState
from tests.support.canary import plant, world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WRITTEN = datetime(2004, 2, 29, 4, tzinfo=UTC)
"""Long enough ago that every period is over, also by the database's own clock."""
DAY = timedelta(days=1)


@pytest.fixture
def planted(alice):
    with time_machine.travel(WRITTEN, tick=False):
        return plant(alice, world())


def is_here(declaration, key):
    """Whether there is still something to do about the row, or nothing was done yet."""
    rows = declaration.model._base_manager.using(declaration.alias).filter(pk=key)
    if declaration.data.at_end != Erasure.DELETE:
        rows = rows.filter(strategies.left_to_do(declaration))
    return rows.exists()


def sweep(as_of):
    simulation = engine.finish_now(sweeping.start(as_of=as_of, then_sweep=True))
    run = engine.finish_now(Run.objects.get(kind=sweeping.SWEEP, plan__simulation=simulation.pk))
    # The planted entry of the decision journal follows from none: keys are not destroyed behind it.
    assert run.state == RunState.DONE or run.last_error == sweeping.KEYS, (as_of, run.last_error)


@pytest.mark.promise("RET-05")
@pytest.mark.promise("RET-01")
def test_every_table_keeps_its_row_to_the_last_day_and_not_a_day_longer(planted, settings):
    settings.RETENTION_CAP_ROWS = 10_000
    swept = {one.label: one for one in rules.swept() if one.alias == "default"}
    ends = {}
    for label, one in swept.items():
        rows = one.model._base_manager.filter(pk=planted.rows[label].pk)
        ends[label] = rows.values_list(ends_at(one), flat=True).get()
    dated = {label: end for label, end in ends.items() if end is not None}
    assert len(dated) > 20
    early, late = [], []
    for end in sorted(set(dated.values())):
        for as_of in (end - DAY, end):
            sweep(as_of)
            for label, own in dated.items():
                one, key = swept[label], planted.rows[label].pk
                here = is_here(one, key)
                if own > as_of and not here:
                    early.append((label, own, as_of))
                if own <= as_of and here and _decided(one, key, as_of) != Rule.DEPENDENTS:
                    late.append((label, own, as_of))
    assert (early, late) == ([], [])
    left = {label for label in dated if is_here(swept[label], planted.rows[label].pk)}
    # Its order has no clock yet: nobody completed it.
    assert left <= {"orders.Purchase"}
    undated = {label for label, end in ends.items() if end is None}
    assert [one for one in undated if not is_here(swept[one], planted.rows[one].pk)] == []


def _decided(declaration, key, as_of):
    try:
        return plan_of(declaration, str(key), as_of).decided
    except NoSuchRow:
        return None
