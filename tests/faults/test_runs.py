"""A sweep of many rows while worker, Redis and PostgreSQL die: nothing is lost or done twice."""

import json
import signal
import time

import pytest

from mall import embedded
from tests.support.launched import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
ROWS = 300_000
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
MIDWAY = """
import os, sys, time
import redis
from django.conf import settings
from privacy.models import Run
end = time.monotonic() + 100
while not (done := Run.objects.get(pk={pk}).steps.get().done_rows):
    assert time.monotonic() < end
    time.sleep(0.01)
if {pids}:
    for pid in {pids}:
        os.kill(pid, {number})
else:
    redis.Redis.from_url(settings.REDIS_URL).flushall()
print(done)
"""
IDLE = """
import time
from jobs.enums import JobState
from jobs.models import Job
end = time.monotonic() + 280
open_still = Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING])
while open_still.filter(name__startswith="catalog.").exists():
    assert time.monotonic() < end
    time.sleep(1)
"""
LOOK = """
import json
from privacy.models import Run
run = Run.objects.get(pk={pk})
print(json.dumps([run.state, run.steps.get().done_rows,
                  Run.objects.filter(kind="tests.x").count()]))
"""


def workers(place):
    """The worker processes of both lanes."""
    found = [line.partition(" ") for line in place.processes()]
    return [int(pid) for pid, _, command in found if "celery" in command and "worker" in command]


def postmaster(place):
    file = embedded._postgres_folder(place.var) / "postmaster.pid"
    return int(file.read_text().splitlines()[0])


def begun(place):
    return int(place.python(BEGIN.format(rows=ROWS), timeout=120))


def midway(place, pk, pids=(), number=0):
    """Do it as soon as the first rows are gone."""
    code = MIDWAY.format(pk=pk, pids=list(pids), number=int(number))
    assert 0 < int(place.python(code, timeout=150)) < ROWS


def ends_as_if_nothing_had_been(place, pk):
    end = time.monotonic() + 240
    found = None
    while time.monotonic() < end:
        try:
            found = json.loads(place.python(LOOK.format(pk=pk)))
        except AssertionError:
            continue  # The database is on its way back.
        if found[0] in {"DONE", "PARTIAL", "FAILED"}:
            break
    assert found == ["DONE", ROWS, 0], "each row went once"


@pytest.mark.promise("RET-05")
def test_a_sweep_outlives_redis_the_database_and_its_worker(place, launch):
    launch().opens()
    wait_until((place.var / "demo-loaded").exists, seconds=300)
    # The demo's pictures are drawn on the same lane, each between two turns of a run.
    place.python(IDLE, timeout=300)

    pk = begun(place)
    midway(place, pk)
    ends_as_if_nothing_had_been(place, pk)

    pk = begun(place)
    redis = place.redis_pid
    midway(place, pk, [redis], signal.SIGSTOP)
    place.python("")
    place.python(f"import os\nos.kill({redis}, {int(signal.SIGCONT)})")
    ends_as_if_nothing_had_been(place, pk)

    # As a power cut would; the launcher starts it again, and it recovers.
    pk = begun(place)
    midway(place, pk, [postmaster(place)], signal.SIGKILL)
    ends_as_if_nothing_had_been(place, pk)

    # Without a worker the launcher ends; the next start finds the run.
    pk = begun(place)
    midway(place, pk, workers(place), signal.SIGKILL)
    launch().opens()
    ends_as_if_nothing_had_been(place, pk)
