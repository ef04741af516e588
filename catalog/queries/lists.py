"""Lists of goods: search, categories, stores. What is shown, and in which order, depends on the
address alone and never on who is reading."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Case, Count, IntegerField, Lookup, Q, QuerySet, When
from django.db.models.expressions import Combinable

from catalog import words
from catalog.enums import Sort
from catalog.models import Product, SearchWord, in_language
from catalog.queries.cards import ProductCard, cards_of, on_sale, with_price_before
from catalog.queries.tree import CategoryNode, CategoryTree, category_tree
from common.paging import page_by_key
from stores.models import Store

PAGE = 24
POPULAR = 8
MOST_CANDIDATES = 5000


@SearchVectorField.register_lookup
class Holds(Lookup):
    """Whether a tsvector holds a tsquery of our own tokens, past PostgreSQL's parsers."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """`column @@ 'tokens'::tsquery`."""
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} @@ %s::tsquery", (*left_params, self.rhs)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see: everything comes from the address of the page."""

    query: str = ""
    sort: Sort = Sort.GENERAL
    category: CategoryNode | None = None
    store: str = ""
    lowest: int | None = None
    highest: int | None = None
    in_stock: bool = False
    colour: str = ""
    within: CategoryNode | None = None
    of_store: Store | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is on."""
        return bool(
            self.category
            or self.store
            or self.lowest is not None
            or self.highest is not None
            or self.in_stock
            or self.colour
        )


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list, and how many goods that leaves."""

    code: str
    name: str
    count: int
    is_on: bool = False


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    cards: list[ProductCard]
    next_key: str
    total: int
    categories: list[Facet] = field(default_factory=list)
    stores: list[Facet] = field(default_factory=list)
    colours: list[Facet] = field(default_factory=list)
    available: int = 0
    is_near: bool = False
    suggestion: str = ""
    popular: list[ProductCard] = field(default_factory=list)


def browse(wish: Wish, *, after: str | None = None) -> Listing:
    """The page of a list that follows the key `after`; at most six queries however many rows.

    Words are taken strictly first. When nothing has them all, what sounds like them counts (pinyin,
    initials, homophones), then what comes near. When nothing comes near either, a word that was
    perhaps meant is named, and what is bought often is shown.
    """
    tree = category_tree()
    terms = words.terms(wish.query)
    if wish.query.strip() and not terms:
        return _nothing()
    search = _Search(terms)
    groups = _groups(search.strict(_scope(wish)), wish)
    if terms and not groups:
        search, groups = search.wider(_scope(wish), wish)
        if not groups:
            return _nothing(_suggestion(terms))
    total, facets = _count(groups, wish, tree)
    if not total:
        return _nothing(is_near=search.is_near, **facets)
    found = _narrowed(search.applied(_scope(wish)), wish)
    page = page_by_key(
        with_price_before(search.scored(found)),
        order=search.order(wish.sort),
        after=after,
        size=PAGE,
    )
    return Listing(
        cards=cards_of(page.rows),
        next_key=page.next_key,
        total=total,
        is_near=search.is_near,
        colours=_colours(search.applied(_scope(wish)), wish),
        **facets,
    )


