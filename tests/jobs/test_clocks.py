"""Daily jobs, month ends, leap days, and a clock that is set back or was far ahead."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from jobs import doorbell, registry, services
from jobs.enums import JobState
from jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ran(monkeypatch):
    found = []
    monkeypatch.setattr(doorbell, "ring", lambda _job_id, _lane: True)
    registry.daily("tests.nightly", at=time(3, 10))(lambda: found.append(timezone.now()))
    registry.periodic("tests.often", every=timedelta(seconds=30))(lambda: None)
    yield found
    for name in ("tests.nightly", "tests.often"):
        del registry._registry[name]


def knock(when):
    """Beat knocks, and a worker works, at this moment."""
    with time_machine.travel(when, tick=False):
        services._enqueue_periodic()
        for row in Job.objects.filter(name__startswith="tests.", state=JobState.WAITING):
            services.run_job(row.pk)


def shanghai(text):
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    "night",
    ["2027-01-31", "2027-02-28", "2028-02-29", "2028-03-01", "2026-12-31", "2027-01-01"],
)
def test_the_night_comes_once_a_day_at_ten_past_three_in_shanghai(ran, night):
    before = shanghai(f"{night}T03:09:59")
    knock(before)
    ran.clear()
    knock(before)
    assert ran == []
    for second in (1, 5, 3600, 23 * 3600 + 3599):
        knock(before + timedelta(seconds=second))
    assert ran == [before + timedelta(seconds=1)]
    knock(before + timedelta(days=1, seconds=1))
    assert len(ran) == 2


def test_a_night_through_which_nobody_was_awake_is_caught_up_once(ran):
    knock(shanghai("2027-05-01T04:00:00"))
    knock(shanghai("2027-05-04T11:00:00"))
    knock(shanghai("2027-05-04T11:00:05"))
    assert len(ran) == 2


def test_a_clock_that_is_set_back_keeps_no_period_from_its_job(ran):
    right = shanghai("2027-05-04T12:00:00")
    for minute in range(5):
        knock(right + timedelta(minutes=minute))
    often = Job.objects.filter(name="tests.often", state=JobState.DONE)
    assert (often.count(), len(ran)) == (5, 1)
    back = right - timedelta(hours=5)
    for minute in range(300):
        if minute % 60 == 0 or minute > 296:
            knock(back + timedelta(minutes=minute))
    assert often.count() == 5 + 8
    # Over the minutes that were lived through already, too, but for the very last one.
    for minute in range(3):
        knock(right + timedelta(minutes=minute))
    assert often.count() == 5 + 8 + 3
    # The night's own job does no harm twice; it is not forgotten either.
    assert 1 <= len(ran) <= 2


def test_what_a_clock_far_ahead_left_behind_is_due_now(ran):
    now = shanghai("2027-05-04T12:00:00")
    with time_machine.travel(now + timedelta(days=400), tick=False):
        services._enqueue_periodic()
    left = Job.objects.get(name="tests.nightly")
    assert left.run_at > now
    knock(now)
    left.refresh_from_db()
    assert (left.state, ran) == (JobState.DONE, [now])


def test_a_worker_that_died_while_the_clock_was_ahead_holds_its_job_no_longer(ran):
    now = timezone.now()
    row = Job.objects.create(name="tests.often", state=JobState.RUNNING)
    Job.objects.filter(pk=row.pk).update(lease_until=now + timedelta(days=400), attempts=1)
    assert services.run_job(row.pk)
    held = Job.objects.create(name="tests.often", state=JobState.RUNNING)
    Job.objects.filter(pk=held.pk).update(lease_until=now + timedelta(minutes=1))
    assert not services.run_job(held.pk)


def test_a_small_step_back_over_the_hour_of_the_night_sweeps_once(ran):
    night = shanghai("2028-02-29T03:10:00")
    knock(night - timedelta(seconds=30))
    before = len(ran)
    for step in (1, -20, 1, 40):
        knock(night + timedelta(seconds=step))
    assert len(ran) == before + 1
