"""Runs go forward by chunks; rows and cursor are committed together; one of two workers goes on."""

import threading

import pytest
from django.db import connections

from jobs.models import Job
from privacy.models import Run, RunStep
from privacy.runs import engine
from privacy.runs.enums import RunState, StepState, Waits
from privacy.runs.errors import NotCancellable, NotWaiting

pytestmark = pytest.mark.django_db


def test_a_run_goes_through_its_parts_in_their_order_and_says_what_it_did(kind, jobs):
    run = kind.start(one=10, two=4)
    jobs()
    run.refresh_from_db()
    assert (run.state, run.counters) == (RunState.DONE, {"rows": 14})
    assert kind.written() == kind.expected(10, 4)
    assert run.finished_at is not None
    assert run.lease_until is None
    assert [(s.name, s.state, s.done_rows) for s in run.steps.order_by("position")] == [
        ("one", StepState.DONE, 10),
        ("two", StepState.DONE, 4),
    ]


def test_the_plan_is_frozen_with_its_fingerprint(kind):
    run = kind.start(one=10)
    assert run.plan == {"steps": {"one": {"upto": 10}}}
    assert run.plan_sha256 == engine.plan_hash({"steps": {"one": {"upto": 10}}})
    assert run.plan_sha256 != kind.start(one=11).plan_sha256


def test_a_turn_ends_after_its_time_and_rings_for_the_next(kind):
    run = kind.start(one=10)
    assert engine.take_turn(run.pk, seconds=0)
    run.refresh_from_db()
    assert run.state == RunState.WAITING
    assert kind.written() == kind.expected(3)
    assert Job.objects.filter(name=engine.JOB, state="waiting").count() == 2
    assert run.steps.get().cursor == {"next": 3}


def test_a_worker_whose_run_was_taken_by_another_writes_nothing_more(kind):
    run = kind.start(one=10)
    mine = engine._claim(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until=mine.created_at)
    other = engine._claim(run.pk)
    assert other.fence == mine.fence + 1
    with pytest.raises(engine.Superseded):
        engine._work(mine, engine.kind_of(mine.kind), 5)
    assert kind.written() == []
    engine._work(other, engine.kind_of(other.kind), 5)
    assert kind.written() == kind.expected(10)


def test_what_somebody_holds_is_left_alone(kind):
    run = kind.start(one=10)
    assert engine._claim(run.pk)
    assert not engine.take_turn(run.pk)
    assert kind.written() == []


def test_a_broken_part_makes_the_run_partial_and_names_itself(kind, jobs):
    kind.habits["broken"] = {"two"}
    run = kind.start(one=4, two=4, three=4)
    engine.finish_now(run)
    run.refresh_from_db()
    assert (run.state, run.last_error) == (RunState.PARTIAL, "two")
    assert kind.written() == [*range(4), *range(2_000_000, 2_000_004)]
    broken = run.steps.get(name="two")
    assert (broken.state, broken.failures, broken.last_error) == (
        StepState.FAILED,
        3,
        "RuntimeError",
    )


def test_a_run_of_which_nothing_worked_has_failed(kind):
    kind.habits["broken"] = {"one"}
    run = engine.finish_now(kind.start(one=4))
    assert (run.state, run.last_error) == (RunState.FAILED, "one")


def test_a_part_that_holds_itself_back_lets_the_others_finish_and_waits_for_a_word(kind, dan):
    kind.habits["held"] = {"one"}
    run = engine.finish_now(kind.start(one=4, two=4))
    assert (run.state, run.waits_for) == (RunState.PAUSED, Waits.CONFIRMATION)
    assert kind.written() == [*range(1_000_000, 1_000_004)]
    assert not engine.take_turn(run.pk)

    step = run.steps.get(name="one")
    engine.confirm(step, actor=dan.subject)
    run = engine.finish_now(run)
    assert run.state == RunState.DONE
    assert kind.written() == kind.expected(4, 4)
    assert run.steps.get(name="one").confirmed_by == dan.subject
    with pytest.raises(NotWaiting):
        engine.confirm(step, actor=dan.subject)


def test_a_cancelled_run_stops_and_the_worker_in_the_middle_loses_its_chunk(kind):
    run = kind.start(one=10)
    engine.take_turn(run.pk, seconds=0)
    mine = engine._claim(run.pk)
    engine.cancel(run)
    with pytest.raises(engine.Superseded):
        engine._work(mine, engine.kind_of(mine.kind), 5)
    run.refresh_from_db()
    assert (run.state, kind.written()) == (RunState.CANCELLED, kind.expected(3))
    with pytest.raises(NotCancellable):
        engine.cancel(run)


def test_a_kind_that_does_harm_half_done_cannot_be_cancelled(kind):
    run = kind.start(one=10)
    from privacy.runs import kinds

    kinds._kinds.pop(kind.KIND)
    kinds.run_kind(kind.KIND, label="Counting")(kind.advance)
    with pytest.raises(NotCancellable):
        engine.cancel(run)
    run.refresh_from_db()
    assert run.state == RunState.WAITING


def test_a_busy_database_is_left_alone_for_a_moment(kind, jobs):
    kind.declare(target=0.005)
    kind.habits["slow"] = 0.06
    run = kind.start(one=10)
    engine.take_turn(run.pk)
    run.refresh_from_db()
    assert (run.state, run.waits_for) == (RunState.PAUSED, Waits.DATABASE_BUSY)
    assert run.resume_at > run.heartbeat_at
    assert run.pace == 2500
    assert not engine.take_turn(run.pk)
    kind.habits["slow"] = 0
    Run.objects.filter(pk=run.pk).update(resume_at=run.created_at)
    assert engine.finish_now(run).state == RunState.DONE
    assert kind.written() == kind.expected(10)


def test_chunks_grow_while_the_database_is_quick(kind):
    run = engine.finish_now(kind.start(one=10))
    assert run.pace == engine.MOST_PACE


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_on_one_run_one_goes_on_and_nothing_is_done_twice(kind):
    run = kind.start(one=60, two=60)

    def work():
        try:
            for _ in range(60):
                engine.take_turn(run.pk, seconds=0)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    run = engine.finish_now(run)
    assert (run.state, run.counters) == (RunState.DONE, {"rows": 120})
    assert kind.written() == kind.expected(60, 60)
    assert RunStep.objects.filter(run=run, failures__gt=0).count() == 0
