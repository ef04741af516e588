"""The pages of the catalogue: the same for everybody, within their budgets, without dead ends."""

import re
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from catalog.enums import ProductStatus, Sort
from catalog.models import ProductPicture, Stock, Variant
from catalog.services import listing, stock
from privacy.models import AuditEntry
from stores.enums import StoreStatus
from tests.catalog.factories import make_category, make_product, make_store, only_variant

pytestmark = pytest.mark.django_db

ANONYMOUS, SIGNED_IN = 6, 8


def picture(product, **given):
    return ProductPicture.objects.create(
        **{
            "product": product,
            "original": "pictures/aa/a.svg",
            "width": 1200,
            "height": 1200,
            "alt_en": "A view",
            "alt_zh": "一景",
        }
        | given
    )


def mall_with(count):
    root = make_category("table", name_en="Table", name_zh="桌")
    shelf = make_category("teaware", name_en="Teaware", name_zh="茶具", parent=root)
    store = make_store(slug="hill", name_en="Hill", name_zh="山")
    products = [
        make_product(
            slug=f"pot-{number}",
            name_en=f"Teapot {number}",
            name_zh=f"茶壶{number}",
            category=shelf,
            store=store,
            variants=2,
            options=["Colour"],
            variant={"options": {"Colour": "Jade"}},
            listed=False,
        )
        for number in range(count)
    ]
    for product in products:
        picture(product)
        picture(product, position=2)
    listing.publish(product.pk for product in products)


PAGES = [
    "/search/",
    f"/search/?q={quote('茶壶')}",
    "/search/?q=teapot&sort=price&stock=on&colour=Jade&from=1&to=90&category=table&store=hill",
    "/search/?q=chahu",
    "/search/?q=tepot",
    "/search/?q=qqqq",
    "/c/table/",
    "/c/teaware/?sort=sales",
    "/s/hill/",
    "/p/pot-0/",
    "/zh-hans/p/pot-0/",
]


# --- Budgets ----------------------------------------------------------------------------


def over_budget(client, budget):
    """The pages that ask more than they may, with what they ask."""
    found = {}
    for page in PAGES:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page)
        assert response.status_code == 200
        if len(queries) > budget:
            found[page] = [query["sql"][:150] for query in queries]
    return found


@pytest.mark.parametrize("count", [1, 60])
def test_pages_keep_their_query_budget_for_visitors(client, count):
    mall_with(count)
    assert over_budget(client, ANONYMOUS) == {}


@pytest.mark.parametrize("count", [1, 60])
def test_pages_keep_their_query_budget_for_members(client_of, alice, count):
    mall_with(count)
    client = client_of(alice)
    client.get("/c/table/")  # The first page of a session notes where it is used.
    cache.clear()
    assert over_budget(client, SIGNED_IN) == {}


# --- The same for everybody -------------------------------------------------------------


@pytest.mark.promise("BRW-01")
def test_a_visitor_gets_no_token_no_cookie_and_no_session(client):
    mall_with(3)
    for page in PAGES:
        response = client.get(page)
        assert "csrfmiddlewaretoken" not in response.content.decode()
        assert not response.cookies
        assert "cookie" not in response.get("Vary", "").lower()
        assert "no-cache" in response["Cache-Control"]


@pytest.mark.promise("BRW-06")
def test_two_people_with_opposite_histories_see_the_same_order(client, client_of, alice, bob):
    mall_with(12)
    first, second = client_of(alice), client_of(bob)
    for number in range(6):
        first.get(f"/p/pot-{number}/")
        second.get(f"/p/pot-{11 - number}/")
        first.get(f"/search/?q=Teapot {number}")

    def order(one, query, sort):
        html = one.get(f"/search/?q={query}&sort={sort}").content.decode()
        return re.findall(r'product-card__link" href="([^"]+)"', html)

    for sort in Sort:
        for query in ("", "teapot"):
            seen = order(client, query, sort)
            assert len(seen) == 12
            assert order(first, query, sort) == order(second, query, sort) == seen


def test_what_people_look_at_and_search_for_is_not_kept(client, client_of, alice):
    """History comes with its own consent; until then nothing of it is written."""
    mall_with(2)
    signed_in = client_of(alice)
    with CaptureQueriesContext(connection) as queries:
        signed_in.get("/search/?q=teapot")
        signed_in.get("/p/pot-1/")
    written = [q["sql"] for q in queries if re.match(r"(INSERT|UPDATE|DELETE)", q["sql"])]
    assert [sql for sql in written if "session" not in sql.lower()] == []
    assert not AuditEntry.objects.filter(detail__contains="teapot").exists()


