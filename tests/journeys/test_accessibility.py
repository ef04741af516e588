"""Every page can be used by everybody: axe finds nothing, the phone needs no sideways scrolling."""

import datetime as dt

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from django.utils import timezone

from accounts.models import Phone
from catalog.enums import ProductStatus
from notices.models import Message
from orders.models import Order
from payments.models import Payment
from privacy.export import asking
from stores.models import StoreMember
from tests.accounts.flows import newest_code
from tests.architecture.test_house import named_urls
from tests.catalog.factories import make_category, make_product, make_store
from tests.orders.test_my_orders import deliver
from tests.orders.world import buy, buy_and_pay, cart_of, shop
from tests.support.journeys import fill, fill_sign_up, log_in, send, send_sign_up

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

OPEN_PAGES = (
    "/",
    "/zh-hans/",
    "/search/",
    "/search/?q=thing&sort=price",
    "/search/?q=nosuchword",
    "/c/shelf/",
    "/p/thing/",
    "/s/corner/",
    "/cart/",
    "/help/",
    "/policies/",
    "/policies/terms/",
    "/zh-hans/policies/privacy/",
    "/transparency/",
    "/transparency/heads/",
    "/receipts/",
    "/zh-hans/receipts/",
    "/no/such/page/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/signup/disagree/",
    "/accounts/login/code/",
    "/accounts/inactive/",
    "/accounts/stop/no-such-change/",
    "/cancelled/no-such-case/",
    "/cancelled/no-such-case/stop/",
    "/me/export/stop/no-such-copy/",
    "/demo/outbox/",
)
STEPS_IN = (
    "/accounts/signup/code/",
    "/accounts/login/code/confirm/",
    "/accounts/login/second/",
    "/accounts/login/second/code/",
    "/accounts/2fa/authenticate/",
)
MEMBERS_PAGES = (
    "/me/",
    "/me/profile/",
    "/me/addresses/",
    "/me/addresses/add/",
    "/me/security/",
    "/me/devices/",
    "/me/cancel/",
    "/zh-hans/me/cancel/",
    "/me/delete/",
    "/me/delete/nickname/",
    "/me/messages/",
    "/me/orders/",
    "/me/member/",
    "/me/kept/",
    "/zh-hans/me/kept/",
    "/me/addresses/{address}/",
    "/me/addresses/{address}/delete/",
    "/me/security/still-you/",
    "/accounts/logout/",
    "/zh-hans/me/",
    "/zh-hans/me/security/",
    "/me/export/",
    "/zh-hans/me/export/",
    "/me/export/{export}/",
)
PAGES_AFTER_A_FRESH_PROOF = (
    "/me/security/password/",
    "/me/security/phone/",
    "/me/security/email/",
    "/me/cancel/confirm/",
    "/accounts/2fa/totp/activate/",
)
PAGES_OF_A_SECOND_STEP = (
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/reauthenticate/",
)
PROOFS_UNDER_WAY = ("/me/security/still-you/code/", "/me/security/email/code/")
BUYERS_PAGES = (
    "/cart/",
    "/checkout/",
    "/zh-hans/checkout/",
    "/me/purchases/{purchase}/",
    "/me/orders/",
    "/me/orders/{order}/",
    "/zh-hans/me/orders/{order}/",
    "/me/orders/{order}/return/",
    "/me/orders/{unpaid}/cancel/",
    "/pay/{payment}/back/",
    "/me/messages/",
    "/me/messages/{message}/",
    "/seller/orders/",
    "/seller/orders/{order}/",
)
DESK_PAGES = (
    "/admin/",
    "/zh-hans/admin/",
    "/admin/find/",
    "/admin/orders/order/",
    "/admin/orders/order/{pk}/change/",
    "/admin/orders/order/{pk}/work-on/?confirm=cancel",
    "/admin/orders/order/{pk}/open/phone/",
)
FRAME_OF_THE_DESK = ("landmark-one-main:", "landmark-unique:", "region:")
"""Advice, not demands of WCAG, about the frame that the administration's library draws."""
NO_PAGES = {
    # For machines.
    *("healthz", "readyz", "media", "partners:payment_notify", "partners_delivery:parcel_notify"),
    *("mall_keys", "privacy:heads_json", "privacy:head", "privacy:verifier"),
    *("rights:receipt_check_json", "rights:receipt_verdict", "rights:receipt_file"),
    *("accounts:regions", "mfa_download_recovery_codes"),
    # Something is done, and another page says so.
    *("accounts:avatar", "accounts:address_default", "accounts:devices_end", "notices:read_all"),
    *("orders:cart_add", "orders:cart_change", "orders:cart_remove", "orders:cart_undo"),
    *("orders:cart_noted", "orders:received", "orders:return_sent", "orders:return_keep"),
    # Shown to a hidden account only; tests/rights looks at it.
    "rights:cancel_undo",
    *("orders:desk_act", "payments:pay", "rights:keep_longer"),
    *("rights:export_ask", "rights:export_cancel"),
    # A file, and pages that stand by themselves: tests/rights looks at them.
    *("rights:export_download", "rights:export_index", "rights:export_read"),
    # Opens by a word that nobody can know before; tests/rights looks at it.
    "rights:receipt",
    # Closed addresses of the sign-in library, which lead to the mall's own pages.
    *("mfa_index", "account_email", "account_email_verification_sent", "account_change_password"),
    *("account_set_password", "account_reset_password", "account_change_phone"),
    *("account_verify_phone", "usersessions_list"),
}
LOOKS = (
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
)


