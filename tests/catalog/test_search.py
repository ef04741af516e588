"""Search: Chinese, English and pinyin find what a shopper expects, and nothing is a dead end."""

import pytest

from catalog import words
from catalog.enums import ProductStatus, Sort
from catalog.models import SearchWord
from catalog.queries import Wish, browse, category_tree
from catalog.services import listing
from stores.enums import StoreStatus
from tests.catalog.factories import make_category, make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves():
    """A small mall: a teapot, a cup, a lamp, a flower pot and a pen."""
    tea = make_category("teaware", name_en="Teaware", name_zh="茶具")
    light = make_category("lamps", name_en="Lamps", name_zh="灯具")
    desk = make_category("desk", name_en="On the Desk", name_zh="案头")
    store = make_store(name_en="Blue Hill Tea", name_zh="青岚茶舍")
    mill = make_store(name_en="Mill Pond", name_zh="磨塘")
    return {
        "teapot": make_product(
            slug="teapot",
            name_en="Osmanthus Teapot",
            name_zh="桂枝小茶壶",
            summary_en="A round pot for three cups.",
            category=tea,
            store=store,
            options=["Colour"],
            variant={"options": {"Colour": "Jade"}},
            price=26800,
        ),
        "cup": make_product(
            slug="cup",
            name_en="Tasting Cups",
            name_zh="品茗对杯",
            category=tea,
            store=store,
            price=8800,
        ),
        "lamp": make_product(
            slug="lamp", name_en="Reading Lamp", name_zh="书灯", category=light, store=mill
        ),
        "pot": make_product(
            slug="pot", name_en="Terracotta Planter", name_zh="陶土花盆", category=desk, store=mill
        ),
        "pen": make_product(
            slug="pen", name_en="Fountain Pen", name_zh="钢笔", category=desk, store=mill
        ),
    }


def found(query, **wish):
    return [card.url.strip("/").split("/")[-1] for card in browse(Wish(query=query, **wish)).cards]


@pytest.mark.promise("BRW-04")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("茶", {"teapot", "cup"}),  # one character; the cup is found by its shelf and name
        ("茶壶", {"teapot"}),
        ("茶壺", {"teapot"}),  # traditional
        ("teapot", {"teapot"}),
        ("TEAPOTS", {"teapot"}),
        ("ｔｅａｐｏｔ", {"teapot"}),  # full width
        ("teap", {"teapot"}),  # a word not typed to its end
        ("osmanthus 茶壶", {"teapot"}),  # both scripts
        ("osmanthus茶壶", {"teapot"}),
        ("chahu", {"teapot"}),  # pinyin
        ("gzxch", {"teapot"}),  # initials
        ("茶胡", {"teapot"}),  # sounds the same
        ("喝茶的壶", {"teapot"}),  # near
        ("cups", {"cup", "teapot"}),  # the teapot's summary tells of cups
        ("blue hill", {"teapot", "cup"}),  # a store
        ("thing-teapot", {"teapot"}),  # near
        ("teapot-1", {"teapot"}),  # a SKU
        ("pen", {"pen"}),  # and not 盆, which sounds like it
        ("jade", {"teapot"}),  # a colour
        ("the lamp", {"lamp"}),
    ],
)
def test_a_query_finds_what_a_shopper_expects(shelves, query, expected):
    assert set(found(query)) == expected


def test_a_name_ranks_before_what_is_told(shelves):
    assert found("cups") == ["cup", "teapot"]


def test_words_that_come_near_are_named_as_such(shelves):
    near = browse(Wish(query="喝茶的壶"))
    assert (near.is_near, near.cards[0].url) == (True, "/p/teapot/")
    assert browse(Wish(query="茶壶")).is_near is False


def test_a_typing_mistake_gets_a_suggestion_and_popular_goods(shelves):
    nothing = browse(Wish(query="osmantus tepot"))
    assert (nothing.total, nothing.suggestion) == (0, "osmanthus teapot")
    assert len(nothing.popular) == 5