# --- Lists ------------------------------------------------------------------------------


def test_filters_that_are_on_stand_as_chips_with_a_way_back(client):
    mall_with(3)
    html = client.get("/search/?q=teapot&stock=on&from=5&colour=Jade").content.decode()
    assert 'href="?q=teapot&amp;from=5&amp;colour=Jade"' in html
    assert 'href="?q=teapot&amp;stock=on&amp;colour=Jade"' in html
    assert 'href="?q=teapot"' in html
    assert 'content="noindex, follow"' in html


def test_a_shelf_holds_everything_below_it(client):
    mall_with(2)
    assert client.get("/c/table/").content.decode().count("product-card__link") == 2
    assert client.get("/c/nothing-here/").status_code == 404


def test_an_empty_shelf_says_so_and_leads_on(client):
    mall_with(2)
    make_category("empty", name_en="Empty", name_zh="空")
    html = client.get("/c/empty/").content.decode()
    assert "There is nothing on this shelf yet" in html
    assert html.count("product-card__link") == 2


@pytest.mark.parametrize(
    "query",
    [
        "after=nonsense",
        "after=WzEsImEiXQ",
        "after=WzEsWzJdXQ",
        "from=cheap&to=-3",
        "category=no-such",
        "sort=mine",
        "stock=maybe",
        "q=" + "x" * 3000,
    ],
)
def test_an_address_that_makes_no_sense_shows_the_list(client, query):
    mall_with(2)
    assert client.get(f"/search/?{query}").status_code == 200
    assert client.get(f"/c/table/?{query}").status_code == 200


def test_lists_cannot_be_posted_to(client):
    mall_with(1)
    for page in ("/search/", "/c/table/", "/s/hill/", "/p/pot-0/"):
        assert client.post(page, headers={"sec-fetch-site": "same-origin"}).status_code == 405


def test_a_markup_in_the_query_stays_text(client):
    mall_with(1)
    html = client.get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


# --- Stores -----------------------------------------------------------------------------


@pytest.mark.promise("MER-04")
def test_a_store_shows_itself_and_its_goods(client):
    mall_with(2)
    other = make_store(slug="other")
    make_product(store=other)
    html = client.get("/s/hill/").content.decode()
    assert "Hill" in html
    assert html.count("product-card__link") == 2
    assert client.get("/s/nobody/").status_code == 404
    assert "山" in client.get("/zh-hans/s/hill/").content.decode()


@pytest.mark.parametrize("status", [StoreStatus.SUSPENDED, StoreStatus.CLOSED])
def test_a_store_that_is_not_open_says_so_and_sells_nothing(client, status):
    store = make_store(slug="shut", status=status)
    product = make_product(store=store)
    html = client.get("/s/shut/").content.decode()
    assert "is not selling at present" in html
    assert "product-card" not in html
    page = client.get(product.get_absolute_url()).content.decode()
    assert "This is no longer sold." in page
    assert 'name="sku"' not in page


# --- Products ---------------------------------------------------------------------------


def two_by_two():
    """A product in two colours and two sizes; the small red one is sold out."""
    options = [
        {
            "code": "colour",
            "en": "Colour",
            "zh": "颜色",
            "values": [
                {"code": "red", "en": "Red", "zh": "红"},
                {"code": "blue", "en": "Blue", "zh": "蓝"},
            ],
        },
        {
            "code": "size",
            "en": "Size",
            "zh": "尺寸",
            "values": [
                {"code": "s", "en": "Small", "zh": "小"},
                {"code": "l", "en": "Large", "zh": "大"},
            ],
        },
    ]
    product = make_product(slug="bowl", name_en="Bowl", name_zh="碗", options=options, on_hand=0)
    product.variants.all().delete()
    for sku, colour, size, price, count in (
        ("RS", "red", "s", 1000, 0),
        ("RL", "red", "l", 1500, 3),
        ("BS", "blue", "s", 1100, 9),
        ("BL", "blue", "l", 1600, 9),
    ):
        row = Variant.objects.create(
            product=product,
            sku=sku,
            options={"colour": colour, "size": size},
            price=price,
            currency="CNY",
        )
        Stock.objects.create(variant=row)
        stock.set_on_hand(row, count, reason="test")
    picture(product, option_value="red", alt_en="The red bowl", original="pictures/aa/red.svg")
    picture(product, option_value="blue", alt_en="The blue bowl", original="pictures/aa/blue.svg")
    listing.publish([product.pk])
    return product


