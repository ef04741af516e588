"""From looking around to holding it in hand, with every part real."""

import base64
import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Address, Phone
from catalog.models import Stock
from delivery.queries import parcel_for, pickup_code
from notices.models import Message
from orders.enums import DeliveryState, OrderState, PaymentState
from orders.models import Order, Purchase
from orders.services import sweeping
from payments.models import Payment
from privacy.models import DisclosureEntry
from tests.conftest import PASSWORD
from tests.orders.world import HERE
from tests.support.dumps import found_in_clear, spellings
from tests.support.journeys import (
    PHONE_SIZED,
    becomes,
    deliver,
    digits_in,
    fill,
    fill_address,
    log_in,
    newest,
    pay,
    place_order,
    put_in_cart,
    send,
    sign_up,
    until,
)
from tests.support.launched import wait_until

pytestmark = pytest.mark.journey

NEW_PHONE = "13900139001"
REMARK = "请放在门口的蓝色箱子里"


@pytest.mark.promise("ACC-01")
@pytest.mark.promise("ORD-01")
@pytest.mark.promise("ORD-04")
@pytest.mark.promise("ORD-09")
@pytest.mark.promise("ORD-10")
@pytest.mark.promise("PAY-01")
@pytest.mark.promise("PAY-05")
@pytest.mark.promise("DLV-01")
@pytest.mark.promise("DLV-02")
@pytest.mark.promise("DLV-03")
@pytest.mark.promise("SEC-02")
def test_a_visitor_joins_buys_receives_and_leaves_nothing_readable_behind(
    reachable, town, carol, worker, sandbox, outbox, shots
):
    page = reachable.page()
    page.goto("/search/?q=thing")
    page.get_by_role("link", name="Thing T1").first.click()
    page.wait_for_url("**/p/t1/**")
    with page.expect_navigation():
        send(page, "sku")
    page.goto("/cart/")
    page.get_by_role("link", name="To checkout").click()

    page.wait_for_url("**/accounts/login/**")
    page.get_by_role("link", name="Open an account").click()
    sign_up(page, NEW_PHONE, outbox)
    page.wait_for_url("**/checkout/")
    become_a_member(page)

    page.goto("/cart/")
    assert page.get_by_label("How many of “Thing T1”").input_value() == "1"
    page.get_by_role("link", name="To checkout").click()
    fill_address(page)
    page.locator("details.checkout__wishes summary").click()
    fill(page, remark=REMARK)
    page.locator("[name=save_address]").check()
    shots(page, "journey-checkout")
    place_order(page)
    pay(page)
    until(page, "Thank you, it is paid")
    order = Order.objects.get()
    becomes(order, state=OrderState.CONFIRMED, payment_state=PaymentState.PAID)

    desk = reachable.page()
    desk.goto("/admin/")
    log_in(desk, "carol@mall.example")
    desk.goto("/admin/")
    desk.locator("[data-task=to_send], a.desk-card").first.click()
    desk.get_by_role("link", name=order.code).first.click()
    assert "林•" in desk.locator("body").inner_text()
    assert HERE.street not in desk.content()
    desk.get_by_role("button", name="It is packed: call the carrier").click()
    desk.wait_for_load_state()
    deliver(sandbox, order)
    becomes(order, delivery_state=DeliveryState.DELIVERED)

    page.goto("/me/orders/")
    page.get_by_role("link", name=order.code).click()
    story = page.get_by_role("region", name="What happened").inner_text()
    for line in ("Handed to the carrier", "Out for delivery", "Delivered"):
        assert line in story
    for detail in (HERE.recipient, HERE.street, REMARK, "¥107.00", "¥8.00"):
        assert page.get_by_text(detail).count(), detail
    shots(page, "journey-order")
    page.get_by_role("button", name="I have received everything").click()
    until(page, "Completed")
    becomes(order, state=OrderState.COMPLETED)
    for kind in ("paid", "shipped", "delivered", "completed"):
        is_told(kind)

    handed = DisclosureEntry.objects.filter(subject=order.subject)
    assert {one.recipient for one in handed} >= {"carrier", "payment_partner"}

    secrets = [
        NEW_PHONE, NEW_PHONE[1:], "139 0013 9001", "13800138001", "138 0013 8001", HERE.recipient,
        HERE.street, "桂花路", REMARK, PASSWORD, "carol@mall.example", "13800138003",
    ]  # fmt: skip
    assert found_in_clear(secrets) == []
    assert found_in_clear(["Thing T1"]) != []
    assert Phone.objects.get(user=order.buyer).number == f"+86{NEW_PHONE}"
    assert Address.objects.get(user=order.buyer).street == HERE.street
    kept = Order.objects.get()
    assert (kept.recipient, kept.remark) == (HERE.recipient, REMARK)


