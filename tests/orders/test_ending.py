"""Cancelling, expiring, and money that comes too late: each has a defined end."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from catalog.models import Stock
from delivery.enums import ParcelState
from delivery.queries import parcel_for
from notices.models import Message
from orders.enums import (
    Attention,
    DeliveryState,
    EndReason,
    OrderState,
    PaymentState,
    RefundState,
)
from orders.errors import NotAllowedNow
from orders.models import LedgerEntry, Order, OrderRefund
from orders.services import delivering, ending, finalising, money, moves, sweeping
from payments.models import Payment, Refund
from tests.orders.world import buy, buy_and_pay, pay, shop


def settle_refunds():
    """Let the partner pay back, as its answer would."""
    from payments import services as payments
    from payments.enums import RefundState as PartnerRefundState

    for row in Refund.objects.exclude(state=PartnerRefundState.SETTLED):
        payments.end_refund(row, PartnerRefundState.SETTLED)
        order_refund = money.refund_of(row)
        money.refund_settled(order_refund)


def held(order):
    return sum(e.amount for e in LedgerEntry.objects.filter(order_code=order.code))


@pytest.mark.promise("ORD-10")
def test_cancelling_before_payment_gives_the_goods_back_and_ends_the_payment(alice):
    shop().goods("T1")
    order = buy(alice, ("T1", 2)).orders.get()
    ending.cancel(order, actor=alice)
    assert (order.state, order.payment_state) == (OrderState.CANCELLED, PaymentState.UNPAID)
    assert order.clock_at == order.ended_at is not None
    assert Stock.objects.get().reserved == 0
    assert Payment.objects.get().state == "closed"
    assert not OrderRefund.objects.exists()


def test_orders_that_would_be_paid_together_are_cancelled_together(alice):
    shop("tea").goods("T1")
    shop("lamp").goods("L1")
    purchase = buy(alice, ("T1", 1), ("L1", 1))
    ending.cancel(purchase.orders.first(), actor=alice)
    assert {o.state for o in purchase.orders.all()} == {OrderState.CANCELLED}
    assert not Stock.objects.filter(reserved__gt=0).exists()


@pytest.mark.promise("ORD-10")
def test_cancelling_after_payment_pays_everything_back(alice):
    shop().goods("T1", price=9900, on_hand=5)
    order = buy_and_pay(alice, ("T1", 2))
    ending.cancel(order, actor=alice)
    assert order.state == OrderState.CANCELLED
    refund = OrderRefund.objects.get()
    assert refund.amount == order.total == Refund.objects.get().amount
    assert Stock.objects.get().on_hand == 5
    assert parcel_for(order.code).state == ParcelState.CANCELLED
    settle_refunds()
    order.refresh_from_db()
    assert order.payment_state == PaymentState.REFUNDED
    assert held(order) == 0


def test_cancelling_twice_is_once(alice):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    ending.cancel(order, actor=alice)
    ending.cancel(order, actor=alice)
    assert OrderRefund.objects.count() == 1
    assert Stock.objects.get().on_hand == 10


def test_one_of_two_paid_orders_can_be_cancelled_alone(alice):
    shop("tea").goods("T1")
    shop("lamp").goods("L1")
    first = buy_and_pay(alice, ("T1", 1), ("L1", 1))
    ending.cancel(first, actor=alice)
    other = Order.objects.exclude(pk=first.pk).get()
    assert other.state == OrderState.CONFIRMED
    assert OrderRefund.objects.get().amount == first.total


def test_what_is_packed_cannot_be_cancelled_and_nothing_changes(alice, carol):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    delivering.pack(order, carol)
    with pytest.raises(NotAllowedNow):
        ending.cancel(order, actor=alice)
    order.refresh_from_db()
    assert order.state == OrderState.CONFIRMED
    assert not OrderRefund.objects.exists()


def test_an_unpaid_purchase_ends_after_thirty_minutes(alice, jobs):
    shop().goods("T1")
    purchase = buy(alice, ("T1", 2))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=29)):
        assert sweeping.sweep_purchases() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
        assert sweeping.sweep_purchases() == 1
        jobs()
    order = purchase.orders.get()
    assert (order.state, order.end_reason) == (OrderState.EXPIRED, EndReason.UNPAID)
    assert Stock.objects.get().reserved == 0
    assert Payment.objects.get().state == "closed"


def test_a_silent_partner_does_not_hold_the_goods_for_ever(alice):
    shop().goods("T1")
    purchase = buy(alice, ("T1", 2))
    Payment.objects.update(redirected_at=timezone.now())
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
        ending.close_unpaid(purchase)
    assert purchase.orders.get().state == OrderState.PLACED
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=41)):
        ending.close_unpaid(purchase)
    assert purchase.orders.get().state == OrderState.EXPIRED
    assert Stock.objects.get().reserved == 0


def test_money_that_comes_late_buys_the_goods_if_they_are_still_there(alice):
    shop().goods("T1", on_hand=2)
    purchase = buy(alice, ("T1", 2))
    ending.expire(purchase)
    pay(purchase)
    finalising.finalise(purchase)
    order = purchase.orders.get()
    assert (order.state, order.payment_state) == (OrderState.CONFIRMED, PaymentState.PAID)
    assert (order.end_reason, order.ended_at, order.clock_at) == ("", None, None)
    assert Stock.objects.get().on_hand == 0
    assert held(order) == order.total


def test_paid_but_sold_out_is_paid_back_told_and_shown_to_the_operator(alice, bob, client_of):
    shop().goods("T1", on_hand=2)
    purchase = buy(alice, ("T1", 2))
    ending.expire(purchase)
    buy(bob, ("T1", 1))
    pay(purchase)
    finalising.finalise(purchase)
    order = purchase.orders.get()
    assert (order.state, order.end_reason) == (OrderState.CANCELLED, EndReason.SOLD_OUT)
    assert (order.attention, Refund.objects.get().reason) == (Attention.SOLD_OUT, "sold_out")
    assert Refund.objects.get().amount == order.total
    assert Message.objects.filter(kind="orders.sold_out", person=alice, channel="SMS").count() == 1
    text = client_of(alice).get(f"/me/orders/{order.code}/").content.decode()
    assert "Sold out by the time your money came" in text
    settle_refunds()
    assert held(order) == 0


def test_money_for_what_the_buyer_cancelled_goes_back(alice):
    shop().goods("T1")
    purchase = buy(alice, ("T1", 1))
    order = purchase.orders.get()
    Payment.objects.update(redirected_at=timezone.now(), next_check_at=timezone.now())
    ending.cancel(order, actor=alice)
    pay(purchase)
    finalising.finalise(purchase)
    order.refresh_from_db()
    assert (order.state, order.attention) == (OrderState.CANCELLED, Attention.PAID_LATE)
    assert Refund.objects.get().reason == "paid_late"
    assert Stock.objects.get().on_hand == 10
    settle_refunds()
    order.refresh_from_db()
    assert order.payment_state == PaymentState.REFUNDED
    assert held(order) == 0


def test_the_sweeper_finishes_what_a_crash_broke_off(alice, jobs):
    from jobs.models import Job

    shop().goods("T1")
    purchase = buy(alice, ("T1", 1))
    pay(purchase)
    Job.objects.filter(name="payments.announce").delete()
    assert purchase.orders.get().state == OrderState.PLACED
    assert sweeping.sweep_purchases() == 1
    jobs()
    assert purchase.orders.get().state == OrderState.CONFIRMED
    assert sweeping.sweep_purchases() == 0


def test_a_lost_parcel_is_given_up_and_paid_back(alice, carol):
    shop().goods("T1", on_hand=5)
    order = buy_and_pay(alice, ("T1", 1))
    delivering.pack(order, carol)
    delivering.lost(order)
    order.refresh_from_db()
    assert (order.delivery_state, order.attention) == (DeliveryState.LOST, Attention.LOST)
    ending.give_up(order, carol)
    ending.give_up(order, carol)
    assert (order.state, order.end_reason, order.attention) == ("cancelled", EndReason.LOST, "")
    assert OrderRefund.objects.get().amount == order.total
    assert Stock.objects.get().on_hand == 4


def test_what_came_back_goes_on_the_shelf_again(alice, carol):
    shop().goods("T1", on_hand=5)
    order = buy_and_pay(alice, ("T1", 2))
    delivering.pack(order, carol)
    delivering.came_back(order)
    ending.give_up(order, carol)
    assert Stock.objects.get().on_hand == 5


def test_give_up_is_for_parcels_in_trouble_only(alice, carol):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    with pytest.raises(NotAllowedNow):
        ending.give_up(order, carol)
    assert not OrderRefund.objects.exists()


def test_a_refund_that_failed_calls_an_operator_until_it_settles(alice):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    ending.cancel(order, actor=alice)
    row = OrderRefund.objects.get()
    money.refund_failed(row)
    order.refresh_from_db()
    assert order.attention == Attention.REFUND_FAILED
    settle_refunds()
    order.refresh_from_db()
    assert order.attention == ""
    assert OrderRefund.objects.get().state == RefundState.SETTLED


def test_every_move_is_in_the_table_or_refused(alice):
    shop().goods("T1")
    order = buy(alice, ("T1", 1)).orders.get()
    assert moves.move_order(order, OrderState.COMPLETED) is False
    assert moves.move_payment(order, PaymentState.REFUNDED) is False
    assert moves.move_delivery(order, DeliveryState.RETURNED) is False
    order.refresh_from_db()
    assert (order.state, order.payment_state, order.delivery_state) == (
        OrderState.PLACED,
        PaymentState.UNPAID,
        DeliveryState.NOT_SHIPPED,
    )
