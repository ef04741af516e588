"""The checkout page: three fields, one total, who receives what, and nothing lost."""

import html
import json
import re

import pytest
from django.db import connection

from catalog.models import Stock
from orders.models import Order, Purchase
from orders.queries.receivers import FIELDS
from orders.services import carts, finalising
from orders.services.delivering import pack
from privacy.models import DisclosureEntry
from privacy.recipients import recipient
from tests.orders.world import HERE, cart_of, pay, shop

NEW = {
    "address": "new",
    "recipient": HERE.recipient,
    "phone": "138 0013 8001",
    "province": HERE.province,
    "city": HERE.city,
    "district": HERE.district,
    "street": HERE.street,
    "provider": "",
}


@pytest.fixture
def page(alice, client_of):
    """Alice's browser at the checkout."""
    client = client_of(alice)

    class Page:
        def get(self):
            answer = client.get("/checkout/")
            self.text = answer.content.decode()
            return answer

        def fields(self, **more):
            context = client.get("/checkout/").context
            form = context["form"]
            base = {
                "cart": form["cart"].value(),
                "provider": context["form"]["provider"].value(),
            }
            given = {**NEW, **base, **more}
            given["provider"] = base["provider"]
            refreshed = client.post("/checkout/", {**given, "refresh": "1"})
            given["shown"] = refreshed.context["form"]["shown"].value()
            return given

        def post(self, **given):
            answer = client.post("/checkout/", given)
            self.text = answer.content.decode()
            return answer

    return Page()


@pytest.fixture
def partner(sandbox):
    """The payment partner's keys are there."""
    return sandbox


@pytest.mark.promise("ORD-04")
def test_recipient_phone_and_address_are_enough(alice, page, partner):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    answer = page.post(**page.fields())
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("http")
    order = Order.objects.get()
    assert (order.recipient, order.phone, order.street) == (
        HERE.recipient,
        "+8613800138001",
        HERE.street,
    )


@pytest.mark.promise("ORD-04")
@pytest.mark.parametrize("name", ["recipient", "phone", "street", "district"])
def test_each_of_them_is_mandatory(alice, page, name):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    answer = page.post(**{**page.fields(), name: ""})
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert HERE.recipient in page.text or name == "recipient"
    assert not Order.objects.exists()


@pytest.mark.promise("ORD-05")
def test_extras_are_marked_optional_and_stored_when_given(alice, page, partner):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    page.get()
    assert page.text.count("optional") >= 2
    page.post(**page.fields(delivery_wish="weekends", remark="Please ring twice"))
    order = Order.objects.get()
    assert (order.delivery_wish, order.remark) == ("weekends", "Please ring twice")


OTHER = "+8613900139002"


@pytest.mark.promise("ORD-05")
def test_another_number_is_optional_sealed_and_not_for_the_carrier(
    alice, page, partner, jobs, client_of
):
    shop().goods("T1", on_hand=20)
    cart_of(alice, ("T1", 1))
    page.get()
    assert "The carrier does not get it." in page.text
    assert page.post(**page.fields(other_phone="139 0013 9002")).status_code == 303
    order = Order.objects.get()
    assert order.other_phone == OTHER
    assert order.phone == HERE.phone
    with connection.cursor() as cursor:
        cursor.execute("SELECT other_phone FROM orders_order")
        assert OTHER.encode() not in bytes(cursor.fetchone()[0])
    pay(order.purchase)
    finalising.finalise(order.purchase)
    pack(Order.objects.get(), alice)
    jobs()
    told = DisclosureEntry.objects.filter(recipient="carrier")
    assert [entry.fields for entry in told] == [["address", "name", "phone", "weight"]]
    mine = client_of(alice).get(f"/me/orders/{order.code}/").content.decode()
    assert OTHER in mine

    cart_of(alice, ("T1", 1))
    assert page.post(**page.fields(other_phone="")).status_code == 303
    assert Order.objects.latest("pk").other_phone is None


@pytest.mark.promise("ORD-05")
@pytest.mark.parametrize("is_saved", [False, True])
def test_another_number_that_is_none_is_pointed_out(alice, page, address, is_saved):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    chosen = address.code if is_saved else "new"
    answer = page.post(**page.fields(other_phone="the one at work", address=chosen))
    assert answer.status_code == 422
    assert "other_phone" in answer.context["form"].errors
    assert "the one at work" in page.text
    assert not Order.objects.exists()


@pytest.mark.promise("C-04")
@pytest.mark.promise("ORD-05")
def test_the_panel_gives_another_number_to_the_store_only(alice, page):
    shop("tea").goods("T1")
    cart_of(alice, ("T1", 1))
    given = {one.role: one.sentence for one in page.get().context["receivers"]}
    assert "another phone number" in given[recipient("store").role]
    assert "another phone number" not in given[recipient("carrier").role]
    assert "other_phone" not in recipient("carrier").fields


@pytest.mark.promise("C-04")
@pytest.mark.promise("DLV-02")
def test_the_page_says_who_receives_what_and_nobody_else(alice, page):
    shop("tea").goods("T1")
    cart_of(alice, ("T1", 1))
    page.get()
    assert "Who receives what" in page.text
    assert "… and nobody else." in page.text
    panel = html.unescape(page.text[page.text.index("Who receives what") :])
    for code in ("payment_partner", "carrier", "store"):
        for name in recipient(code).fields:
            assert str(FIELDS[name]) in panel