@pytest.fixture
def goods():
    """A small mall: one store, one shelf, three goods, one of them sold out."""
    store = make_store(slug="corner", name_en="Corner", name_zh="角落")
    shelf = make_category("shelf")
    make_product(slug="thing", store=store, category=shelf, tags=["season"], variants=2)
    make_product(store=store, category=shelf, on_hand=0)
    make_product(store=store, category=shelf, status=ProductStatus.ACTIVE)


def violations(page):
    """What axe finds, as lines that say where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}"
        for rule in found
        for node in rule["nodes"]
    ]


def is_wider_than_its_window(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def complaints_about(page):
    """Every complaint about the page as it stands."""
    found = violations(page)
    size = page.viewport_size
    if size["width"] < 500:
        page.set_viewport_size({**size, "width": 360})
    if is_wider_than_its_window(page):
        found.append("wider than its window")
    page.set_viewport_size(size)
    if page.locator("h1").count() != 1:
        found.append("not exactly one first heading")
    return found


def looked_at(page, paths, *, strict=True):
    """Every complaint about every page, by its address; the address must be the one asked for."""
    complaints = {}
    for path in paths:
        page.goto(path)
        found = complaints_about(page)
        if strict and page.url.partition("://")[2].partition("/")[2] != path[1:]:
            found.append(f"led to {page.url}")
        if found:
            complaints[path] = found
    return complaints


def test_no_kind_of_page_is_forgotten():
    """By the names of all addresses. The administration has a walk of its own."""
    paths = (
        *OPEN_PAGES, *STEPS_IN, *MEMBERS_PAGES, *PAGES_AFTER_A_FRESH_PROOF,
        *PAGES_OF_A_SECOND_STEP, *PROOFS_UNDER_WAY, *BUYERS_PAGES,
    )  # fmt: skip
    looked = {
        resolve(path.partition("?")[0]).view_name
        for path in paths
        if not path.startswith(("/zh-hans/", "/no/such"))
    }
    assert {name for name, _converters in named_urls()} - looked - NO_PAGES == set()
    assert looked & NO_PAGES == set()


@pytest.fixture(params=LOOKS, ids=["small and dark", "wide and light"])
def looks(request):
    """How the visitor's screen looks."""
    return {"bypass_csp": True, **request.param}


def test_every_page_of_a_visitor_is_accessible(live_mall, goods, looks):
    page = live_mall.page(**looks)
    assert looked_at(page, OPEN_PAGES) == {}


def test_every_page_of_a_member_is_accessible(live_mall, alice, address, looks):
    page = live_mall.signed_in(alice, **looks)
    export, _new = asking.ask(alice, language="en", with_files=True)
    paths = [path.format(address=address.code, export=export.code) for path in MEMBERS_PAGES]
    assert looked_at(page, paths) == {}


def test_every_step_of_coming_in_is_accessible(live_mall, alice, looks):
    """With what is wrong said on the page, and with every proof that can be asked for."""
    found = {}

    def look(page, name):
        if complaints := complaints_about(page):
            found[name] = complaints

    page = live_mall.page(**looks)
    page.goto("/accounts/signup/")
    send_sign_up(page)
    look(page, "errors")
    fill_sign_up(page, "13900139001")
    send_sign_up(page)
    page.wait_for_url("**/accounts/signup/code/")
    look(page, "code")
    fill(page, code="1")
    send(page, "code")
    page.wait_for_load_state()
    look(page, "wrong code")
    page.goto("/zh-hans/accounts/signup/")
    fill_sign_up(page, "13900139001", age="UNDER_14")
    send_sign_up(page)
    page.wait_for_load_state()
    look(page, "too young")

    Phone.objects.filter(user=alice).update(proved_at=timezone.now() - dt.timedelta(days=500))
    page.goto("/accounts/login/code/")
    fill(page, login="13800138001")
    send(page, "login")
    page.wait_for_url("**/accounts/login/code/confirm/")
    look(page, "code to log in")
    fill(page, code=newest_code())
    send(page, "code")
    page.wait_for_url("**/accounts/login/second/")
    look(page, "second proof")
    page.locator("[name=action][value=code]").click()
    page.wait_for_url("**/accounts/login/second/code/")
    look(page, "second code")

    TOTP.activate(alice, generate_totp_secret())
    page = live_mall.page(**looks)
    page.goto("/accounts/login/")
    fill(page, login="nobody@person.example", password="wrong")
    send(page, "password")
    page.wait_for_load_state()
    look(page, "wrong password")
    log_in(page, "alice@person.example")
    page.wait_for_url("**/accounts/2fa/authenticate/")
    look(page, "second step")
    assert found == {}


