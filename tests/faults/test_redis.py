"""Redis dies, and Redis falls silent: the mall is slower and still correct."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mall.demo.people import PEOPLE
from tests.support.launched import Installation, Launcher, Part, wait_until
from tests.support.processes import listens
from tests.support.shopping import pay_at_the_partner, payment_code, signed_in

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
GOODS = """
from catalog.models import Variant
print(Variant.objects.filter(active=True, product__status="active", product__no_return=False,
      stock__on_hand__gt=10, stock__reserved=0).order_by("pk")[0].sku)
"""
PAID = """
import time
from orders.enums import PaymentState
from orders.models import Order, Purchase
from payments.models import Payment
payment = Payment.objects.get(code={code!r})
end = time.monotonic() + 60
while True:
    purchase = Purchase.objects.get(code=payment.return_url.rstrip("/").rsplit("/", 1)[-1])
    states = list(Order.objects.filter(purchase=purchase).values_list("payment_state", flat=True))
    if purchase.finalised_at and set(states) == {{PaymentState.PAID}}:
        break
    payment.refresh_from_db()
    assert time.monotonic() < end, (payment.state, purchase.finalised_at, states)
    time.sleep(0.2)
print(len(states), "paid")
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
        wait_until(lambda: is_up(place) and listens(int(place.drawn["sandbox_port"])))
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
    partners = ("sandbox", "--port", str(place.drawn["sandbox_port"]))
    state = ("--state", str(place.var / "sandbox"))
    return [
        Part(place, "sandbox", "-m", *partners, *state),
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


@pytest.mark.slow
@pytest.mark.parametrize("fault", [killed, paused])
def test_a_member_orders_and_pays_meanwhile_and_the_order_becomes_paid(mall, fault):
    shopper = next(person for person in PEOPLE if person.code == "shopper")
    member = signed_in(mall, shopper.phone)
    sku = mall.python(GOODS).strip()
    assert member.get("/cart/").status == 200
    member.asked.clear()
    mend = fault(mall)
    try:
        assert member.post("/cart/add/", {"sku": sku, "quantity": "1"}).status == 303
        form = member.form("/checkout/", "checkout")
        placed = member.post("/checkout/", form)
        assert placed.status == 303, placed.text[:2000]
        code = payment_code(placed.leads_to)
        assert member.post("/checkout/", form).status == 303, "pressed twice"
        assert member.get("/me/orders/").status == 200
        begun = member.post(f"/pay/{code}/", member.form(f"/pay/{code}/back/", f"/pay/{code}/"))
        assert begun.status == 303
        assert payment_code(begun.leads_to) == code
        returned = member.get(pay_at_the_partner(member, begun.leads_to))
        assert returned.status in {200, 302}
        if returned.status == 302:
            assert member.get(urlsplit(returned.leads_to).path).status == 200
        late = [(path, seconds) for path, seconds in member.asked if seconds > PATIENCE]
        assert late == [], member.asked
        assert mall.ready()["degraded"]
    finally:
        mend()
    assert mall.python(PAID.format(code=code), timeout=90).strip() == "1 paid"
    wait_until(lambda: not mall.ready()["degraded"])


def test_the_parts_said_nothing_personal_meanwhile(mall):
    logs = [Path(mall.home / f"{name}.log").read_text() for name in ("web", "worker", "beat")]
    assert "cache degraded" in logs[0], "the bait: the fault stands in the log"
    for log in logs:
        assert "mall.example" not in log
        assert "Traceback" not in log
