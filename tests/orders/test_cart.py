"""The cart: of a visitor, of a person, and how one becomes the other."""

import pytest
from django.test import Client

from catalog.models import Stock
from orders.errors import CartFull, UnknownGoods
from orders.models import Cart, CartLine
from orders.services import carts
from tests.orders.world import cart_of, shop

SAME = {"HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def visitor(db):
    return Client(**SAME)


def test_looking_at_the_cart_sets_no_cookie(visitor):
    answer = visitor.get("/cart/")
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Your cart is empty" in answer.content.decode()


@pytest.mark.promise("ORD-01")
def test_a_visitors_cart_is_found_again_by_a_token_that_is_stored_nowhere(visitor):
    shop().goods("T1")
    answer = visitor.post("/cart/add/", {"sku": "T1", "quantity": "2"})
    assert answer.status_code == 303
    token = answer.cookies["cart"].value
    assert answer.cookies["cart"]["httponly"]
    assert set(answer.cookies) == {"cart"}
    assert token not in str(Cart.objects.values())
    assert "Thing T1" in visitor.get("/cart/").content.decode()
    assert CartLine.objects.get().quantity == 2


def test_a_form_from_elsewhere_is_refused(visitor):
    shop().goods("T1")
    answer = Client(HTTP_SEC_FETCH_SITE="cross-site").post("/cart/add/", {"sku": "T1"})
    assert answer.status_code == 403
    assert not Cart.objects.exists()


def test_adding_again_adds_up_and_never_beyond_99(alice):
    shop().goods("T1", on_hand=500)
    mine = cart_of(alice, ("T1", 60), ("T1", 60))
    assert mine.lines.get().quantity == 99


def test_unknown_goods_are_refused_and_nothing_is_opened_for_them(alice):
    mine = carts.open_cart_of(alice)
    with pytest.raises(UnknownGoods):
        carts.add(mine, "NO-SUCH", 1)
    assert not mine.lines.exists()


def test_a_full_cart_takes_nothing_more(alice, monkeypatch):
    monkeypatch.setattr(carts, "MOST_LINES", 2)
    tea = shop()
    for sku in ("T1", "T2", "T3"):
        tea.goods(sku)
    mine = cart_of(alice, ("T1", 1), ("T2", 1))
    with pytest.raises(CartFull):
        carts.add(mine, "T3", 1)
    assert mine.lines.count() == 2


def test_nonsense_quantities_become_sensible_ones(visitor):
    shop().goods("T1")
    for given in ("-5", "0", "", "1e9", "many", "100000"):
        visitor.post("/cart/add/", {"sku": "T1", "quantity": given})
    assert 1 <= CartLine.objects.get().quantity <= 99


def test_what_was_removed_can_be_put_back(visitor):
    shop().goods("T1")
    visitor.post("/cart/add/", {"sku": "T1", "quantity": "3"})
    answer = visitor.post("/cart/remove/", {"sku": "T1"}, follow=True)
    text = answer.content.decode()
    assert "“Thing T1” is out of your cart." in text
    assert "Put it back" in text
    visitor.post("/cart/undo/", {"sku": "T1"})
    assert "Thing T1" in visitor.get("/cart/").content.decode()
    line = CartLine.objects.get()
    assert (line.quantity, line.removed_at) == (3, None)


def test_nought_removes_the_line(visitor):
    shop().goods("T1")
    visitor.post("/cart/add/", {"sku": "T1"})
    answer = visitor.post("/cart/change/", {"sku": "T1", "quantity": "0"})
    assert answer.headers["Location"].endswith("?removed=T1")
    assert CartLine.objects.get().removed_at is not None


def test_htmx_gets_only_the_part(visitor):
    shop().goods("T1")
    visitor.post("/cart/add/", {"sku": "T1"})
    answer = visitor.post(
        "/cart/change/", {"sku": "T1", "quantity": "4"}, headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.lstrip().startswith('<div id="cart"')
    assert 'value="4"' in text


@pytest.mark.promise("ORD-02")
def test_a_lower_price_is_pointed_out_until_the_buyer_takes_note(visitor):
    variant = shop().goods("T1", price=9900)
    visitor.post("/cart/add/", {"sku": "T1"})
    variant.price = 7900
    variant.save()
    text = visitor.get("/cart/").content.decode()
    assert "“Thing T1”: ¥79.00, it was ¥99.00." in text
    assert "cheaper than before" in text
    visitor.post("/cart/noted/")
    assert "it was ¥99.00" not in visitor.get("/cart/").content.decode()


def test_sold_out_and_fewer_are_pointed_out(visitor):
    tea = shop()
    tea.goods("T1")
    tea.goods("T2", on_hand=9)
    visitor.post("/cart/add/", {"sku": "T1"})
    visitor.post("/cart/add/", {"sku": "T2", "quantity": "5"})
    Stock.objects.filter(variant__sku="T1").update(on_hand=0)
    Stock.objects.filter(variant__sku="T2").update(on_hand=2)
    text = visitor.get("/cart/").content.decode()
    assert "Sold out for now." in text
    assert "Only 2 are left; you would order 2." in text


@pytest.mark.promise("ORD-01")
def test_the_visitors_cart_survives_signing_in_and_merges_once(alice, visitor):
    tea = shop()
    tea.goods("T1", on_hand=200)
    tea.goods("T2")
    cart_of(alice, ("T1", 98))
    visitor.post("/cart/add/", {"sku": "T1", "quantity": "5"})
    visitor.post("/cart/add/", {"sku": "T2", "quantity": "2"})
    visitor.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = visitor.get("/cart/")
    assert answer.cookies["cart"].value == ""
    visitor.get("/cart/")
    assert Cart.objects.count() == 1
    assert dict(CartLine.objects.values_list("variant__sku", "quantity")) == {"T1": 99, "T2": 2}


def test_somebody_elses_token_opens_nothing_of_a_person(alice, visitor):
    shop().goods("T1")
    mine = cart_of(alice, ("T1", 1))
    visitor.cookies["cart"] = mine.code
    assert "Thing T1" not in visitor.get("/cart/").content.decode()


@pytest.mark.parametrize("lines", [1, 100])
def test_the_cart_stays_within_its_budget(alice, client_of, django_assert_max_num_queries, lines):
    tea = shop()
    for number in range(lines):
        tea.goods(f"T{number}")
    cart_of(alice, *((f"T{number}", 1) for number in range(lines)))
    client = client_of(alice)
    client.get("/cart/")
    with django_assert_max_num_queries(8):
        assert client.get("/cart/").status_code == 200


def test_a_visitors_cart_stays_within_six_queries(visitor, django_assert_max_num_queries):
    tea = shop()
    for number in range(20):
        tea.goods(f"T{number}")
        visitor.post("/cart/add/", {"sku": f"T{number}"})
    with django_assert_max_num_queries(6):
        visitor.get("/cart/")


def test_the_cart_is_kept_by_nobody_on_the_way(visitor):
    assert "no-store" in visitor.get("/cart/").headers["Cache-Control"]
