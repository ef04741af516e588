"""Sending goods back: asked for, approved, sent, received, and the money arrives."""

import pytest

from catalog.models import Stock
from orders.enums import PaymentState, ReturnState
from orders.models import Order, OrderRefund, ReturnRequest
from payments.models import Payment
from tests.support.journeys import (
    PHONE_SIZED,
    becomes,
    deliver,
    log_in,
    newest,
    pay,
    place_order,
    put_in_cart,
    send,
    until,
)

pytestmark = pytest.mark.journey


def test_goods_go_back_and_the_money_arrives(
    reachable, town, alice, address, carol, worker, sandbox, outbox, shots
):
    page = reachable.signed_in(alice, **PHONE_SIZED)
    put_in_cart(page, "t1")
    page.goto("/checkout/")
    place_order(page)
    pay(page)
    until(page, "Thank you, it is paid")
    order = Order.objects.get()
    becomes(order, state="confirmed")
    desk = reachable.page()
    desk.goto(f"/admin/orders/order/{order.pk}/change/")
    log_in(desk, "13800138003")
    desk.locator("button[name=step][value=pack]").click()
    desk.wait_for_load_state()
    deliver(sandbox, order)
    becomes(order, delivery_state="delivered")

    page.goto(f"/me/orders/{order.code}/")
    page.get_by_role("link", name="Send something back").click()
    page.locator("[name=quantity0]").fill("1")
    page.locator("[name=reason]").select_option("damaged")
    shots(page, "journey-return")
    send(page, "reason")
    page.get_by_text("We have your request. The store answers soon.").wait_for()
    request = ReturnRequest.objects.get()

    desk.goto(f"/admin/orders/order/{order.pk}/change/")
    desk.locator("button[value=approve]").click()
    desk.wait_for_load_state()
    becomes(request, state=ReturnState.APPROVED)
    assert request.code in newest(outbox, "orders.return_approved")["text"]

    page.goto(f"/me/orders/{order.code}/")
    page.get_by_text(f"Please write {request.code} on the parcel").wait_for()
    page.locator("[name=tracking]").fill("BACK-2026-1")
    send(page, "tracking")
    becomes(request, state=ReturnState.SHIPPED_BACK)

    desk.goto(f"/admin/orders/order/{order.pk}/change/")
    desk.locator("button[name=confirm][value=receive]").click()
    desk.get_by_text("¥107.00 go back to the buyer").wait_for()
    desk.get_by_text("The shipping fee is part of it").wait_for()
    desk.locator("button[name=step][value=receive]").click()
    desk.wait_for_load_state()
    becomes(request, state=ReturnState.REFUNDED)
    becomes(order, payment_state=PaymentState.REFUNDED)
    assert OrderRefund.objects.get().amount == 10700
    assert Stock.objects.get(variant__sku="T1").on_hand == 5
    payment = Payment.objects.get()
    assert sandbox.control(f"trades/{payment.code}")["refunded_amount"] == "107.00"

    page.goto(f"/me/orders/{order.code}/")
    until(page, "Refunded")
    assert "107.00" in newest(outbox, "orders.refunded")["text"]
    shots(page, "journey-refunded")