@pytest.mark.parametrize(
    "query", ["qqqqqq", "!!!", "'; DROP TABLE", "\x00", "a" * 5000, "~", "#", "\\"]
)
def test_nonsense_finds_nothing_and_is_no_dead_end(shelves, query):
    nothing = browse(Wish(query=query))
    assert (nothing.cards, nothing.suggestion) == ([], "")
    assert nothing.popular


def test_filters_that_leave_nothing_do_not_change_what_was_searched(shelves):
    dear = browse(Wish(query="teapot", lowest=99900))
    assert (dear.total, dear.cards, dear.is_near, dear.suggestion) == (0, [], False, "")
    assert [(facet.code, facet.count) for facet in dear.categories] == []


def test_counts_say_what_each_filter_would_leave(shelves):
    everything = browse(Wish())
    assert [(f.code, f.count) for f in everything.categories] == [
        ("teaware", 2),
        ("lamps", 1),
        ("desk", 2),
    ]
    assert [f.count for f in everything.stores] == [3, 2]
    assert [(f.code, f.count) for f in everything.colours] == [("Jade", 1)]
    narrowed = browse(Wish(category=category_tree().find("teaware"), highest=10000))
    assert (narrowed.total, narrowed.cards[0].url) == (1, "/p/cup/")
    assert [(f.code, f.count, f.is_on) for f in narrowed.categories] == [("teaware", 1, True)]
    coloured = browse(Wish(colour="Jade"))
    assert (coloured.total, [c.url for c in coloured.cards]) == (1, ["/p/teapot/"])


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.PRICE, [800, 900, 1000]),
        (Sort.PRICE_DESC, [1000, 900, 800]),
        (Sort.SALES, [900, 1000, 800]),
    ],
)
def test_sorts_order_by_what_they_say(sort, expected):
    for price, sold in ((800, 1), (900, 30), (1000, 2)):
        make_product(price=price, sold_count=sold)
    assert [card.price for card in browse(Wish(sort=sort)).cards] == expected


def test_pages_follow_each_other_without_gap_or_repeat():
    made = [
        make_product(price=1000 + number % 3, sold_count=number % 5, listed=False)
        for number in range(53)
    ]
    listing.publish(product.pk for product in made)
    for sort in Sort:
        for query in ("", "thing"):
            seen, after = [], None
            while True:
                page = browse(Wish(query=query, sort=sort), after=after)
                seen += [card.url for card in page.cards]
                after = page.next_key
                if not after:
                    break
            assert len(seen) == len(set(seen)) == page.total == 53


def test_what_cannot_be_bought_is_in_no_list(shelves):
    make_product(name_en="Draft teapot", status=ProductStatus.DRAFT)
    make_product(name_en="Old teapot", status=ProductStatus.ARCHIVED)
    shut = make_store(status=StoreStatus.SUSPENDED)
    make_product(name_en="Shut teapot", store=shut)
    make_product(name_en="Stopped teapot", variant={"active": False})
    assert found("teapot") == ["teapot"]


def test_a_renamed_shelf_is_found_by_its_new_name(shelves):
    shelf = shelves["cup"].category
    shelf.name_en = "Crockery"
    shelf.save(update_fields=["name_en"])
    assert found("crockery") == []
    listing.publish_category(shelf)
    assert set(found("crockery")) == {"teapot", "cup"}
    assert SearchWord.objects.filter(word="crockery").exists()


# --- Tokens -----------------------------------------------------------------------------


def test_tokens_are_characters_pairs_words_and_stems():
    assert list(words.tokens("小茶壶 Teapots")) == [
        "小", "茶", "壶", "小茶", "茶壶", "teapots", "teapot",
    ]  # fmt: skip


def test_accents_width_and_script_fold_together():
    assert words.fold("Ｃafé 茶壺") == "cafe 茶壶"


def test_a_token_cannot_leave_its_quotes():
    assert words.asked(words.Term("a'b\\c")) == "'a''b\\\\c':*"