def test_every_page_behind_a_fresh_proof_is_accessible(live_mall, alice, looks):
    page = live_mall.signed_in(alice, **looks)
    page.goto("/me/security/still-you/")
    page.locator("[name=to][value=email]").click()
    page.wait_for_url("**/me/security/still-you/code/")
    found = {"still you": complaints_about(page)}
    fill(page, code=newest_code())
    send(page, "code")
    page.wait_for_url("**/me/security/")
    found |= looked_at(page, PAGES_AFTER_A_FRESH_PROOF)
    page.goto("/me/security/email/")
    fill(page, address="new@person.example")
    send(page, "address")
    page.wait_for_url("**/me/security/email/code/")
    found["code for a new address"] = complaints_about(page)
    TOTP.activate(alice, generate_totp_secret())
    RecoveryCodes.activate(alice)
    found |= looked_at(page, PAGES_OF_A_SECOND_STEP)
    assert {name: complaints for name, complaints in found.items() if complaints} == {}


def test_every_page_around_an_order_is_accessible(live_mall, alice, address, looks, outbox, jobs):
    """The store's desk too: alice keeps the store herself."""
    tea = shop("tea")
    tea.goods("T1", on_hand=50, no_return=True)
    tea.goods("T2", on_hand=50)
    StoreMember.objects.create(store=tea.store, user=alice, role="OWNER")
    order = buy_and_pay(alice, ("T2", 2))
    deliver(order)
    unpaid = buy(alice, ("T1", 1), exempt_confirmed=True).orders.get()
    cart_of(alice, ("T1", 2), ("T2", 60))
    jobs()
    codes = {
        "order": order.code,
        "unpaid": unpaid.code,
        "purchase": unpaid.purchase.code,
        "payment": Payment.objects.get(reference=unpaid.purchase.reference).code,
        "message": Message.objects.filter(channel="INBOX").latest("pk").code,
    }
    page = live_mall.signed_in(alice, **looks)
    assert looked_at(page, [path.format(**codes) for path in BUYERS_PAGES]) == {}
    assert Order.objects.count() == 2


def test_the_pages_of_the_desk_are_accessible(live_mall, alice, carol, looks):
    shop().goods("T1")
    order = buy(alice, ("T1", 1)).orders.get()
    page = live_mall.signed_in(carol, **looks)
    found = looked_at(page, [path.format(pk=order.pk) for path in DESK_PAGES])
    kept = {
        path: [one for one in complaints if not one.startswith(FRAME_OF_THE_DESK)]
        for path, complaints in found.items()
    }
    assert {path: complaints for path, complaints in kept.items() if complaints} == {}


def test_text_twice_as_large_still_fits_the_phone(live_mall, goods):
    page = live_mall.page(viewport={"width": 360, "height": 740})
    wide = []
    for path in ("/", "/search/?q=thing", "/p/thing/", "/policies/privacy/", "/accounts/signup/"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if is_wider_than_its_window(page):
            wide.append(path)
    assert wide == []


def test_the_first_stop_of_the_keyboard_leads_to_the_content(live_mall):
    page = live_mall.page()
    page.goto("/help/")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#main"
    page.keyboard.press("Enter")
    assert page.locator("#main").evaluate("node => node === document.activeElement")


def test_pages_say_everything_without_script(live_mall, goods):
    page = live_mall.page(java_script_enabled=False)
    for path in ("/", "/p/thing/", "/policies/privacy/", "/accounts/login/"):
        page.goto(path)
        assert page.locator("h1").count() == 1
    # What needs script is not offered without it.
    assert not page.locator("[data-theme-choice]").is_visible()


def test_the_choice_of_colours_stays_in_this_browser_and_is_never_sent(live_mall):
    page = live_mall.page(color_scheme="light")
    page.goto("/help/")
    page.get_by_label("Dark", exact=True).check()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto("/policies/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.context.cookies() == []
    page.get_by_label("As my device").check()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None


def test_a_visitor_who_looks_around_gets_no_cookie_and_asks_nobody_else(live_mall, goods):
    page = live_mall.page()
    elsewhere = []
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((live_mall.url, "data:")) else elsewhere.append(asked.url)
        ),
    )
    for path in ("/", "/search/?q=thing", "/p/thing/", "/policies/privacy/"):
        page.goto(path, wait_until="networkidle")
    assert elsewhere == []
    assert page.context.cookies() == []
