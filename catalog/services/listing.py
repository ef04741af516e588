"""What lists say about products, derived from variants and stock and kept by one writer."""

from collections.abc import Iterable

from django.db import connection, transaction

from catalog.models import Product, Variant

SEASON = "season"
"""The tag of goods that are in season."""

_REFRESH = """
UPDATE catalog_product AS product
SET min_price = found.min_price,
    in_stock = coalesce(found.in_stock, false),
    standing = (100 * log(2, 1 + product.sold_count))::int
        + CASE WHEN product.tags ? 'season' THEN 150 ELSE 0 END
        + CASE WHEN coalesce(found.in_stock, false) THEN 2000 ELSE 0 END
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

    Runs under locks on stock, so it never waits for a product somebody else is writing: such a
    product is refreshed once this transaction has ended.
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
