"""Buying in a real browser: from a visitor's cart to a paid order, with and without script."""

import pytest

from orders.enums import OrderState
from orders.models import Order
from tests.orders.test_my_orders import deliver
from tests.orders.world import HERE, buy_and_pay, cart_of, shop

pytestmark = pytest.mark.journey


@pytest.fixture
def browser(live_mall, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    return live_mall


def axe(page):
    """What the accessibility checker complains about."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def no_sideways_scroll(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def goods(db):
    tea, lamp = shop("blue-hill-tea", free_from=19900), shop("lantern-lane", fee=1200)
    tea.goods("T1", price=9900, on_hand=20)
    tea.goods("F1", price=4500, on_hand=20, no_return=True)
    lamp.goods("L1", price=26800, on_hand=3)


def test_a_buyer_changes_the_cart_pays_and_sees_the_order(
    browser, goods, alice, address, sandbox, jobs, shots
):
    cart_of(alice, ("T1", 1), ("F1", 1), ("L1", 2))
    page = browser.signed_in(alice)
    page.goto("/cart/")
    assert axe(page) == []
    shots(page, "cart")
    with page.expect_response("**/cart/change/"):
        page.get_by_label("How many of “Thing T1”").fill("2")
        page.get_by_label("How many of “Thing T1”").blur()
    page.get_by_text("¥198.00").first.wait_for()
    page.get_by_role("link", name="To checkout").click()

    page.wait_for_url("**/checkout/")
    assert axe(page) == []
    shots(page, "checkout")
    with page.expect_response("**/checkout/"):
        page.locator("input[name=method_lantern-lane][value=pickup]").check(force=True)
    page.get_by_text("Free: you pick it up at the store.").wait_for()
    page.get_by_role("button", name="Place the order and pay").click()
    page.locator(".alert--danger").wait_for()
    assert axe(page) == []
    shots(page, "checkout-error")
    page.get_by_label("I know that these goods").check()
    page.get_by_role("button", name="Place the order and pay").click()

    page.wait_for_url("**/pay/trade/**")
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/me/purchases/**")
    jobs()
    page.reload()
    page.get_by_role("heading", name="Thank you, it is paid").wait_for()
    assert axe(page) == []
    shots(page, "thanks")
    assert Order.objects.filter(state=OrderState.CONFIRMED).count() == 2
    page.locator(".order-card__code a").first.click()
    page.get_by_role("heading", name="What happened").wait_for()
    assert axe(page) == []
    shots(page, "order")


def test_without_script_a_new_address_is_filled_in_step_by_step(
    browser, goods, alice, sandbox, shots
):
    cart_of(alice, ("T1", 1))
    page = browser.signed_in(alice, java_script_enabled=False)
    page.goto("/checkout/")
    page.get_by_label("Who receives it").fill(HERE.recipient)
    page.get_by_role("textbox", name="Phone number").fill("138 0013 8001")
    for name, code in (("province", "310000"), ("city", "310100")):
        page.locator(f"select[name={name}]").select_option(code)
        page.get_by_role("button", name="Show the cities and districts").click()
    page.locator("select[name=district]").select_option(HERE.district)
    page.get_by_label("Street and house number").fill(HERE.street)
    assert page.get_by_label("Who receives it").input_value() == HERE.recipient
    page.get_by_role("button", name="Work out the fees again").click()
    page.get_by_role("button", name="Place the order and pay").click()
    page.wait_for_url("**/pay/trade/**")
    assert Order.objects.get().street == HERE.street


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("language", ["", "/zh-hans"])
def test_pages_fit_every_width(browser, goods, alice, address, language, width, shots):
    order = buy_and_pay(alice, ("L1", 1))
    deliver(order)
    cart_of(alice, ("T1", 2), ("F1", 1))
    page = browser.signed_in(alice, viewport={"width": width, "height": 900})
    for name, path in (
        ("cart", "/cart/"),
        ("checkout", "/checkout/"),
        ("orders", "/me/orders/"),
        ("order", f"/me/orders/{order.code}/"),
        ("return", f"/me/orders/{order.code}/return/"),
        ("cancel", f"/me/orders/{order.code}/cancel/"),
    ):
        page.goto(f"{language}{path}")
        shots(page, f"{name}{language.replace('/', '-')}-{width}")
        assert no_sideways_scroll(page), name
        assert axe(page) == [], name
