"""What people do in the browser, in one call each. Words are English unless a call says otherwise.

Fields are found by their names and forms by their fields, so that a story reads the same in both
languages; what people read is looked for by its words.
"""

import re
from collections.abc import Callable
from typing import Any

from delivery.queries import parcel_for
from tests.conftest import PASSWORD
from tests.orders.world import HERE
from tests.support.launched import wait_until

PHONE_SIZED = {"viewport": {"width": 390, "height": 844}}
ROAD = ("COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")

Outbox = Callable[[], list[dict[str, Any]]]


# --- Waiting for what others do ---------------------------------------------------------


def until(page: Any, words: str, *, seconds: float = 60) -> None:
    """Look again until the page says so; the worker may need a moment."""

    def says() -> bool:
        found = page.locator("body").get_by_text(words).first
        if found.count() and found.is_visible():
            return True
        page.reload()
        return False

    wait_until(says, seconds=seconds)


def newest(outbox: Outbox, kind: str, *, after: int = 0, seconds: float = 60) -> dict[str, Any]:
    """The newest message of a kind, once more than `after` of them were sent."""

    def sent() -> list[dict[str, Any]]:
        return [one for one in outbox() if one["kind"] == kind]

    wait_until(lambda: len(sent()) > after, seconds=seconds)
    return sent()[-1]


def digits_in(message: dict[str, Any]) -> str:
    """The six digits in a message."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", message["text"])
    assert found is not None, message["text"]
    return found[0]


# --- Forms ------------------------------------------------------------------------------


def send(page: Any, field: str) -> None:
    """Send the form in which this field stands."""
    page.locator(f"form:has([name='{field}']) [type=submit]").first.click()


def fill(page: Any, **values: str) -> None:
    """Type into fields, by name."""
    for name, value in values.items():
        page.locator(f"main [name='{name}']").fill(value)


# --- Joining ----------------------------------------------------------------------------


def fill_sign_up(page: Any, login: str, *, age: str = "ADULT", agrees: bool = True) -> None:
    """Fill in the sign-up form; send it with `send(page, "login")`."""
    fill(page, login=login)
    page.locator(f"[name=age_band][value={age}]").check()
    if agrees:
        page.locator("[name=terms]").check()
        page.locator("[name=policy]").check()


def sign_up(page: Any, login: str, outbox: Outbox, **more: Any) -> None:
    """Open an account with the code that arrives."""
    fill_sign_up(page, login, **more)
    send_sign_up(page)
    enter_code(page, outbox)


def send_sign_up(page: Any) -> None:
    """Ask for the code."""
    send(page, "age_band")


def enter_code(page: Any, outbox: Outbox) -> None:
    """Type the code from the newest message."""
    page.locator("[name=code]").fill(digits_in(newest(outbox, "accounts.code")))
    send(page, "code")
    page.wait_for_url(lambda url: "/code/" not in url)


def log_in(page: Any, login: str) -> None:
    """Sign in with the password of the cast, on the page that asks for it."""
    fill(page, login=login, password=PASSWORD)
    send(page, "password")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


# --- Buying -----------------------------------------------------------------------------


def put_in_cart(page: Any, slug: str, *, language: str = "") -> None:
    """Open the goods' page and add one to the cart."""
    page.goto(f"{language}/p/{slug}/")
    with page.expect_navigation():
        send(page, "sku")


def fill_address(page: Any) -> None:
    """Type a new address at the checkout; works with script only."""
    fill(page, recipient=HERE.recipient, phone="138 0013 8001")
    for name in ("province", "city", "district"):
        field, code = page.locator(f"select[name={name}]"), getattr(HERE, name)
        page.locator(f"select[name={name}] option[value='{code}']").wait_for(state="attached")
        # Nobody can choose what is chosen: the browser would tell no change.
        if field.input_value() != code:
            with page.expect_response("**/checkout/"):
                field.select_option(code)
    fill(page, street=HERE.street, postcode=HERE.postcode)


def place_order(page: Any) -> None:
    """Press the button of the checkout; the partner's page opens."""
    page.locator("#checkout button.button--primary[type=submit]:not([name])").first.click()
    page.wait_for_url("**/pay/trade/**")


def pay(page: Any) -> None:
    """Pay at the partner's page, and come back."""
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/me/purchases/**")


# --- The other side ---------------------------------------------------------------------


def deliver(sandbox: Any, order: Any) -> None:
    """Let the carrier take the parcel and bring it; each step is told to the mall."""
    wait_until(lambda: parcel_for(order.code).state == "accepted")
    reference = parcel_for(order.code).code
    for state in ROAD:
        sandbox.control(f"shipments/{reference}", {"state": state})
        wait_until(lambda state=state: parcel_for(order.code).state == state.lower())


def becomes(row: Any, **values: str) -> None:
    """Wait until the row holds these values."""

    def holds() -> bool:
        row.refresh_from_db()
        return all(getattr(row, name) == value for name, value in values.items())

    wait_until(holds)
