"""A dead broker loses nothing, raises nothing and takes no time."""

import socket
import time

import pytest
from celery import current_app

from common.breaker import Breaker
from jobs import doorbell, services
from jobs.enums import JobState
from jobs.models import Job


@pytest.fixture(autouse=True)
def breaker(monkeypatch):
    found = Breaker(failures=1, seconds=5)
    monkeypatch.setattr(doorbell, "_breaker", found)
    return found


@pytest.fixture
def broker():
    """Point the sender at another broker: `broker(url)`."""
    before = current_app.conf.broker_url, current_app.conf.broker_write_url

    def use(url):
        current_app.conf.broker_url = current_app.conf.broker_write_url = url
        current_app.amqp._producer_pool = None
        current_app._pool = None

    yield use
    current_app.conf.broker_url, current_app.conf.broker_write_url = before
    current_app.amqp._producer_pool = None
    current_app._pool = None


@pytest.fixture
def silent_server():
    """Accepts connections and never says a word, like a paused Redis."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.fixture
def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def timed(job_id=1):
    began = time.monotonic()
    heard = doorbell.ring(job_id)
    return heard, time.monotonic() - began


def test_a_broker_that_is_gone_is_no_error_and_no_wait(broker, closed_port):
    broker(closed_port)
    heard, seconds = timed()
    assert not heard
    assert seconds < 1
    heard, seconds = timed()
    assert not heard
    assert seconds < 0.01


def test_a_broker_that_is_silent_costs_one_short_wait(broker, silent_server):
    broker(silent_server)
    heard, seconds = timed()
    assert not heard
    assert seconds < 3
    assert [timed()[0] for _ in range(20)] == [False] * 20
    assert timed()[1] < 0.01


@pytest.mark.django_db(transaction=True)
def test_the_job_is_kept_and_done_later(broker, closed_port, jobs):
    broker(closed_port)
    row = services.enqueue("jobs.prune")
    assert Job.objects.get(pk=row.pk).state == JobState.WAITING
    jobs()
    assert Job.objects.get(pk=row.pk).state == JobState.DONE


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_lives_is_rung_after_the_commit(servers):
    assert doorbell.ring(0)