def become_a_member(page):
    """What is missing is said; a name and a password are given."""
    page.get_by_role("link", name="Add it now").first.click()
    page.wait_for_url("**/me/member/**")
    fill(page, member_name="nina")
    send(page, "member_name")
    page.get_by_role("link", name="Choose a password").click()
    fill(page, password=PASSWORD)
    send(page, "password")
    page.wait_for_url("**/checkout/")


def is_told(kind):
    """The buyer has a message of this kind."""
    wait_until(lambda: Message.objects.filter(kind=f"orders.{kind}").exists())


@pytest.mark.promise("PAY-05")
def test_a_payment_fails_and_the_second_try_goes_through(
    reachable, town, alice, address, worker, shots
):
    page = reachable.page(**PHONE_SIZED)
    put_in_cart(page, "t1")
    page.goto("/accounts/login/?next=/checkout/")
    log_in(page, "alice@person.example")
    page.wait_for_url("**/checkout/")
    place_order(page)
    page.locator("button[value=fail]").click()
    page.wait_for_url("**/pay/*/back/**")
    until(page, "You paid nothing")
    shots(page, "journey-failed")
    order = Order.objects.get()
    assert (order.state, order.payment_state) == (OrderState.PLACED, PaymentState.UNPAID)
    assert Stock.objects.get(variant__sku="T1").reserved == 1

    page.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/pay/trade/**")
    pay(page)
    until(page, "Thank you, it is paid")
    becomes(order, state=OrderState.CONFIRMED, payment_state=PaymentState.PAID)
    page.goto(f"/me/orders/{order.code}/")
    until(page, "Paid")
    assert Stock.objects.get(variant__sku="T1").on_hand == 4


def test_what_nobody_pays_expires_and_is_for_sale_again(reachable, town, alice, address, worker):
    page = reachable.signed_in(alice)
    put_in_cart(page, "l1")
    page.goto("/checkout/")
    place_order(page)
    purchase = Purchase.objects.get()
    assert Stock.objects.get(variant__sku="L1").reserved == 1
    page.goto(f"/me/purchases/{purchase.code}/")
    page.get_by_role("heading", name="Waiting for your payment").wait_for()

    Purchase.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    sweeping.sweep_purchases()
    order = Order.objects.get()
    becomes(order, state=OrderState.EXPIRED)
    stock = Stock.objects.get(variant__sku="L1")
    assert (stock.on_hand, stock.reserved) == (3, 0)
    page.reload()
    page.get_by_role("heading", name="This purchase has ended").wait_for()
    page.goto(f"/me/orders/{order.code}/")
    page.get_by_text("You owe nothing.").wait_for()
    assert not page.get_by_role("button", name="Pay now").count()


@pytest.mark.promise("DLV-01")
def test_chinese_phone_without_script_picks_up_at_the_store(
    reachable, town, alice, carol, worker, outbox, shots
):
    alice.language = "zh-hans"
    alice.save(update_fields=["language"])
    page = reachable.page(java_script_enabled=False, locale="zh-CN", **PHONE_SIZED)
    put_in_cart(page, "t1", language="/zh-hans")
    page.goto("/zh-hans/cart/")
    page.get_by_role("link", name="去结算").click()
    log_in(page, "13800138001")
    page.wait_for_url("**/zh-hans/checkout/")
    page.locator("[name=method_blue-hill-tea][value=pickup]").check(force=True)
    page.get_by_role("button", name="重新计算运费").click()
    page.get_by_text("全部到店自提，不需要地址。").wait_for()
    fill(page, recipient=HERE.recipient, phone="138 0013 8001")
    shots(page, "journey-zh-checkout")
    place_order(page)
    pay(page)
    until(page, "谢谢，付款成功")
    order = Order.objects.get()
    becomes(order, state=OrderState.CONFIRMED, payment_state=PaymentState.PAID)
    assert (order.total, order.street) == (9900, None)

    desk = reachable.signed_in(carol)
    desk.goto(f"/zh-hans/admin/orders/order/{order.pk}/change/")
    desk.get_by_role("button", name="已备好，可自提").click()
    becomes(order, delivery_state=DeliveryState.READY)
    code = pickup_code(parcel_for(order.code))
    assert digits_in(newest(outbox, "orders.ready")) == code
    page.goto(f"/zh-hans/me/orders/{order.code}/")
    page.get_by_role("heading", name="您的取货码").wait_for()
    shown = page.locator(".pickup__code").inner_text()
    assert shown.replace(" ", "") == code
    shots(page, "journey-zh-pickup")

    desk.goto(f"/zh-hans/admin/orders/order/{order.pk}/change/")
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    for given in (wrong, code):
        desk.locator("form:has([value=hand-over]) [name=code]").fill(given)
        desk.locator("[value=hand-over]").click()
        desk.wait_for_load_state()
    becomes(order, delivery_state=DeliveryState.DELIVERED)
    page.goto(f"/zh-hans/me/orders/{order.code}/")
    page.get_by_role("button", name="确认收货").click()
    until(page, "已完成")
    becomes(order, state=OrderState.COMPLETED)