class _Search:
    """How the words of a query are taken: strictly, by their sound, or nearly."""

    def __init__(self, terms: list[words.Term], how: str = "strict") -> None:
        self._terms = terms
        self._how = how

    @property
    def is_near(self) -> bool:
        return self._how == "near"

    def strict(self, products: QuerySet[Product]) -> QuerySet[Product]:
        return products.filter(_has(self._all(words.asked))) if self._terms else products

    def wider(
        self, products: QuerySet[Product], wish: Wish
    ) -> "tuple[_Search, list[dict[str, Any]]]":
        """What sounds like all of it, else what comes near, told apart by a single query."""
        sounds = Case(
            When(_has(self._all(_or_by_sound)), then=1), default=0, output_field=IntegerField()
        )
        near = _Search(self._terms, "near")
        groups = _groups(near.applied(products).annotate(sounds=sounds), wish, "sounds")
        sounding = [group for group in groups if group["sounds"]]
        if sounding:
            return _Search(self._terms, "sound"), sounding
        return near, groups

    def applied(self, products: QuerySet[Product]) -> QuerySet[Product]:
        if not self._terms:
            return products
        if self._how == "near":
            hits = _sum((_has(words.nearly(term)), 1) for term in self._terms)
            anything = " | ".join(words.nearly(term) for term in self._terms)
            enough = math.ceil(len(self._terms) / 2)
            return products.filter(_has(anything)).alias(hits=hits).filter(hits__gte=enough)
        return products.filter(
            _has(self._all(_or_by_sound if self._how == "sound" else words.asked))
        )

    def scored(self, products: QuerySet[Product]) -> QuerySet[Product]:
        """Each word counts by where it stands: in the name, on the shelf, in what is told."""
        if not self._terms:
            return products
        cases: list[tuple[Q, int]] = []
        for term in self._terms:
            cases += [
                (_has(words.asked(term, "A", exact=True)), 16),
                (_has(words.asked(term, "A")), 8),
                (_has(words.asked(term, "AB")), 4),
                (_has(words.asked(term, "ABC")), 2),
            ]
            if self._how != "strict":
                cases.append((_has(words.sounding(term)), 4))
                cases += [(_has(words.quoted(pair)), 1) for pair in words.pieces(term)]
        return products.annotate(score=_sum(cases))

    def order(self, sort: Sort) -> tuple[str, ...]:
        if sort == Sort.SALES:
            return ("-sold_count", "-id")
        if sort == Sort.PRICE:
            return ("min_price", "id")
        if sort == Sort.PRICE_DESC:
            return ("-min_price", "-id")
        return ("-score", "-standing", "-id") if self._terms else ("-standing", "-id")

    def _all(self, written: Callable[[words.Term], str]) -> str:
        return " & ".join(f"({written(term)})" for term in self._terms)


def _or_by_sound(term: words.Term) -> str:
    return f"{words.asked(term)} | {words.sounding(term)}"


def _has(tokens: str) -> Q:
    return Q(search__holds=tokens)


def _sum(cases: Iterable[tuple[Q, int]]) -> Combinable:
    parts: list[Combinable] = [
        Case(When(condition, then=worth), default=0, output_field=IntegerField())
        for condition, worth in cases
    ]
    return reduce(lambda one, other: one + other, parts)


# --- Narrowing --------------------------------------------------------------------------


def _scope(wish: Wish) -> QuerySet[Product]:
    """What every number on the page is about: the page's own shelf or store."""
    products = on_sale()
    if wish.within is not None:
        products = products.filter(category__in=[node.pk for node in wish.within.below()])
    if wish.of_store is not None:
        products = products.filter(store=wish.of_store)
    return products


def _narrowed(products: QuerySet[Product], wish: Wish, *, but: str = "") -> QuerySet[Product]:
    if wish.category is not None:
        products = products.filter(category__in=[node.pk for node in wish.category.below()])
    if wish.store:
        products = products.filter(store__slug=wish.store)
    if wish.in_stock:
        products = products.filter(in_stock=True)
    if wish.colour and but != "colour":
        products = products.filter(_in_colour(wish))
    return products.filter(_in_price(wish))


def _in_colour(wish: Wish) -> Q:
    return _has(words.quoted(words.colour(wish.colour))) if wish.colour else Q()


def _in_price(wish: Wish) -> Q:
    condition = Q()
    if wish.lowest is not None:
        condition &= Q(min_price__gte=wish.lowest)
    if wish.highest is not None:
        condition &= Q(min_price__lte=wish.highest)
    return condition


def _groups(products: QuerySet[Product], wish: Wish, *extra: str) -> list[dict[str, Any]]:
    """How many products there are by shelf, store, availability, and whether price and colour fit.

    One query for all counts: with the filters among the columns, what the words find is told
    apart from what the filters leave.
    """
    columns = ("category_id", "store__slug", "store__name_en", "store__name_zh", "in_stock")
    flags = {}
    fits = _in_price(wish) & _in_colour(wish)
    if fits:
        flags["fits"] = Case(When(fits, then=1), default=0, output_field=IntegerField())
    rows = products.order_by().annotate(**flags).values(*columns, *flags, *extra)
    return list(rows.annotate(count=Count("pk")))


