"""Out to the partner and back, in a real browser that enforces our policies."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from payments.enums import PaymentState
from tests.payments.conftest import fresh

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


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_payer_fails_tries_again_and_pays(browser, begin, alice, silent, jobs, language, shots):
    payment = begin(return_url="/healthz")
    with override(language):
        address = reverse("payments:back", args=[payment.code])
    page = browser.signed_in(alice, locale="en" if language == "en" else "zh-CN")
    page.goto(address)
    assert axe(page) == []
    page.locator("#payment-state form button").click()
    page.wait_for_url("**/pay/trade/**")
    assert axe(page) == []
    shots(page, f"partner-{language}")

    page.locator("button[value=fail]").click()
    page.wait_for_url(f"**/pay/{payment.code}/back/**")
    silent.control("release", {})
    jobs()
    page.goto(address)
    assert page.locator("[role=alert]").count() == 1
    assert axe(page) == []
    shots(page, f"failed-{language}")

    page.locator("#payment-state form button").click()
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/healthz")
    assert fresh(payment).state == PaymentState.PAID


def test_the_page_moves_on_by_itself_once_the_outcome_is_known(
    browser, begin, payer, alice, silent, shots
):
    payment = begin(return_url="/healthz")
    trade = payer.open(payment)
    page = browser.signed_in(alice)
    page.goto(reverse("payments:back", args=[payment.code]))
    assert axe(page) == []
    shots(page, "waiting")
    payer.press(trade, "pay")
    page.wait_for_url("**/healthz", timeout=30_000)


def test_without_script_the_page_moves_on_as_well(browser, begin, payer, alice, silent):
    payment = begin(return_url="/healthz")
    trade = payer.open(payment)
    page = browser.signed_in(alice, java_script_enabled=False)
    page.goto(reverse("payments:back", args=[payment.code]))
    payer.press(trade, "pay")
    page.wait_for_url("**/healthz", timeout=30_000)
