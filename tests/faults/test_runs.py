"""A sweep of many rows while worker, Redis and PostgreSQL die: nothing is lost or done twice."""

import json
import os
import signal
import time

import pytest

from mall import embedded
from tests.support.launched import Launcher, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
ROWS = 400_000
BEGIN = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from privacy.models import Run
from privacy.retention import sweeping
from privacy.runs import engine
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO privacy_run (code, kind, plan, plan_sha256, state, waits_for, cursor,"
        " counters, pace, fence, stalls, last_error, created_at, finished_at) "
        "SELECT 'OLD' || n, 'tests.x', '{{}}', '', 'DONE', '', '{{}}', '{{}}', 0, 0, 0, '', "
        "now() - interval '2000 days', now() - interval '2000 days' "
        "FROM generate_series(1, {rows}) AS n"
    )
    cursor.execute("ANALYZE privacy_run")
old = Run.objects.filter(kind="tests.x").order_by("pk")
plan = {{"table": 10**9, "past": {rows}, "removed": {rows}, "strategy": "DELETE", "refused": "",
        "hold": 0, "longer": 0, "dependents": 0,
        "first": old.first().pk, "last": old.last().pk}}
run = engine.start(sweeping.SWEEP, plan={{"as_of": timezone.now().isoformat()}},
                   parts=[engine.Part("privacy.Run", expected={rows}, plan=plan)])
print(run.pk)
"""
LOOK = """
import json
from privacy.models import Run
run = Run.objects.get(pk={pk})
step = run.steps.get()
print(json.dumps([run.state, step.done_rows, run.fence,
                  Run.objects.filter(kind="tests.x").count()]))
"""


def worker_killed(place):
    """Every worker process at once; the launcher starts others."""
    for line in place.processes():
        pid, _, command = line.partition(" ")
        if "celery" in command and " worker " in f"{command} ":
            with_ended(int(pid))


def redis_flushed(place):
    place.python(
        "import redis\nfrom django.conf import settings\n"
        "redis.Redis.from_url(settings.REDIS_URL).flushall()"
    )


def redis_paused(place):
    pid = place.redis_pid
    os.kill(pid, signal.SIGSTOP)
    time.sleep(3)
    os.kill(pid, signal.SIGCONT)


def postgres_killed(place):
    """As a power cut would; the launcher starts it again, and it recovers."""
    data = embedded._postgres_folder(place.var) / "postmaster.pid"
    with_ended(int(data.read_text().splitlines()[0]))


def with_ended(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.mark.promise("RET-05")
def test_a_sweep_outlives_worker_redis_and_database(place, launch):
    launcher: Launcher = launch()
    launcher.opens()
    wait_until((place.var / "demo-loaded").exists, seconds=300)
    pk = int(place.python(BEGIN.format(rows=ROWS), timeout=120))
    last = -1
    for fault in (worker_killed, redis_flushed, redis_paused, postgres_killed):
        last = further_than(place, pk, last)
        fault(place)
    state, done, fence, left = until_ended(place, pk)
    assert (state, done, left) == ("DONE", ROWS, 0), "each row went once"
    assert fence > 1


def look(place, pk):
    try:
        return json.loads(place.python(LOOK.format(pk=pk)))
    except (AssertionError, ValueError):
        return None  # The database is on its way back.


def further_than(place, pk, before):
    """Wait until it went on since the last fault; the number of rows that are gone."""
    end = time.monotonic() + 200
    while time.monotonic() < end:
        found = look(place, pk)
        if found and (found[1] > before or found[0] == "DONE"):
            return found[1]
    raise AssertionError(look(place, pk))


def until_ended(place, pk):
    end = time.monotonic() + 240
    while time.monotonic() < end:
        found = look(place, pk)
        if found and found[0] in {"DONE", "PARTIAL", "FAILED"}:
            return found
        time.sleep(1)
    raise AssertionError(look(place, pk))
