"""Many at once, each with a connection of its own."""

import random
import threading

import pytest
from django.db import connections
from django.utils import timezone

from catalog.models import Stock, StockMovement
from common.errors import RuleError
from jobs.services import run_due
from orders.enums import OrderState
from orders.models import LedgerEntry, Order, OrderRefund, Purchase
from orders.services import ending, finalising
from orders.services.placing import place
from payments.models import Payment
from tests.orders.world import buy, cart_of, pay, shop, wishes_for

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds):
    """Run them in threads that start together; returns what each returned or raised."""
    gate = threading.Barrier(len(deeds))
    results = [None] * len(deeds)

    def run(number, deed):
        gate.wait(30)
        try:
            results[number] = deed()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def people(number):
    from accounts.services import register_person

    return [
        register_person(
            phone=f"+86138002{n:05d}",
            member_name=f"buyer{n}",
            password="correct horse battery staple",
        )
        for n in range(number)
    ]


@pytest.mark.slow
def test_32_buyers_for_the_last_five_with_cancellations_and_expiries():
    shop().goods("T1", on_hand=5)
    buyers = people(32)
    carts = [cart_of(buyer, ("T1", 1)) for buyer in buyers]
    wishes = [wishes_for(cart) for cart in carts]
    chance = random.Random(7)

    def story(number):
        def run():
            try:
                purchase = place(buyers[number], carts[number].code, wishes[number])
            except RuleError:
                return "refused"
            end = chance.choice(["pay", "pay", "cancel", "expire", "late", "pay_and_cancel"])
            if end == "cancel":
                ending.cancel(purchase.orders.get(), actor=buyers[number])
            if end in {"expire", "late"}:
                ending.expire(purchase)
            if end in {"pay", "late", "pay_and_cancel"}:
                pay(purchase)
                finalising.finalise(purchase)
            if end == "pay_and_cancel":
                order = purchase.orders.get()
                if order.state == OrderState.CONFIRMED:
                    ending.cancel(order, actor=buyers[number])
            return end

        return run

    results = at_once(*(story(number) for number in range(32)))
    assert not [r for r in results if isinstance(r, Exception)]

    def rest(purchase):
        return lambda: (pay(purchase), finalising.finalise(purchase))

    # Whoever is still there gets one more chance, so that the shelf is empty in the end.
    sold = Order.objects.filter(state=OrderState.CONFIRMED).count()
    for number in range(32):
        if Order.objects.filter(state=OrderState.CONFIRMED).count() == 5:
            break
        mine = cart_of(buyers[number], ("T1", 1))
        try:
            rest(place(buyers[number], mine.code, wishes_for(mine)))()
        except RuleError:
            continue
    assert sold <= 5
    assert Order.objects.filter(state=OrderState.CONFIRMED).count() == 5

    stock = Stock.objects.get()
    moves = StockMovement.objects.all()
    assert stock.on_hand == sum(m.on_hand_change for m in moves) == 0
    assert stock.reserved == sum(m.reserved_change for m in moves) == 0
    for order in Order.objects.all():
        held = sum(e.amount for e in LedgerEntry.objects.filter(order_code=order.code))
        paid = order.payment_state != "unpaid"
        assert held == (order.total if paid else 0)
        refunds = sum(r.amount for r in OrderRefund.objects.filter(order=order))
        assert refunds == (order.total if paid and order.state == OrderState.CANCELLED else 0)


def test_place_order_pressed_five_times_at_once_orders_once():
    shop().goods("T1")
    (buyer,) = people(1)
    mine = cart_of(buyer, ("T1", 2))
    wishes = wishes_for(mine)
    results = at_once(*[lambda: place(buyer, mine.code, wishes)] * 5)
    assert len({result.pk for result in results}) == 1
    assert Purchase.objects.count() == Order.objects.count() == Payment.objects.count() == 1
    assert Stock.objects.get().reserved == 2


def test_money_and_expiry_at_once_end_in_one_of_two_ways():
    shop().goods("T1", on_hand=20)
    for buyer in people(6):
        purchase = buy(buyer, ("T1", 1))
        results = at_once(
            lambda p=purchase: (pay(p), finalising.finalise(p)),
            lambda p=purchase: ending.expire(p),
        )
        assert not [r for r in results if isinstance(r, Exception)]
        order = purchase.orders.get()
        assert (order.state, order.payment_state) == (OrderState.CONFIRMED, "paid")
    stock = Stock.objects.get()
    assert (stock.on_hand, stock.reserved) == (14, 0)


def test_finalising_five_times_at_once_charges_once():
    shop().goods("T1")
    (buyer,) = people(1)
    purchase = buy(buyer, ("T1", 1))
    payment = Payment.objects.get()
    Payment.objects.update(state="paid", paid_at=timezone.now())
    results = at_once(*[lambda: finalising.finalise(purchase)] * 5)
    assert sorted(results) == [False] * 4 + [True]
    order = Order.objects.get()
    assert LedgerEntry.objects.filter(order_code=order.code).count() == 2
    assert payment.amount == sum(e.amount for e in LedgerEntry.objects.all())


def test_cancel_and_pack_at_once_never_do_both(carol):
    from orders.services import delivering

    shop().goods("T1", on_hand=20)
    for buyer in people(4):
        purchase = buy(buyer, ("T1", 1))
        pay(purchase)
        finalising.finalise(purchase)
        order = purchase.orders.get()
        at_once(
            lambda o=order, b=buyer: ending.cancel(Order.objects.get(pk=o.pk), actor=b),
            lambda o=order: delivering.pack(Order.objects.get(pk=o.pk), carol),
        )
        order.refresh_from_db()
        cancelled = order.state == OrderState.CANCELLED
        assert cancelled != (order.delivery_state == "packed")
        assert OrderRefund.objects.filter(order=order).count() == int(cancelled)


@pytest.mark.promise("PAY-05")
def test_the_same_notice_ten_times_in_parallel_is_one_payment(sandbox):
    """Through the partner's own protocol: signed notices, each told ten times at once."""
    from payments import services as payments
    from payments.models import PartnerNotice
    from tests.payments.conftest import signed_notice

    shop().goods("T1")
    (buyer,) = people(1)
    purchase = buy(buyer, ("T1", 1))
    payment = Payment.objects.get()
    payments.redirect_to_partner(payment)
    body = signed_notice(payment)
    results = at_once(*[lambda: payments.receive(payment.provider, body, {})] * 10)
    assert set(results) == {"success"}
    at_once(*[run_due] * 4)
    run_due()
    assert PartnerNotice.objects.count() == 1
    order = purchase.orders.get()
    assert order.state == OrderState.CONFIRMED
    assert order.events.filter(kind="paid").count() == 1
    assert sum(e.amount for e in LedgerEntry.objects.all()) == purchase.total
