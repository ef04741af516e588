"""Returns: seven days, by line and quantity, and money that adds up."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from catalog.models import Stock
from delivery.models import Parcel
from delivery.queries import parcel_for
from orders.enums import OrderState, PaymentState, ReturnReason, ReturnState
from orders.errors import NotAllowedNow, NotReturnable, TooLateToReturn
from orders.models import LedgerEntry, OrderRefund, ReturnRequest
from orders.services import delivering, returning, sweeping
from tests.orders.test_ending import settle_refunds
from tests.orders.world import buy_and_pay, shop


@pytest.fixture
def arrived(alice):
    """An order that arrived a moment ago."""

    def order(*wanted):
        found = buy_and_pay(alice, *wanted, exempt_confirmed=True)
        parcel = parcel_for(found.code)
        Parcel.objects.filter(pk=parcel.pk).update(delivered_at=timezone.now())
        parcel.refresh_from_db()
        delivering.delivered(found, parcel)
        found.refresh_from_db()
        return found

    return order


def line_of(order, sku):
    return order.lines.get(sku=sku)


def ask(order, alice, sku="T1", quantity=1, reason=ReturnReason.CHANGED_MIND):
    return returning.request_return(order, {line_of(order, sku).pk: quantity}, reason, alice)


def all_the_way(row, carol, quantity, **more):
    returning.approve(row, carol)
    returning.sent_back(row, "SF123", row.order.buyer)
    line = row.lines.get()
    return returning.receive(row, {line.line_id: quantity}, carol, **more)


def test_a_return_from_request_to_money(arrived, alice, carol):
    shop().goods("T1", price=11300, on_hand=10)
    order = arrived(("T1", 3))
    row = ask(order, alice, quantity=2)
    refund = all_the_way(row, carol, 2)
    assert refund.amount == 22600
    assert Stock.objects.get().on_hand == 9
    row.refresh_from_db()
    assert (row.state, row.tracking) == (ReturnState.RECEIVED, "SF123")
    settle_refunds()
    returning.refunded(row)
    order.refresh_from_db()
    assert order.payment_state == PaymentState.PARTLY_REFUNDED
    held = sum(e.amount for e in LedgerEntry.objects.filter(order_code=order.code))
    assert held == order.total - 22600
    assert row.state == ReturnState.REFUNDED


def test_parts_of_a_line_return_one_by_one_and_add_up(arrived, alice, carol):
    shop().goods("T1", price=3333, rate=1300)
    order = arrived(("T1", 3))
    for _one in range(3):
        all_the_way(ask(order, alice, reason=ReturnReason.DAMAGED), carol, 1)
    settle_refunds()
    entries = LedgerEntry.objects.filter(order_code=order.code)
    assert sum(e.amount for e in entries) == 0
    assert sum(e.tax_part for e in entries) == 0
    order.refresh_from_db()
    assert order.payment_state == PaymentState.REFUNDED


def test_the_shipping_fee_goes_back_for_our_fault_and_everything(arrived, alice, carol):
    shop(fee=800).goods("T1", price=10000)
    order = arrived(("T1", 2))
    first = all_the_way(ask(order, alice, reason=ReturnReason.DAMAGED), carol, 1)
    assert first.amount == 10000
    second = all_the_way(ask(order, alice, reason=ReturnReason.DAMAGED), carol, 1)
    assert second.amount == 10800


def test_the_shipping_fee_stays_for_a_changed_mind(arrived, alice, carol):
    shop(fee=800).goods("T1", price=10000)
    order = arrived(("T1", 1))
    assert all_the_way(ask(order, alice), carol, 1).amount == 10000


def test_exempt_goods_cannot_be_sent_back(arrived, alice):
    shop().goods("F1", no_return=True)
    order = arrived(("F1", 1))
    with pytest.raises(NotReturnable):
        ask(order, alice, sku="F1")
    assert not ReturnRequest.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 4, 1000])
def test_only_what_was_bought_can_be_sent_back(arrived, alice, quantity):
    shop().goods("T1")
    order = arrived(("T1", 3))
    with pytest.raises(NotReturnable):
        ask(order, alice, quantity=quantity)
    assert not ReturnRequest.objects.exists()


def test_the_same_goods_cannot_be_asked_for_twice(arrived, alice):
    shop().goods("T1")
    order = arrived(("T1", 2))
    ask(order, alice, quantity=2)
    with pytest.raises(NotReturnable):
        ask(order, alice)


def test_somebody_elses_line_cannot_be_sent_back(arrived, alice):
    shop().goods("T1")
    order, other = arrived(("T1", 1)), arrived(("T1", 1))
    with pytest.raises(NotReturnable):
        returning.request_return(order, {other.lines.get().pk: 1}, ReturnReason.CHANGED_MIND, alice)


def test_seven_days_end_at_midnight_after_the_seventh(arrived, alice):
    shop().goods("T1")
    with time_machine.travel("2027-03-01T15:00:00+08:00", tick=False):
        order = arrived(("T1", 2))
    with time_machine.travel("2027-03-08T23:59:00+08:00", tick=False):
        ask(order, alice)
    with (
        time_machine.travel("2027-03-09T00:00:00+08:00", tick=False),
        pytest.raises(TooLateToReturn),
    ):
        ask(order, alice)


def test_what_has_not_arrived_cannot_be_sent_back(alice):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    with pytest.raises(TooLateToReturn):
        ask(order, alice)


def test_each_step_twice_is_once_and_no_step_is_skipped(arrived, alice, carol):
    shop().goods("T1")
    order = arrived(("T1", 1))
    row = ask(order, alice)
    with pytest.raises(NotAllowedNow):
        returning.receive(row, {row.lines.get().line_id: 1}, carol)
    returning.approve(row, carol)
    returning.approve(row, carol)
    with pytest.raises(NotAllowedNow):
        returning.refuse(row, "used", carol)
    first = returning.receive(row, {row.lines.get().line_id: 1}, carol)
    assert returning.receive(row, {row.lines.get().line_id: 1}, carol) == first
    assert OrderRefund.objects.count() == 1
    assert Stock.objects.get().on_hand == 10


def test_a_refusal_names_its_reason_and_frees_the_goods(arrived, alice, carol, client_of):
    shop().goods("T1")
    order = arrived(("T1", 1))
    row = ask(order, alice)
    returning.refuse(row, "used", carol)
    text = client_of(alice).get(f"/me/orders/{order.code}/").content.decode()
    assert "It was used beyond what trying it needs" in text
    ask(order, alice)


def test_damaged_goods_do_not_go_back_on_the_shelf(arrived, alice, carol):
    shop().goods("T1", on_hand=10)
    order = arrived(("T1", 1))
    all_the_way(ask(order, alice), carol, 1, restock=False)
    assert Stock.objects.get().on_hand == 9


def test_the_store_may_find_fewer_than_announced(arrived, alice, carol):
    shop().goods("T1", price=1000)
    order = arrived(("T1", 3))
    assert all_the_way(ask(order, alice, quantity=3), carol, 2).amount == 2000
    settle_refunds()
    order.refresh_from_db()
    assert order.lines.get().refunded_quantity == 2


def test_an_open_return_keeps_the_order_from_completing(arrived, alice, carol, jobs):
    shop().goods("T1")
    order = arrived(("T1", 1))
    row = ask(order, alice)
    with pytest.raises(NotAllowedNow):
        delivering.confirm_receipt(order, alice)
    with time_machine.travel(timezone.now() + dt.timedelta(days=11)):
        sweeping.sweep_completions()
        jobs()
        order.refresh_from_db()
        assert order.state == OrderState.CONFIRMED
        returning.withdraw(row, alice)
        sweeping.sweep_completions()
        jobs()
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED
    assert order.clock_at == order.completed_at is not None


@pytest.mark.promise("DLV-01")
def test_confirming_receipt_completes_the_order_once(arrived, alice):
    shop().goods("T1")
    order = arrived(("T1", 1))
    delivering.confirm_receipt(order, alice)
    first = order.completed_at
    delivering.confirm_receipt(order, alice)
    assert (order.state, order.completed_at) == (OrderState.COMPLETED, first)


def test_receipt_cannot_be_confirmed_before_the_goods_left(alice):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    with pytest.raises(NotAllowedNow):
        delivering.confirm_receipt(order, alice)


def test_goods_can_be_sent_back_from_a_completed_order(arrived, alice):
    shop().goods("T1")
    order = arrived(("T1", 1))
    delivering.confirm_receipt(order, alice)
    assert ask(order, alice).state == ReturnState.REQUESTED