def _count(
    groups: list[dict[str, Any]], wish: Wish, tree: CategoryTree
) -> tuple[int, dict[str, Any]]:
    """The total, and what each filter would leave while the others stay as they are."""
    inside = {node.pk for node in wish.category.below()} if wish.category else set()

    def fits(group: dict[str, Any], but: str = "") -> bool:
        return (
            bool(group.get("fits", True))
            and (but == "category" or not inside or group["category_id"] in inside)
            and (but == "store" or not wish.store or group["store__slug"] == wish.store)
            and (but == "in_stock" or not wish.in_stock or group["in_stock"])
        )

    total = sum(group["count"] for group in groups if fits(group))
    by_category: dict[int | None, int] = {}
    by_store: dict[str, Facet] = {}
    for group in groups:
        if fits(group, "category"):
            key = group["category_id"]
            by_category[key] = by_category.get(key, 0) + group["count"]
        if fits(group, "store") and wish.of_store is None:
            slug = group["store__slug"]
            name = in_language(group["store__name_en"], group["store__name_zh"])
            known = by_store.get(slug, Facet(slug, name, 0, slug == wish.store))
            by_store[slug] = replace(known, count=known.count + group["count"])
    available = sum(g["count"] for g in groups if fits(g, "in_stock") and g["in_stock"])
    facets = {
        "available": available,
        "categories": _shelves(by_category, wish, tree),
        "stores": sorted(by_store.values(), key=lambda facet: (-facet.count, facet.code)),
    }
    return total, facets


def _shelves(by_category: dict[int | None, int], wish: Wish, tree: CategoryTree) -> list[Facet]:
    """The shelves one step below where the page stands, with everything that is in them."""
    on_way = set(tree.way_to(wish.category)) if wish.category else set()
    level = wish.within.children if wish.within else tree.roots
    if wish.category is not None and wish.within is None:
        level = [*tree.way_to(wish.category), *wish.category.children]
    facets = []
    for node in level:
        count = sum(by_category.get(one.pk, 0) for one in node.below())
        if count:
            facets.append(Facet(node.slug, node.name, count, node in on_way))
    return facets


def _colours(products: QuerySet[Product], wish: Wish) -> list[Facet]:
    """The colours that there are, with their numbers; one query."""
    found = _narrowed(products, wish, but="colour").order_by().values("colours")
    sql, params = found.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT colour->>'code', min(colour->>'en'), min(colour->>'zh'), count(*)"  # noqa: S608 - the inner query is Django's own, its values are parameters.
            f" FROM ({sql}) AS found, jsonb_array_elements(found.colours) AS colour"
            " GROUP BY 1 ORDER BY 4 DESC, 1 LIMIT 24",
            params,
        )
        rows = cursor.fetchall()
    return [
        Facet(code, in_language(en, zh), count, code == wish.colour) for code, en, zh, count in rows
    ]


# --- No dead ends -----------------------------------------------------------------------


def _nothing(suggestion: str = "", **facets: Any) -> Listing:
    popular = with_price_before(on_sale()).order_by("-standing", "-pk")[:POPULAR]
    return Listing(
        cards=[],
        next_key="",
        total=0,
        suggestion=suggestion,
        popular=cards_of(list(popular)),
        **facets,
    )


def _suggestion(terms: list[words.Term]) -> str:
    """The query with its unknown words replaced by known ones; empty when none is like them."""
    latin = [term.text for term in terms if not term.is_han and len(term.text) >= 3]
    if not latin:
        return ""
    alike = reduce(or_, (Q(word__startswith=text[0]) for text in latin))
    known = SearchWord.objects.filter(alike).values_list("word", flat=True)[:MOST_CANDIDATES]
    candidates = list(known)
    meant = []
    for term in terms:
        close = get_close_matches(term.text, candidates, n=1, cutoff=0.7)
        meant.append(close[0] if close and not term.is_han else term.text)
    suggestion = " ".join(meant)
    return suggestion if suggestion != " ".join(term.text for term in terms) else ""
