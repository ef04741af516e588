"""A job runs once, ends visibly, and is never lost."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connections, transaction
from django.utils import timezone

from common.request_id import request_id, set_request_id
from jobs import registry, services
from jobs.enums import JobState
from jobs.errors import TryLater, UnknownJob
from jobs.models import Job
from jobs.queries import due_jobs, failed_jobs
from privacy import keyring

pytestmark = pytest.mark.django_db
done: list[object] = []


def declare(name, handler, retries=2):
    """Declare a job for the tests, again and again."""
    registry._registry.pop(name, None)
    registry.job(name, retries=retries)(handler)
    return name


@pytest.fixture(autouse=True)
def clean():
    done.clear()
    yield
    for name in [name for name in registry._registry if name.startswith("tests.")]:
        del registry._registry[name]


def note(**ids):
    done.append(ids)


def stubborn(**_ids):
    done.append("tried")
    raise ValueError("13800138001 must not be kept")


def state(row):
    return Job.objects.get(pk=row.pk)


def test_a_job_runs_with_its_ids():
    row = services.enqueue(declare("tests.note", note), order_id=7, code="A1")
    assert services.run_job(row.pk)
    assert done == [{"order_id": 7, "code": "A1"}]
    assert state(row).state == JobState.DONE
    assert state(row).finished_at is not None


def test_running_it_again_does_nothing():
    row = services.enqueue(declare("tests.note", note))
    assert services.run_job(row.pk)
    assert not services.run_job(row.pk)
    assert done == [{}]


def test_a_job_that_nobody_declared_is_refused_when_it_is_asked_for():
    with pytest.raises(UnknownJob):
        services.enqueue("tests.nobody")
    assert not Job.objects.exists()


def test_a_job_of_another_release_ends_where_people_see_it():
    row = Job.objects.create(name="tests.of_another_release")
    assert not services.run_job(row.pk)
    assert (state(row).state, state(row).last_error) == (JobState.FAILED, "UnknownJob")


def test_a_job_goes_with_the_transaction_that_asked_for_it():
    name = declare("tests.note", note)
    with transaction.atomic():
        services.enqueue(name)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_the_same_name_asked_for_twice_is_one_job():
    name = declare("tests.note", note)
    first = services.enqueue(name, once="order-1", order_id=1)
    again = services.enqueue(name, once="order-1", order_id=2)
    assert first.pk == again.pk
    assert again.arguments == {"order_id": 1}


def test_a_job_for_later_waits():
    name = declare("tests.note", note)
    row = services.enqueue(name, run_at=timezone.now() + timedelta(minutes=5))
    assert not services.run_job(row.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert services.run_job(row.pk)


# --- Failing ----------------------------------------------------------------------------


def test_a_job_that_fails_is_tried_again_later_and_later_and_then_given_up():
    row = services.enqueue(declare("tests.stubborn", stubborn, retries=2))
    at, pauses = timezone.now(), []
    for _ in range(3):
        with time_machine.travel(at, tick=False):
            assert not services.run_job(row.pk)
            now = state(row)
            pauses.append((now.run_at - at).total_seconds())
            at = now.run_at
    assert done == ["tried"] * 3
    assert pauses[:2] == [2, 4]
    assert now.state == JobState.FAILED
    assert now.last_error == "ValueError"
    assert list(failed_jobs()) == [now]


def test_what_an_error_says_is_neither_kept_nor_logged(caplog, capfd):
    row = services.enqueue(declare("tests.stubborn", stubborn))
    services.run_job(row.pk)
    assert "13800138001" not in state(row).last_error
    assert '"job failed"' in capfd.readouterr().err or "job failed" in caplog.text


def test_one_broken_job_does_not_stop_the_others():
    services.enqueue(declare("tests.stubborn", stubborn))
    services.enqueue(declare("tests.note", note))
    assert services.run_due() == 2
    assert done == ["tried", {}]


def test_staff_give_a_failed_job_another_round():
    row = services.enqueue(declare("tests.stubborn", stubborn, retries=0))
    services.run_job(row.pk)
    declare("tests.stubborn", note, retries=0)
    assert not services.run_job(row.pk)
    assert services.retry_failed(row)
    assert not services.retry_failed(row)
    assert services.run_job(row.pk)
    assert state(row).state == JobState.DONE


# --- Later ------------------------------------------------------------------------------


def test_a_job_that_is_not_over_comes_again_and_that_is_no_failure():
    def later(**_ids):
        done.append("asked")
        raise TryLater(seconds=30, reason="waiting_for_partner")

    row = services.enqueue(declare("tests.later", later, retries=0))
    for round_ in range(5):
        with time_machine.travel(timezone.now() + timedelta(seconds=31 * round_)):
            assert not services.run_job(row.pk)
    now = state(row)
    assert now.state == JobState.WAITING
    assert (now.last_error, now.failures, now.attempts) == ("waiting_for_partner", 0, 5)
    assert now.run_at > timezone.now()


def test_a_job_that_is_due_again_at_once_runs_once_in_a_round():
    def at_once(**_ids):
        done.append("asked")
        raise TryLater(seconds=0, reason="at_once")

    services.enqueue(declare("tests.at_once", at_once))
    assert services.run_due() == 1
    assert done == ["asked"]


def test_jobs_that_a_job_asks_for_run_in_the_same_round():
    declare("tests.note", note)

    def parent(**_ids):
        services.enqueue("tests.note", child=1)

    services.enqueue(declare("tests.parent", parent))
    assert services.run_due() == 2
    assert done == [{"child": 1}]


# --- Leases -----------------------------------------------------------------------------


def test_a_job_whose_worker_died_runs_again_after_its_lease():
    row = services.enqueue(declare("tests.note", note))
    assert services._claim(row.pk) is not None
    assert not services.run_job(row.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert services.run_job(row.pk)
    assert state(row).failures == 1


def test_a_job_that_kills_every_worker_is_given_up():
    row = services.enqueue(declare("tests.note", note, retries=2))
    for round_ in range(10):
        with time_machine.travel(timezone.now() + timedelta(minutes=3 * round_)):
            taken = services._claim(row.pk)
            if taken is None or taken.failures > 3:
                break
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert not services.run_job(row.pk)
    assert state(row).state == JobState.FAILED
    assert done == []


def test_who_lost_the_lease_does_not_write_the_outcome():
    row = services.enqueue(declare("tests.note", note))
    slow = services._claim(row.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        quick = services._claim(row.pk)
        services._postpone(slow, timedelta(0), "from the slow one")
        assert state(row).state == JobState.RUNNING
        services._claimed(quick).update(state=JobState.DONE)
    assert state(row).state == JobState.DONE


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_runs_the_job():
    def slowly(**_ids):
        done.append(threading.get_ident())
        time.sleep(0.05)

    row = services.enqueue(declare("tests.slowly", slowly))
    barrier, outcomes = threading.Barrier(8), []

    def run():
        try:
            barrier.wait(10)
            outcomes.append(services.run_job(row.pk))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert sorted(outcomes) == [False] * 7 + [True]


# --- Around a job -----------------------------------------------------------------------


def test_a_job_runs_in_a_scope_of_the_keyring_and_under_an_id_of_its_own():
    def look(**_ids):
        done.append((keyring.data._opened.get() is not None, request_id()))

    row = services.enqueue(declare("tests.look", look))
    set_request_id("outside")
    try:
        services.run_job(row.pk)
        assert request_id() == "outside"
    finally:
        set_request_id("")
    assert done == [(True, f"job-{row.pk}")]
    assert keyring.data._opened.get() is None


def test_a_job_is_declared_once():
    declare("tests.note", note)
    with pytest.raises(ValueError, match="twice"):
        registry.job("tests.note")(note)


def test_due_jobs_come_in_the_order_of_their_time():
    name = declare("tests.note", note)
    now = timezone.now()
    rows = [services.enqueue(name, run_at=now - timedelta(seconds=s)) for s in (1, 3, 2)]
    assert list(due_jobs()) == [rows[1], rows[2], rows[0]]
