"""Every page can be used by everybody: axe finds nothing, the phone needs no sideways scrolling."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from catalog.enums import ProductStatus
from tests.catalog.factories import make_category, make_product, make_store

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
    "/no/such/page/",
    "/accounts/login/",
    "/accounts/signup/",
    "/demo/outbox/",
)
MEMBERS_PAGES = (
    "/me/",
    "/me/profile/",
    "/me/addresses/",
    "/me/addresses/add/",
    "/me/security/",
    "/me/devices/",
    "/me/messages/",
    "/me/orders/",
    "/zh-hans/me/",
)
LOOKS = (
    {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
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


def looked_at(page, paths):
    """Every complaint about every page, by its address."""
    complaints = {}
    for path in paths:
        page.goto(path)
        found = violations(page)
        if is_wider_than_its_window(page):
            found.append("wider than its window")
        if page.locator("h1").count() != 1:
            found.append("not exactly one first heading")
        if found:
            complaints[path] = found
    return complaints


@pytest.mark.parametrize("looks", LOOKS, ids=["small and dark", "wide and light"])
def test_every_page_of_a_visitor_is_accessible(live_mall, goods, looks):
    page = live_mall.page(bypass_csp=True, **looks)
    assert looked_at(page, OPEN_PAGES) == {}


@pytest.mark.parametrize("looks", LOOKS, ids=["small and dark", "wide and light"])
def test_every_page_of_a_member_is_accessible(live_mall, alice, address, looks):
    page = live_mall.signed_in(alice, bypass_csp=True, **looks)
    assert looked_at(page, MEMBERS_PAGES) == {}


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
