"""Redis dies, and Redis falls silent: the mall is slower and still correct."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.launched import Installation, Launcher, Part, wait_until

pytestmark = pytest.mark.fault
PAGES = ("/", "/zh-hans/", "/search/?q=tea", "/cart/", "/accounts/login/", "/policies/", "/help/")
PATIENCE = 2.0
"""Seconds within which a page answers, whatever Redis does."""
HOLD = """
import signal, threading
from mall import embedded, settings
told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
embedded.hold(settings.VAR)
told.wait()
"""
ENQUEUE = """
import time
from jobs.services import enqueue
for number in range(3):
    began = time.monotonic()
    row = enqueue("jobs.prune", once=f"probe-{time.time_ns()}")
    print(f"{time.monotonic() - began:.3f} {row.pk}")
"""
FINISHED = """
import time
from jobs.enums import JobState
from jobs.models import Job
end = time.monotonic() + 60
while Job.objects.filter(pk__in={ids}).exclude(state=JobState.DONE).exists():
    assert time.monotonic() < end, list(Job.objects.filter(pk__in={ids}).values())
    time.sleep(0.2)
print("done")
"""


@pytest.fixture(scope="module")
def mall(place: Installation) -> Iterator[Installation]:
    """Web, worker and beat on servers that nobody starts again behind our back."""
    first = Launcher(place)
    try:
        first.opens()
        wait_until((place.var / "demo-loaded").exists, seconds=240)
    finally:
        first.clean_up()
    parts = [Part(place, "servers", "-c", HOLD)]
    try:
        wait_until(lambda: bool(place.redis_pid))
        parts += open_without_launcher(place)
        wait_until(lambda: is_up(place))
        wait_until(lambda: not place.ready()["degraded"])
        yield place
    finally:
        for part in reversed(parts):
            part.stop()


def open_without_launcher(place: Installation) -> list[Part]:
    celery = ("-m", "celery", "-A", "mall", "-q")
    schedule = str(place.var / "beat-schedule")
    bind = f"127.0.0.1:{place.port}"
    web = ("gunicorn", "-c", "python:mall.gunicorn", "-b", bind, "mall.wsgi:application")
    return [
        Part(place, "web", "-m", *web),
        Part(place, "worker", *celery, "worker", "-c", "1", "--without-mingle"),
        Part(place, "beat", *celery, "beat", "--pidfile=", "-s", schedule),
    ]


def is_up(place: Installation) -> bool:
    try:
        return place.get("/healthz").status == 200
    except OSError:
        return False


def product_pages(place: Installation) -> list[str]:
    code = (
        "from catalog.models import Category, Product\n"
        "for row in (*Product.objects.all()[:2], *Category.objects.all()[:2]):\n"
        "    print(row.get_absolute_url())"
    )
    return place.python(code).split()


def revive(place: Installation) -> None:
    place.python("from mall import embedded, settings\nembedded.revive(settings.VAR)")


def killed(place: Installation) -> Callable[[], None]:
    pid = place.redis_pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not place.redis_pid)
    return lambda: revive(place)


def paused(place: Installation) -> Callable[[], None]:
    pid = place.redis_pid
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("fault", [killed, paused])
def test_pages_answer_in_time_and_work_resumes(mall, fault):
    pages = [*PAGES, *product_pages(mall)]
    for page in pages:
        assert mall.get(page).status == 200, page
    mend = fault(mall)
    try:
        began = time.monotonic()
        late = []
        while time.monotonic() - began < 12:
            for page in pages:
                answer = mall.get(page)
                assert answer.status == 200, page
                if answer.seconds > PATIENCE:
                    late.append((page, round(answer.seconds, 2)))
        assert late == []
        state = mall.ready()
        assert state["status"] == 200
        assert state["degraded"]
        assert not state["redis"]
        rows = [line.split() for line in mall.python(ENQUEUE).splitlines()]
        assert all(float(seconds) < PATIENCE for seconds, _ in rows), rows
    finally:
        mend()
    ids = [int(pk) for _, pk in rows]
    assert mall.python(FINISHED.format(ids=ids), timeout=90).strip() == "done"
    wait_until(lambda: not mall.ready()["degraded"])


def test_the_parts_said_nothing_personal_meanwhile(mall):
    logs = [Path(mall.home / f"{name}.log").read_text() for name in ("web", "worker", "beat")]
    assert "cache degraded" in logs[0], "the bait: the fault stands in the log"
    for log in logs:
        assert "mall.example" not in log
        assert "Traceback" not in log