@pytest.mark.promise("DLV-02")
@pytest.mark.promise("PAY-02")
@pytest.mark.promise("C-04")
def test_two_stores_one_payment_and_each_is_told_only_its_part(
    reachable, town, alice, address, worker, sandbox
):
    page = reachable.signed_in(alice)
    put_in_cart(page, "t1")
    put_in_cart(page, "l1")
    page.goto("/checkout/")
    told = page.locator("section", has=page.get_by_role("heading", name="Who receives what"))
    assert told.locator("dt").count() == 4
    for part in ("the amount", "the recipient's name", "Blue-Hill-Tea", "Lantern-Lane"):
        assert part in told.inner_text()
    assert "… and nobody else." in told.inner_text()
    place_order(page)
    assert "387.00" in page.locator("body").inner_text()
    pay(page)
    until(page, "Thank you, it is paid")
    orders = list(Order.objects.order_by("pk"))
    for order in orders:
        becomes(order, state=OrderState.CONFIRMED)
    assert [order.total for order in orders] == [10700, 28000]
    assert len(sandbox_trades(sandbox)) == 1
    codes = page.locator(".order-card__code a")
    assert codes.count() == 2

    ledger = DisclosureEntry.objects.filter(subject=alice.subject)
    payment = ledger.get(recipient="payment_partner")
    assert not {"name", "phone", "address"} & set(payment.fields)
    assert not ledger.filter(recipient="carrier").exists()


def test_what_is_typed_while_the_fees_are_worked_out_stays(reachable, town, alice):
    page = reachable.signed_in(alice)
    put_in_cart(page, "t1")
    page.goto("/checkout/")
    on_the_way = []

    def hold(route):
        on_the_way.append(route)

    page.route("**/checkout/", hold)
    page.locator("select[name=province]").select_option(HERE.province)
    fill(page, street=HERE.street, phone="138 0013 8001")
    page.locator("[name=recipient]").press_sequentially("林")
    wait_until(lambda: page.wait_for_timeout(20) or on_the_way)
    with page.expect_response("**/checkout/"):
        on_the_way[0].continue_()
    page.locator("select[name=district] option[value='310101']").wait_for(state="attached")
    page.locator("[name=recipient]").press_sequentially("小雨")
    typed = [page.locator(f"[name={name}]").input_value() for name in ("street", "recipient")]
    assert typed == [HERE.street, HERE.recipient]


def sandbox_trades(sandbox):
    """What the payment partner knows of the present purchases."""
    codes = set(Payment.objects.values_list("code", flat=True))
    return [one for one in sandbox.control("state")["trades"] if one["out_trade_no"] in codes]


@pytest.mark.parametrize("value", [REMARK, REMARK.encode(), base64.b64encode(REMARK.encode())])
def test_the_search_for_readable_words_knows_text_bytes_and_base64(value):
    spelt = value.decode() if isinstance(value, bytes) and value.isascii() else value
    assert any(REMARK in text for text in spellings(spelt))
    assert REMARK.encode().hex() in " ".join(spellings(REMARK.encode()))
