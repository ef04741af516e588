"""A process that dies while it finalises leaves nothing half done; others finish it."""

import signal

import pytest

from catalog.models import Stock
from orders.enums import OrderState, PaymentState
from orders.models import LedgerEntry, Order, Purchase
from orders.services import sweeping
from tests.orders.world import buy, shop
from tests.support.processes import python

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

DIES = """
import os, signal, sys
from orders.models import Purchase
from orders.services import finalising
real = getattr(finalising, sys.argv[1])
def last_step(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(finalising, sys.argv[1], last_step)
finalising.finalise(Purchase.objects.get())
"""


@pytest.mark.parametrize("step", ["charge", "open_parcel", "tell"])
def test_killed_in_the_middle_nothing_is_half_done_and_the_sweeper_finishes(alice, jobs, step):
    from delivery.models import Parcel
    from jobs.models import Job

    shop().goods("T1", on_hand=5)
    purchase = buy(alice, ("T1", 2))
    _silently(purchase)
    Job.objects.all().delete()

    died = python(DIES, step)
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    order = Order.objects.get()
    assert (order.state, order.payment_state) == (OrderState.PLACED, PaymentState.UNPAID)
    assert not LedgerEntry.objects.exists()
    assert not Parcel.objects.exists()
    assert Stock.objects.get().on_hand == 5

    assert sweeping.sweep_purchases() == 1
    jobs()
    order.refresh_from_db()
    assert (order.state, order.payment_state) == (OrderState.CONFIRMED, PaymentState.PAID)
    assert sum(e.amount for e in LedgerEntry.objects.all()) == order.total
    assert Parcel.objects.count() == 1
    assert Stock.objects.get().on_hand == 3
    assert sweeping.sweep_purchases() == 0


@pytest.mark.slow
def test_a_killed_worker_is_followed_by_another_that_finishes(alice, worker):
    import time

    shop().goods("T1", on_hand=5)
    purchase = buy(alice, ("T1", 1))
    worker.kill()
    _silently(purchase)
    worker.start(beat=True)
    end = time.monotonic() + 90
    while Purchase.objects.get().finalised_at is None:
        assert time.monotonic() < end, worker.process.output()
        time.sleep(0.2)
    assert Order.objects.get().state == OrderState.CONFIRMED


def _silently(purchase):
    """The money arrives, and the news of it is lost with the process that had them."""
    from django.utils import timezone

    from payments.models import Payment

    Payment.objects.filter(reference=purchase.reference).update(
        state="paid", paid_at=timezone.now()
    )
