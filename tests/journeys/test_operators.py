"""A day at the desk: what waits, who is meant, and what is written down."""

import pytest
from django.utils import timezone

from orders.models import Order
from privacy.enums import AccessReason, Action
from privacy.models import AuditEntry
from tests.orders.world import HERE, buy_and_pay
from tests.support.journeys import log_in

pytestmark = pytest.mark.journey


@pytest.mark.promise("SEC-03")
@pytest.mark.promise("SEC-08")
def test_a_clerk_finds_the_customer_opens_the_phone_with_a_reason_and_it_is_written_down(
    reachable, town, alice, carol, dan, shots
):
    order = buy_and_pay(alice, ("T1", 1))
    desk = reachable.page()
    desk.goto("/admin/")
    log_in(desk, "carol@mall.example")
    desk.goto("/admin/")
    waiting = desk.locator("[data-task=to_send]")
    assert waiting.locator(".desk-card__number").inner_text() == "1"
    shots(desk, "journey-desk")

    desk.goto("/admin/find/")
    desk.locator("[name=term]").fill("8001")
    desk.locator("[role=search] [type=submit]").last.click()
    desk.get_by_text("Four digits fit many people. Add the day of the order.").wait_for()
    desk.locator("[name=term]").last.fill("8001")
    desk.locator("[name=day]").fill(f"{timezone.localdate():%Y-%m-%d}")
    desk.locator("[name=day]").press("Enter")
    found = desk.get_by_role("link", name=order.code)
    found.wait_for()
    assert "8001" not in desk.url
    for value in (HERE.recipient, "13800138001", HERE.street):
        assert value not in desk.content()
    shots(desk, "journey-found")
    found.click()

    assert HERE.recipient not in desk.content()
    desk.get_by_role("link", name="Open Phone number").click()
    desk.get_by_role("button", name="Open the value").click()
    assert not AuditEntry.objects.filter(action=Action.VALUE_OPENED).exists()
    desk.get_by_label("To answer the person's question").check()
    desk.get_by_role("button", name="Open the value").click()
    assert desk.locator("[data-opened]").inner_text() == "+8613800138001"
    shots(desk, "journey-opened")
    desk.reload()
    entry = AuditEntry.objects.filter(action=Action.VALUE_OPENED).latest("pk")
    assert (entry.actor, entry.subject) == (carol.subject, alice.subject)
    assert entry.reason == AccessReason.QUESTION
    assert "13800138001" not in str(entry.detail)
    assert AuditEntry.objects.filter(action=Action.STAFF_SEARCHED, subject=alice.subject).exists()
    desk.goto(f"/admin/orders/order/{order.pk}/change/")
    assert "13800138001" not in desk.content()

    officer = reachable.signed_in(dan)
    officer.goto("/admin/privacy/auditentry/")
    officer.get_by_text("Staff opened a masked value").first.wait_for()
    shots(officer, "journey-audit")


@pytest.mark.promise("SEC-03")
def test_who_is_not_staff_reaches_no_desk_and_opens_nothing(reachable, town, alice, bob):
    order = buy_and_pay(alice, ("T1", 1))
    page = reachable.signed_in(bob)
    for path in ("/admin/", "/admin/find/", f"/admin/orders/order/{order.pk}/change/"):
        page.goto(path)
        assert "/login" in page.url or page.locator("h1").inner_text() != f"Order {order.code}"
        assert order.code not in page.locator("body").inner_text()
    assert page.goto(f"/me/orders/{order.code}/").status == 404
    assert Order.objects.get().code == order.code
