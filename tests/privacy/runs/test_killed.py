"""Killed before any statement of a turn and taken up again, a run ends as if nothing had been."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from jobs.models import Job
from privacy.models import DormantAccount, Run
from privacy.retention import sweeping
from privacy.runs import engine, watchdog
from privacy.runs.enums import RunState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault, pytest.mark.slow]


def turn(run_id, die_at=0):
    """A turn in a process of its own, killed before its statement `die_at`; returns the status."""
    connections.close_all()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    statements = 0

    def count(execute, sql, params, many, context):
        nonlocal statements
        statements += 1
        if statements == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    status = 1
    inherited = []
    for one in connections.all(initialized_only=True):
        # Beside an open browser a thread has connections of which `close_all` knows nothing. They
        # are the parent's: the child leaves them alone, or its death would not end its transaction.
        inherited.append(one.connection)
        one.connection = None
    try:
        with connections["default"].execute_wrapper(count):
            engine.take_turn(run_id)
        status = 0
    finally:
        os._exit(status)


def killed_everywhere(begin, check):
    """A new run for each statement of a turn: killed before it, found by the watchdog, ended."""
    died = 0
    for number in range(1, 400):
        run = begin()
        if turn(run.pk, die_at=number) == 0:
            break
        died += 1
        Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
        Job.objects.all().delete()
        watchdog.watch()
        assert Job.objects.filter(arguments={"run_id": run.pk}).count() == 1, number
        run = engine.finish_now(run)
        assert run.state == RunState.DONE, (number, run.last_error)
        check(run, number)
    return died


def test_a_run_that_writes_is_killed_before_each_of_its_statements(kind):
    def begin():
        DormantAccount.objects.all().delete()
        return kind.start(one=7)

    def check(run, number):
        assert kind.written() == kind.expected(7), number
        assert run.counters == {"rows": 7}, number

    assert killed_everywhere(begin, check) > 20


@pytest.mark.promise("RET-05")
def test_a_sweep_is_killed_before_each_of_its_statements():
    def old_rows():
        ended = timezone.now() - timedelta(days=2000)
        rows = [
            Run(kind="tests.x", plan_sha256="", state="DONE", finished_at=ended, code=f"OLD{n}")
            for n in range(7)
        ]
        return Run.objects.bulk_create(rows)

    old_rows()
    count = engine.finish_now(sweeping.start(then_sweep=True))
    pattern = Run.objects.get(plan__simulation=count.pk)
    plan = pattern.steps.get(name="privacy.Run").plan
    engine.cancel(pattern)

    def begin():
        Run.objects.filter(kind__in=["tests.x", sweeping.SWEEP]).delete()
        rows = old_rows()
        part = {**plan, "first": rows[0].pk, "last": rows[-1].pk}
        run = engine.start(
            sweeping.SWEEP,
            plan={"as_of": pattern.plan["as_of"]},
            parts=[engine.Part("privacy.Run", expected=7, plan=part)],
        )
        Run.objects.filter(pk=run.pk).update(pace=3)
        return run

    def check(run, number):
        assert not Run.objects.filter(kind="tests.x").exists(), number
        assert run.counters == {"rows": 7}, number

    assert killed_everywhere(begin, check) > 20
