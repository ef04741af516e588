"""What lists say about products, derived from variants, stock and words by one writer."""

import html
import re
from collections.abc import Iterable, Iterator

from django.db import connection, transaction

from catalog import words
from catalog.models import Category, Product, SearchWord, Variant
from catalog.options import options_of

CHUNK = 500
_TAG = re.compile(r"<[^>]+>")

_REFRESH = """
UPDATE catalog_product AS product
SET min_price = found.min_price,
    in_stock = coalesce(found.in_stock, false),
    standing = (100 * log(2, 1 + product.sold_count))::int
        + CASE WHEN product.tags @> '["season"]' THEN 150 ELSE 0 END
        + CASE WHEN coalesce(found.in_stock, false) THEN 3000 ELSE 0 END
FROM catalog_product AS same
LEFT JOIN (
    SELECT variant.product_id,
           min(variant.price) AS min_price,
           bool_or(stock.on_hand > stock.reserved) AS in_stock
    FROM catalog_variant AS variant
    LEFT JOIN catalog_stock AS stock ON stock.variant_id = variant.id
    WHERE variant.active AND variant.product_id = ANY(%s)
    GROUP BY variant.product_id
) AS found ON found.product_id = same.id
WHERE same.id = product.id AND product.id = ANY(%s)
"""


def publish(product_ids: Iterable[int]) -> None:
    """Bring everything that lists and search know about these products up to date.

    To be called after products, variants or their words were written.
    """
    ids = sorted(set(product_ids))
    refresh(ids)
    for start in range(0, len(ids), CHUNK):
        _index(ids[start : start + CHUNK])


def publish_category(category: Category) -> None:
    """The same for everything below a category whose name changed."""
    below = Product.objects.filter(category__path__startswith=category.path)
    publish(below.values_list("pk", flat=True))


def refresh(product_ids: Iterable[int]) -> None:
    """Write lowest price, availability and general standing of these products.

    The general standing is the same for everyone: in stock first, then what is bought often,
    with a lift for what is in season.
    """
    ids = sorted(product_ids)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_REFRESH, [ids, ids])


def availability_turned(variant_ids: Iterable[int]) -> None:
    """Have lists show that variants became available or ran out.

    Runs under locks on stock, so it never waits for a product that somebody else is writing:
    such a product is refreshed once this transaction has ended.
    """
    wanted = set(
        Variant.objects.filter(pk__in=list(variant_ids)).values_list("product_id", flat=True)
    )
    free = set(
        Product.objects.filter(pk__in=wanted)
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    refresh(free)
    if busy := wanted - free:
        transaction.on_commit(lambda: _refresh_when_free(busy))


@transaction.atomic
def _refresh_when_free(product_ids: set[int]) -> None:
    """Wait for the writers, so that what is then counted holds everything they committed."""
    list(
        Product.objects.filter(pk__in=product_ids)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    refresh(product_ids)


# --- Words ------------------------------------------------------------------------------


def _index(product_ids: list[int]) -> None:
    products = list(
        Product.objects.filter(pk__in=product_ids)
        .select_related("store", "category")
        .prefetch_related("variants")
        .order_by("pk")
    )
    above = _names_by_slug(products)
    known: set[str] = set()
    for product in products:
        product.colours = _colours(product)
        product.search = words.vector(_parts(product, _shelves(product, above)))
        for text in (product.name_en, product.brand, *_shelves(product, above), *product.tags):
            known.update(words.words(text))
    Product.objects.bulk_update(products, ["search", "colours"], batch_size=100)
    SearchWord.objects.bulk_create(
        [SearchWord(word=word) for word in sorted(known)], ignore_conflicts=True
    )


def _names_by_slug(products: Iterable[Product]) -> dict[str, tuple[str, str]]:
    slugs = {slug for product in products if product.category for slug in _slugs(product.category)}
    rows = Category.objects.filter(slug__in=slugs).values_list("slug", "name_en", "name_zh")
    return {slug: (en, zh) for slug, en, zh in rows}


def _slugs(category: Category) -> list[str]:
    return category.path.strip("/").split("/")


def _shelves(product: Product, above: dict[str, tuple[str, str]]) -> list[str]:
    """The names of the category and of everything above it."""
    if product.category is None:
        return []
    return [name for slug in _slugs(product.category) for name in above.get(slug, ())]


def _parts(product: Product, shelves: list[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """The product's tokens by weight: names, then shelves and makers, then what is told."""
    names = [product.name_en, product.name_zh]
    skus = [variant.sku for variant in product.variants.all()]
    yield "A", _each(names)
    yield "A", [words.fold(sku) for sku in skus]
    yield "A", _each(skus)
    makers = [product.brand, product.store.name_en, product.store.name_zh]
    yield "B", _each([*shelves, *makers, *product.tags])
    for colour in product.colours:
        yield "C", [words.colour(colour["code"])]
        yield "C", _each([colour["en"], colour["zh"]])
    yield "C", _each([product.summary_en, product.summary_zh])
    told = (product.description_en, product.description_zh)
    yield "D", _each(html.unescape(_TAG.sub(" ", text)) for text in told)
    for text in (product.name_zh, product.name_en):
        yield "B", words.pinyin_tokens(text)
    for text in shelves:
        yield "C", words.pinyin_tokens(text)


def _each(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from words.tokens(text)


def _colours(product: Product) -> list[dict[str, str]]:
    chosen = [variant.options for variant in product.variants.all()]
    return [
        {"code": value.code, "en": value.en, "zh": value.zh}
        for option in options_of(product.options, chosen)
        if option.is_colour
        for value in option.values
    ]
