"""Placing an order: what it writes, what it refuses, and that twice is once."""

import pytest

from catalog.models import Stock
from orders.enums import DeliveryState, OrderState, PaymentState
from orders.errors import Changed, ConfirmExempt, MayNotTrade, NothingToOrder
from orders.models import Cart, LedgerEntry, Order, OrderLine, Purchase
from orders.services import carts, finalising
from orders.services.placing import place
from payments.models import Payment
from tests.orders.world import buy, buy_and_pay, cart_of, pay, shop, wishes_for


def test_an_order_for_each_store_and_one_payment(alice):
    tea, lamp = shop("tea"), shop("lamp", fee=1200)
    tea.goods("T1", price=9900)
    lamp.goods("L1", price=20000)
    purchase = buy(alice, ("T1", 2), ("L1", 1))

    orders = list(purchase.orders.order_by("store_id"))
    assert [(o.goods_total, o.shipping_fee, o.total) for o in orders] == [
        (19800, 800, 20600),
        (20000, 1200, 21200),
    ]
    assert Payment.objects.get(reference=purchase.reference).amount == 41800 == purchase.total
    assert {o.state for o in orders} == {OrderState.PLACED}
    assert Stock.objects.get(variant__sku="T1").reserved == 2


def test_placing_the_same_cart_again_returns_the_same_purchase(alice):
    shop().goods("T1")
    mine = cart_of(alice, ("T1", 1))
    wishes = wishes_for(mine)
    first = place(alice, mine.code, wishes)
    assert place(alice, mine.code, wishes) == first
    assert Purchase.objects.count() == Order.objects.count() == Payment.objects.count() == 1
    assert Stock.objects.get().reserved == 1


def test_lines_are_snapshots(alice):
    variant = shop().goods("T1", price=11300)
    order = buy_and_pay(alice, ("T1", 3))
    variant.product.name_en = "Renamed"
    variant.product.save()
    variant.price = 1
    variant.save()
    line = OrderLine.objects.get(order=order)
    assert (line.name_en, line.name_zh, line.unit_price, line.total) == (
        "Thing T1",
        "东西T1",
        11300,
        33900,
    )
    assert (line.tax_rate_bp, line.tax_part) == (1300, 3900)


@pytest.mark.promise("ORD-09")
def test_paying_confirms_the_order_sells_the_goods_and_opens_the_parcel(alice):
    from delivery.queries import parcel_for

    shop().goods("T1", on_hand=5)
    order = buy_and_pay(alice, ("T1", 2))
    assert (order.state, order.payment_state, order.delivery_state) == (
        OrderState.CONFIRMED,
        PaymentState.PAID,
        DeliveryState.NOT_SHIPPED,
    )
    stock = Stock.objects.get()
    assert (stock.on_hand, stock.reserved) == (3, 0)
    assert parcel_for(order.code).recipient_name == "林小雨"
    assert sum(e.amount for e in LedgerEntry.objects.filter(order_code=order.code)) == order.total


def test_finalising_twice_is_once(alice):
    shop().goods("T1")
    purchase = buy(alice, ("T1", 1))
    pay(purchase)
    finalising.finalise(purchase)
    events = list(Order.objects.get().events.values_list("key", flat=True))
    assert finalising.finalise(purchase) is False
    assert list(Order.objects.get().events.values_list("key", flat=True)) == events


@pytest.mark.promise("ORD-02")
def test_a_changed_price_is_pointed_out_and_nothing_is_written(alice):
    variant = shop().goods("T1", price=9900)
    mine = cart_of(alice, ("T1", 1))
    wishes = wishes_for(mine)
    variant.price = 8900
    variant.save()
    with pytest.raises(Changed) as refusal:
        place(alice, mine.code, wishes)
    assert refusal.value.changes == ["“Thing T1” now costs ¥89.00; it was ¥99.00."]
    assert not Order.objects.exists()
    assert Stock.objects.get().reserved == 0
    assert Cart.objects.get().ordered_at is None


def test_goods_bought_by_others_meanwhile_are_pointed_out(alice, bob):
    shop().goods("T1", on_hand=3)
    mine = cart_of(alice, ("T1", 3))
    wishes = wishes_for(mine)
    buy(bob, ("T1", 2))
    with pytest.raises(Changed) as refusal:
        place(alice, mine.code, wishes)
    assert refusal.value.changes == ["Only 1 of “Thing T1” is left."]
    assert Order.objects.filter(buyer=alice).count() == 0


def test_exempt_goods_need_a_tick_that_is_stored_with_its_time(alice):
    shop().goods("F1", no_return=True)
    mine = cart_of(alice, ("F1", 1))
    with pytest.raises(ConfirmExempt):
        place(alice, mine.code, wishes_for(mine))
    assert not Order.objects.exists()
    place(alice, mine.code, wishes_for(mine, exempt_confirmed=True))
    assert Order.objects.get().exempt_confirmed_at is not None
    assert OrderLine.objects.get().no_return_reason_en == "It is fresh."


def test_who_may_not_trade_places_nothing(alice):
    shop().goods("T1")
    alice.age_band = "TEEN"
    alice.save()
    mine = cart_of(alice, ("T1", 1))
    with pytest.raises(MayNotTrade):
        place(alice, mine.code, wishes_for(mine))
    assert not Order.objects.exists()


def test_somebody_elses_cart_cannot_be_ordered(alice, bob):
    shop().goods("T1")
    mine = cart_of(alice, ("T1", 1))
    with pytest.raises(NothingToOrder):
        place(bob, mine.code, wishes_for(mine))


def test_what_is_sold_out_waits_in_a_new_cart(alice):
    tea = shop()
    tea.goods("T1")
    tea.goods("T2", on_hand=1)
    mine = cart_of(alice, ("T1", 1), ("T2", 1))
    Stock.objects.filter(variant__sku="T2").update(on_hand=0)
    place(alice, mine.code, wishes_for(mine))
    assert Order.objects.get().lines.get().sku == "T1"
    left = carts.open_cart_of(alice)
    assert left != mine
    assert [line.variant.sku for line in left.lines.all()] == ["T2"]


@pytest.mark.promise("C-04")
def test_pick_up_needs_and_stores_no_address(alice):
    shop("tea").goods("T1")
    purchase = buy(alice, ("T1", 1), methods={"tea": "pickup"})
    order = purchase.orders.get()
    assert (order.street, order.province, order.shipping_fee) == (None, "", 0)
    assert order.recipient == "林小雨"
