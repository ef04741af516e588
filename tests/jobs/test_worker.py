"""A real worker does what was asked for, also after it was killed."""

import time

import pytest

from jobs import services
from jobs.enums import JobState
from jobs.models import Heartbeat, Job
from jobs.queries import is_alive


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def is_done(row):
    return Job.objects.get(pk=row.pk).state == JobState.DONE


def test_the_worker_runs_what_was_committed_and_says_that_it_lives(worker):
    row = services.enqueue("jobs.prune")
    wait_for(lambda: is_done(row))
    wait_for(lambda: is_alive("worker"))


@pytest.mark.fault
def test_what_was_asked_for_while_no_worker_lived_is_done_by_the_next(worker):
    worker.kill()
    row = services.enqueue("jobs.prune")
    assert not is_done(row)
    worker.start()
    wait_for(lambda: is_done(row))


@pytest.mark.fault
def test_beat_rings_again_for_a_job_that_was_lost_on_the_way(worker):
    worker.stop()
    row = Job.objects.create(name="jobs.prune")
    worker.start(beat=True)
    wait_for(lambda: is_done(row), 40)
    assert Heartbeat.objects.filter(name="beat").exists()
