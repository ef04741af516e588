"""Goods as every list shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from catalog.enums import ProductStatus
from catalog.models import Product, ProductPicture, Variant
from catalog.services import media
from stores.enums import StoreStatus


@dataclass(frozen=True)
class ProductCard:
    """One good in a list."""

    name: str
    url: str
    store_name: str
    price: int
    compare_at: int | None
    currency: str
    picture: media.Sources | None
    in_stock: bool


def on_sale() -> QuerySet[Product]:
    """Products that everybody may see and buy."""
    return Product.objects.filter(
        status=ProductStatus.ACTIVE, store__status=StoreStatus.OPEN, min_price__isnull=False
    )


def with_price_before(products: QuerySet[Product]) -> QuerySet[Product]:
    """What cards need beside the product itself: its store, and the price before."""
    cheapest = Variant.objects.filter(product=OuterRef("pk"), active=True).order_by("price", "pk")
    return (
        products.select_related("store")
        .defer("search", "description_en", "description_zh", "colours")
        .annotate(before=Subquery(cheapest.values("compare_at")[:1]))
    )


def cards_of(products: Sequence[Product]) -> list[ProductCard]:
    """Cards of products that came through `with_price_before`; one query for all pictures."""
    pictures = first_pictures(product.pk for product in products)
    return [
        ProductCard(
            name=product.name,
            url=reverse("catalog:product", args=[product.slug]),
            store_name=product.store.name,
            price=product.min_price or 0,
            compare_at=getattr(product, "before", None),
            currency=settings.CURRENCY,
            picture=pictures.get(product.pk),
            in_stock=product.in_stock,
        )
        for product in products
    ]


def first_pictures(product_ids: Iterable[int]) -> dict[int, media.Sources]:
    """The picture that stands for each product; one query."""
    ids = list(product_ids)
    if not ids:
        return {}
    rows = (
        ProductPicture.objects.filter(product_id__in=ids)
        .exclude(original="")
        .order_by("product_id", "position", "pk")
        .distinct("product_id")
    )
    return {row.product_id: media.sources_of(row) for row in rows}
