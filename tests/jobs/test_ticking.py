"""Beat asks for what is periodic, rings again for what nobody took, and forgets what is done."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from jobs import doorbell, registry, services
from jobs.enums import JobState, Lane
from jobs.models import Heartbeat, Job
from jobs.queries import is_alive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hourly():
    ran = []
    registry.periodic("tests.hourly", every=timedelta(hours=1))(lambda: ran.append(1))
    yield ran
    del registry._registry["tests.hourly"]


@pytest.fixture
def rung(monkeypatch):
    found = []

    def ring(job_id, lane):
        found.append(job_id)
        return True

    monkeypatch.setattr(doorbell, "ring", ring)
    return found


def mine():
    return Job.objects.filter(name="tests.hourly")


def test_a_periodic_job_is_asked_for_once_in_each_period(rung, hourly):
    start = timezone.now().replace(minute=0, second=1, microsecond=0)
    with time_machine.travel(start, tick=False):
        services.tick()
        services.tick()
        assert mine().count() == 1
        services.run_due()
        services.tick()
        assert mine().count() == 1
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        services.tick()
        assert mine().count() == 2
    assert hourly == [1]


def test_periods_that_nobody_worked_through_do_not_pile_up(rung):
    start = timezone.now()
    for hour in range(6):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            services.tick()
    assert mine().count() == 1


def test_what_nobody_took_is_rung_again(rung):
    row = Job.objects.create(name="tests.hourly", run_at=timezone.now() - timedelta(seconds=30))
    fresh = Job.objects.create(name="tests.hourly")
    later = Job.objects.create(name="tests.hourly", run_at=timezone.now() + timedelta(hours=1))
    assert services.tick() == 1
    assert row.pk in rung
    assert fresh.pk not in rung
    assert later.pk not in rung


def test_a_job_whose_lease_ran_out_is_rung_again(rung):
    row = Job.objects.create(
        name="tests.hourly",
        state=JobState.RUNNING,
        run_at=timezone.now() - timedelta(minutes=5),
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    services.tick()
    assert row.pk in rung


def test_beat_stops_ringing_when_nobody_hears(monkeypatch):
    calls = []

    def silent(job_id, lane):
        calls.append(job_id)
        return False

    monkeypatch.setattr(doorbell, "ring", silent)
    for _ in range(5):
        Job.objects.create(name="tests.hourly", run_at=timezone.now() - timedelta(minutes=1))
    assert services.tick() == 0
    assert len(calls) == 1


def test_what_is_done_is_forgotten_and_what_failed_stays():
    old = timezone.now() - timedelta(days=3)
    for state in (JobState.DONE, JobState.FAILED):
        Job.objects.create(name="tests.hourly", state=state, finished_at=old)
    Job.objects.create(name="tests.hourly", state=JobState.DONE, finished_at=timezone.now())
    assert services.prune() == 1
    assert sorted(mine().values_list("state", flat=True)) == [JobState.DONE, JobState.FAILED]


def test_a_process_is_alive_while_it_says_so(rung):
    assert not is_alive("beat")
    services.tick()
    assert is_alive("beat")
    assert not is_alive("worker")
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=50))
    assert not is_alive("beat")
    assert is_alive("beat", timedelta(seconds=60))


def test_every_periodic_job_of_the_mall_can_run(jobs, rung):
    for kind in registry.all_jobs():
        if kind.every is not None:
            services.enqueue(kind.name)
    jobs()
    assert not Job.objects.filter(state=JobState.FAILED).exists()


def test_a_crowd_of_pictures_keeps_nobody_else_waiting(monkeypatch):
    """Pictures ring on a lane of their own, and only the head of a long queue rings again."""
    rung = []
    monkeypatch.setattr(doorbell, "ring", lambda _job, lane: rung.append(lane) or True)
    old = timezone.now() - timedelta(minutes=1)
    for _ in range(30):
        Job.objects.create(name="catalog.render_picture", run_at=old)
    Job.objects.create(name="notices.deliver", run_at=old)
    services.tick()
    assert (rung.count(Lane.QUICK), rung.count(Lane.BULK)) == (1, 10)
