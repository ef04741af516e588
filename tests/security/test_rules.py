"""Single rules of docs/security.md that have no better place."""

import datetime as dt
import re

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import add_address
from accounts.services.addresses import MOST_ADDRESSES
from catalog.models import Category, Stock
from common.http import is_own_path
from common.paging import page_by_key
from notices.models import Message
from orders.enums import OrderState
from orders.models import Order
from orders.services import finalising, sweeping
from stores.models import Store
from tests.accounts.flows import log_in_by_code, log_in_by_password
from tests.catalog.test_import_products import lines, take_over
from tests.orders.world import HERE, buy, cart_of, pay, shop
from tests.security.test_bad_input import NASTY


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("/me/orders/?after=x", True),
        ("/zh-hans/cart/", True),
        ("", False),
        ("evil", False),
        ("home", False),
        ("accounts:me", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("///evil.example", False),
        ("https://evil.example/", False),
        ("http://[", False),
        ("javascript:alert(1)", False),
        ("/\t/evil.example", False),
    ],
)
def test_only_paths_of_the_mall_are_followed(url, ours):
    assert is_own_path(url) is ours


@pytest.mark.parametrize("page", ["/accounts/signup/", "/accounts/login/code/", "/accounts/login/"])
def test_a_next_address_that_is_none_leads_home(alice, client_of, page):
    for url in ("evil", "http://[", "//evil.example/", "accounts:me"):
        answer = client_of(alice).get(page, {"next": url})
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/me/"


@pytest.mark.parametrize("key", NASTY)
def test_a_key_that_we_did_not_write_gives_the_first_page(db, alice, key):
    for order in (("-joined_at", "-id"), ("member_name", "id")):
        page = page_by_key(type(alice).objects.all(), order=order, after=key, size=5)
        assert alice in page.rows or key


@pytest.mark.parametrize(
    "guess",
    [
        "accounts/user/?password__startswith=argon2",
        "accounts/user/?password__regex=.",
        "accounts/phone/?number_index__startswith=a",
        "accounts/phone/?user__password__startswith=a",
        "orders/order/?phone_tail_index=1",
        "orders/order/?recipient__startswith=a",
        "orders/order/?buyer__password__startswith=a",
        "orders/order/?seal_id__gt=0",
        "delivery/parcel/?pickup_hash__startswith=a",
    ],
)
def test_staff_cannot_guess_what_a_mask_hides(alice, carol, client_of, guess):
    carol.is_superuser = True
    carol.save(update_fields=["is_superuser"])
    assert client_of(carol).get(f"/admin/{guess}").status_code in {302, 400}


@pytest.mark.parametrize("name", ["㌖" * 10, "㍿" * 20, "a", "ﬃ" * 30])
def test_a_member_name_fits_after_it_was_normalised(alice, client_of, name):
    answer = client_of(alice).post("/me/member/", {"member_name": name})
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_an_empty_sign_up_is_asked_again(client):
    assert client.post("/accounts/signup/").status_code == 200


def test_zero_bytes_are_a_bad_request(alice, client_of):
    alice = client_of(alice)
    assert alice.get("/me/orders/a%00b/").status_code == 404
    assert alice.get("/me/orders/", {"code": "a\x00"}).status_code == 400
    assert alice.post("/me/devices/end/", {"device": "\x00"}).status_code == 400


def test_an_endless_form_is_refused_before_it_is_read(alice, client_of):
    answer = client_of(alice).post("/me/profile/", {}, CONTENT_LENGTH=str(10**9))
    assert answer.status_code == 400


def test_an_order_stands_although_the_address_book_is_full(alice, client_of, sandbox):
    shop().goods("T1")
    where = {
        name: getattr(HERE, name)
        for name in ("recipient", "phone", "province", "city", "district", "street")
    }
    for _number in range(MOST_ADDRESSES):
        add_address(alice, **where)
    cart_of(alice, ("T1", 1))
    client = client_of(alice)
    form = client.get("/checkout/").context["form"]
    fields = {**where, "address": "new", "provider": "redirect_rsa2", "save_address": "on"}
    first = client.post("/checkout/", {**fields, "refresh": "1"}).context["form"]
    answer = client.post(
        "/checkout/", {**fields, "cart": form["cart"].value(), "shown": first["shown"].value()}
    )
    assert answer.status_code == 303
    assert Order.objects.count() == 1


def test_what_is_paid_never_expires_however_late_the_workers_are(alice, jobs):
    shop().goods("T1")
    purchase = buy(alice, ("T1", 2))
    pay(purchase)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        for pk in (purchase.pk,):
            sweeping.expire_one(pk)
        assert purchase.orders.get().state == OrderState.PLACED
        assert Stock.objects.get().reserved == 2
        finalising.finalise(purchase)
    assert purchase.orders.get().state == OrderState.CONFIRMED
    assert not Message.objects.filter(kind="orders.expired").exists()


def test_every_test_that_the_document_names_exists():
    text = (settings.BASE_DIR / "docs" / "security.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 30
    for file, name in named:
        assert f"def {name}" in (settings.BASE_DIR / file).read_text(), (file, name)


@pytest.mark.parametrize("enter", [log_in_by_password, log_in_by_code])
def test_signing_in_gives_the_browser_a_new_session(client, alice, sandbox, enter):
    client.get("/accounts/login/code/")
    client.post("/accounts/login/code/", {"login": "bob@person.example"})
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    enter(client, "alice@person.example")
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not client.session.exists(before)


def test_an_import_locks_stock_before_products_as_selling_does(db):
    Category.objects.create(slug="cups", name_en="Cups", name_zh="杯子")
    kiln = Store.objects.create(slug="kiln", name_en="Kiln", name_zh="窑")
    take_over(kiln, *lines(2))
    with CaptureQueriesContext(connection) as said:
        take_over(kiln, *(line.replace(",5,", ",6,").replace("Cup ", "Mug ") for line in lines(2)))
    statements = [query["sql"] for query in said.captured_queries]
    locked = next(n for n, sql in enumerate(statements) if "FOR UPDATE" in sql)
    written = next(n for n, sql in enumerate(statements) if sql.startswith("UPDATE"))
    assert "catalog_stock" in statements[locked]
    assert locked < written