def pills(html):
    return {
        name.strip(): (url, bool(on), "sold-out" in looks)
        for looks, url, on, name in re.findall(
            r'<a class="pill([^"]*)" href="([^"]+)"( aria-current="true")? rel="nofollow">([^<]+)',
            html,
        )
    }


def test_the_first_available_variant_is_chosen(client):
    two_by_two()
    html = client.get("/p/bowl/").content.decode()
    assert pills(html) == {
        "Red": ("?sku=RL", True, False),
        "Blue": ("?sku=BL", False, False),
        "Small": ("?sku=RS", False, True),
        "Large": ("?sku=RL", True, False),
    }
    assert "Only 3 left" in html
    assert "The red bowl" in html
    assert "The blue bowl" not in html


def test_choosing_works_by_address_and_the_words_follow_the_language(client):
    two_by_two()
    html = client.get("/zh-hans/p/bowl/?sku=BS").content.decode()
    assert pills(html)["蓝"] == ("?sku=BS", True, False)
    assert 'value="BS"' in html
    assert "¥11.00" in html


def test_what_is_sold_out_cannot_be_put_into_the_cart(client):
    two_by_two()
    html = client.get("/p/bowl/?sku=RS").content.decode()
    assert 'name="quantity"' not in html
    assert "Sold out" in html


def test_an_unknown_sku_shows_the_product(client):
    two_by_two()
    assert client.get("/p/bowl/?sku=NOPE").status_code == 200


def test_the_add_to_cart_form_carries_no_token(client):
    make_product(slug="mug")
    html = client.get("/p/mug/").content.decode()
    form = re.search(r'<form class="product__add".*?</form>', html, re.DOTALL).group()
    assert f'action="{reverse("orders:cart_add")}"' in form
    assert 'name="sku" value="MUG-1"' in form
    assert "csrfmiddlewaretoken" not in form


def test_goods_that_cannot_come_back_say_so_before_they_are_bought(client):
    make_product(slug="mug")
    make_product(
        slug="honey",
        no_return=True,
        no_return_reason_en="Food cannot come back once opened.",
        no_return_reason_zh="食品拆封后不退。",
    )
    assert "7 days to send it back" in client.get("/p/mug/").content.decode()
    html = client.get("/p/honey/").content.decode()
    assert "Food cannot come back once opened." in html
    assert "7 days to send it back" not in html
    assert "食品拆封后不退。" in client.get("/zh-hans/p/honey/").content.decode()


def test_a_draft_is_nobodys_business_and_an_archived_product_keeps_its_page(client):
    make_product(slug="draft", status=ProductStatus.DRAFT)
    make_product(slug="old", status=ProductStatus.ARCHIVED)
    assert client.get("/p/draft/").status_code == 404
    html = client.get("/p/old/").content.decode()
    assert "This is no longer sold." in html
    assert 'name="sku"' not in html


def test_a_product_tells_search_engines_what_it_is(client):
    product = make_product(slug="mug", price=1250)
    html = client.get("/p/mug/").content.decode()
    assert 'itemtype="https://schema.org/Product"' in html
    assert 'itemprop="price" content="12.50"' in html
    assert 'href="https://schema.org/InStock"' in html
    stock.set_on_hand(only_variant(product), 0, reason="test")
    assert "https://schema.org/OutOfStock" in client.get("/p/mug/").content.decode()


def test_a_description_with_script_is_shown_without_it(client):
    make_product(slug="mug", description_en="<p>Thin</p><script>alert(1)</script>")
    html = client.get("/p/mug/").content.decode()
    assert "<p>Thin</p>" in html
    assert "alert(1)" not in html


def test_the_page_falls_back_to_the_language_that_there_is(client):
    make_product(slug="bei", name_en="", name_zh="青瓷杯")
    assert "青瓷杯" in client.get("/p/bei/").content.decode()


def test_addresses_are_those_that_people_rely_on():
    with translation.override("en"):
        assert reverse("catalog:search") == "/search/"
        assert reverse("catalog:category", args=["x"]) == "/c/x/"
        assert reverse("catalog:product", args=["x"]) == "/p/x/"
        assert reverse("stores:store", args=["x"]) == "/s/x/"
    with translation.override("zh-hans"):
        assert reverse("stores:store", args=["x"]) == "/zh-hans/s/x/"