@pytest.mark.promise("C-04")
def test_pick_up_names_no_carrier_and_asks_no_address(alice, page, partner):
    shop("tea").goods("T1")
    cart_of(alice, ("T1", 1))
    fields = page.fields(method_tea="pickup", street="", province="", city="", district="")
    answer = page.post(**fields, refresh="1")
    panel = page.text[page.text.index("Who receives what") :]
    assert "carrier" not in panel.lower()
    assert answer.context["bill"].total == 9900
    assert page.post(**fields).status_code == 303
    assert Order.objects.get().street is None


def test_a_saved_address_is_chosen_by_its_code(alice, address, page, partner):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    fields = page.fields(address=address.code, recipient="", phone="", street="")
    assert page.post(**fields).status_code == 303
    assert Order.objects.get().street == address.street


def test_a_strangers_address_is_no_choice(alice, bob, page):
    from accounts.services import add_address

    theirs = add_address(
        bob,
        recipient="Bob",
        phone="+8613800138002",
        province=HERE.province,
        city=HERE.city,
        district=HERE.district,
        street="Elsewhere 1",
    )
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    answer = page.post(**{**page.fields(), "address": theirs.code})
    assert answer.status_code == 422
    assert "Elsewhere" not in page.text


@pytest.mark.promise("ORD-02")
def test_a_price_that_changed_comes_back_with_everything_typed(alice, page, partner):
    variant = shop().goods("T1", price=9900)
    cart_of(alice, ("T1", 1))
    fields = page.fields(remark="Please ring twice")
    variant.price = 12900
    variant.save()
    answer = page.post(**fields)
    assert answer.status_code == 409
    assert "now costs ¥129.00; it was ¥99.00." in page.text
    assert HERE.street in page.text
    assert "Please ring twice" in page.text
    assert not Order.objects.exists()
    again = {**fields, "shown": answer.context["form"]["shown"].value()}
    assert page.post(**again).status_code == 303
    assert Order.objects.get().goods_total == 12900


def test_a_fee_that_changed_is_pointed_out(alice, page):
    from delivery.models import ShippingRate

    shop("tea").goods("T1")
    cart_of(alice, ("T1", 1))
    fields = page.fields()
    ShippingRate.objects.update(flat=1500)
    assert page.post(**fields).status_code == 409
    assert "now costs ¥15.00; it was ¥8.00." in page.text


def test_a_forged_total_buys_nothing(alice, page):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    fields = page.fields()
    shown = json.loads(fields["shown"])
    for forged in ("", "{}", "[]", "null", "1", json.dumps({**shown, "total": 1}), "x" * 500):
        assert page.post(**{**fields, "shown": forged}).status_code == 409
    assert not Order.objects.exists()


def test_pressing_twice_orders_once(alice, page, partner):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    fields = page.fields()
    first = page.post(**fields)
    second = page.post(**fields)
    assert first.status_code == second.status_code == 303
    assert Purchase.objects.count() == 1


def test_exempt_goods_come_with_a_tick(alice, page, partner):
    shop().goods("F1", no_return=True)
    cart_of(alice, ("F1", 1))
    fields = page.fields()
    assert page.post(**fields).status_code == 422
    assert "It is fresh." in page.text
    assert page.post(**fields, exempt_confirmed="on").status_code == 303
    assert Order.objects.get().exempt_confirmed_at is not None


@pytest.mark.promise("C-07")
def test_who_is_no_member_yet_reads_what_is_missing(alice, client_of):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    alice.member_name = None
    alice.save()
    text = client_of(alice).get("/checkout/").content.decode()
    assert "member name" in text
    assert not Order.objects.exists()


def test_a_visitor_is_asked_to_sign_in_and_comes_back(client):
    answer = client.get("/checkout/")
    assert answer.status_code == 302
    assert re.search(r"next=/checkout/", answer.headers["Location"])


def test_an_empty_cart_leads_back(alice, client_of):
    answer = client_of(alice).get("/checkout/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cart/")


@pytest.mark.promise("PAY-01")
def test_the_ways_of_paying_are_listed(alice, page):
    from payments.queries import payment_methods

    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    page.get()
    for method in payment_methods():
        assert str(method.label) in page.text


@pytest.mark.parametrize("lines", [1, 60])
def test_checkout_stays_within_its_budget(
    alice, address, client_of, django_assert_max_num_queries, lines
):
    for number in range(lines):
        shop(f"s{number}").goods(f"T{number}") if number < 5 else None
    from stores.models import Store
    from tests.orders.world import Shop

    first = Shop(Store.objects.order_by("pk")[0])
    for number in range(5, lines):
        first.goods(f"T{number}")
    cart_of(alice, *((f"T{number}", 1) for number in range(lines)))
    client = client_of(alice)
    client.get("/checkout/")
    with django_assert_max_num_queries(8):
        assert client.get("/checkout/").status_code == 200


def test_a_region_that_does_not_fit_is_refused(alice, page):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    answer = page.post(**{**page.fields(), "city": "110100", "district": "110101"})
    assert answer.status_code == 422


def test_a_cart_that_sells_out_meanwhile_leads_back_to_the_cart(alice, page):
    shop().goods("T1")
    cart_of(alice, ("T1", 1))
    fields = page.fields()
    Stock.objects.update(on_hand=0)
    answer = page.post(**fields)
    assert answer.headers["Location"] == "/cart/"
    assert carts.open_cart_of(alice).lines.count() == 1
