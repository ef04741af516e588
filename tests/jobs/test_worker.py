"""A real worker does what was asked for, also after it was killed."""

import sys
import time

import pytest

from jobs import services
from jobs.enums import JobState
from jobs.models import Heartbeat, Job
from jobs.queries import is_alive
from tests.support.processes import Process, environment, python


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


@pytest.mark.django_db(transaction=True)
def test_a_worker_refuses_to_start_as_the_owner_of_the_tables(tmp_path):
    found = environment()
    command = [sys.executable, "-m", "celery", "-A", "mall", "worker", "-l", "info", "-c", "1"]
    process = Process(command, tmp_path / "worker.log", DATABASE_URL=found["MIGRATE_DATABASE_URL"])
    try:
        assert process.popen.wait(30) != 0
    finally:
        process.stop()
    assert "owns tables" in process.output()
    assert "ready." not in process.output()


@pytest.mark.django_db(transaction=True)
def test_a_web_server_refuses_to_start_as_the_owner_of_the_tables():
    found = environment()
    child = python("import mall.wsgi", DATABASE_URL=found["MIGRATE_DATABASE_URL"])
    assert child.returncode != 0
    assert "owns tables" in child.stderr
    assert python("import mall.wsgi").returncode == 0
