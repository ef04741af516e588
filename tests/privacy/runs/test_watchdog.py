"""The table of cases: what may be wrong with a run, and what the watchdog does about it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Job
from privacy.models import Run
from privacy.runs import engine, watchdog
from privacy.runs.enums import LIVE, RunState, Waits
from privacy.runs.watchdog import CASES, Remedy

pytestmark = pytest.mark.django_db

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)

FOUND = {
    "UNKNOWN_KIND": {"kind": "tests.nobody_knows"},
    "WORKER_DIED": {"state": "RUNNING", "stalls": 6, "lease_until": -SECOND},
    "HELD": {"state": "RUNNING", "lease_until": timedelta(seconds=30)},
    "LEASE_OVER": {"state": "RUNNING", "lease_until": -SECOND},
    "LEASE_TOO_FAR": {"state": "RUNNING", "lease_until": 1000 * HOUR},
    "UNCONFIRMED": {"state": "PAUSED", "waits_for": Waits.CONFIRMATION},
    "RESTS": {"state": "PAUSED", "waits_for": Waits.DATABASE_BUSY, "resume_at": 10 * SECOND},
    "RESTED": {"state": "PAUSED", "waits_for": Waits.DATABASE_BUSY, "resume_at": -SECOND},
    "WAITS": {"state": "WAITING"},
}
MORE = [
    ("RESTED", {"state": "PAUSED", "waits_for": Waits.LATER, "resume_at": 1000 * HOUR}),
    ("HELD", {"state": "RUNNING", "stalls": 9, "lease_until": timedelta(seconds=30)}),
    ("WORKER_DIED", {"state": "WAITING", "stalls": 6}),
]


def run_in(kind, found):
    run = kind.start(one=4)
    Job.objects.all().delete()
    now = timezone.now()
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in found.items()
    }
    Run.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_every_case_of_the_table_is_seen_and_treated(kind, case):
    _seen_and_treated(kind, case, FOUND[case.code])


@pytest.mark.parametrize(("code", "found"), MORE)
def test_further_shapes_of_a_case(kind, code, found):
    _seen_and_treated(kind, next(c for c in CASES if c.code == code), found)


def _seen_and_treated(kind, case, found):
    run = run_in(kind, found)
    assert watchdog.diagnose(run) == case
    assert watchdog.watch() == {case.code: 1}
    after = Run.objects.get(pk=run.pk)
    rung = Job.objects.filter(name=engine.JOB).count()
    assert rung == (1 if case.remedy == Remedy.RING else 0)
    if case.remedy == Remedy.FAIL:
        assert (after.state, after.last_error) == (RunState.FAILED, case.code)
    else:
        assert after.state == run.state
    if case.remedy == Remedy.RING:
        # Whatever is rung can be taken, and once rung it is not rung again.
        watchdog.watch()
        assert Job.objects.filter(name=engine.JOB).count() == 1
        assert engine.finish_now(after).state == RunState.DONE
    elif case.code != "UNKNOWN_KIND":
        assert not engine.take_turn(run.pk)


@pytest.mark.parametrize("state", [s for s in RunState if s not in LIVE])
def test_a_run_that_has_ended_is_no_case(kind, state):
    run = run_in(kind, {"state": state})
    assert watchdog.diagnose(run) is None
    assert watchdog.watch() == {}


def test_every_live_state_is_a_case(kind):
    for state in LIVE:
        assert watchdog.diagnose(run_in(kind, {"state": state})) is not None
