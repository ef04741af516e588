"""What carts and orders know about goods."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from catalog.enums import ProductStatus
from catalog.models import ProductPicture, Variant, in_language
from catalog.options import labels, options_of
from catalog.services import media
from stores.models import Store


@dataclass(frozen=True)
class CartVariant:
    """Everything that a line of a cart shows, and an order copies."""

    pk: int
    sku: str
    product_id: int
    url: str
    store: Store
    name_en: str
    name_zh: str
    options_en: str
    options_zh: str
    picture: media.Sources | None
    picture_path: str
    price: int
    compare_at: int | None
    currency: str
    available: int
    active: bool
    no_return: bool
    no_return_reason_en: str
    no_return_reason_zh: str
    tax_code: str
    tax_name_en: str
    tax_name_zh: str
    rate_bp: int
    weight_g: int

    @property
    def name(self) -> str:
        """The product's name in the reader's language."""
        return in_language(self.name_en, self.name_zh)

    @property
    def options(self) -> str:
        """What was chosen, in the reader's language: `Jade · 100 g`; empty without a choice."""
        return in_language(self.options_en, self.options_zh)

    @property
    def no_return_reason(self) -> str:
        """Why it cannot come back, in the reader's language."""
        return in_language(self.no_return_reason_en, self.no_return_reason_zh)


def variants_for_cart(variant_ids: Iterable[int]) -> dict[int, CartVariant]:
    """By variant id, in two queries. A variant that is gone is missing here.

    `active` says whether it can be bought: on sale, of a product on sale, in an open store.
    """
    rows = list(
        Variant.objects.filter(pk__in=list(variant_ids))
        .select_related("product__store", "stock", "tax_class")
        .defer("product__search", "product__description_en", "product__description_zh")
    )
    pictures = _pictures_of(rows)
    return {row.pk: _cart_variant(row, pictures.get(row.pk)) for row in rows}


def variant_by_sku(sku: str) -> Variant | None:
    """The variant with this SKU if it can be bought, else None."""
    row = Variant.objects.filter(sku=sku).select_related("product__store").first()
    return row if row is not None and _is_active(row) else None


def _is_active(row: Variant) -> bool:
    product = row.product
    return row.active and product.status == ProductStatus.ACTIVE and product.store.is_open


def _cart_variant(row: Variant, picture: ProductPicture | None) -> CartVariant:
    product, tax = row.product, row.tax_class
    options = options_of(product.options, [row.options])
    options_en, options_zh = labels(options, row.options)
    stock = getattr(row, "stock", None)
    return CartVariant(
        pk=row.pk,
        sku=row.sku,
        product_id=product.pk,
        url=f"{reverse('catalog:product', args=[product.slug])}?{urlencode({'sku': row.sku})}",
        store=product.store,
        name_en=product.name_en or product.name_zh,
        name_zh=product.name_zh or product.name_en,
        options_en=options_en,
        options_zh=options_zh,
        picture=media.sources_of(picture) if picture else None,
        picture_path=picture.original if picture else "",
        price=row.price,
        compare_at=row.compare_at,
        currency=row.currency,
        available=stock.available if stock else 0,
        active=_is_active(row),
        no_return=product.no_return,
        no_return_reason_en=product.no_return_reason_en,
        no_return_reason_zh=product.no_return_reason_zh,
        tax_code=tax.code if tax else "",
        tax_name_en=tax.name_en if tax else "",
        tax_name_zh=tax.name_zh if tax else "",
        rate_bp=row.rate_bp,
        weight_g=row.weight_g,
    )


def _pictures_of(rows: Iterable[Variant]) -> Mapping[int, ProductPicture]:
    """For each variant the first picture of its choice, else the product's first."""
    variants = list(rows)
    by_product: dict[int, list[ProductPicture]] = {}
    pictures = ProductPicture.objects.filter(product__in={v.product_id for v in variants})
    for picture in pictures.exclude(original="").order_by("position", "pk"):
        by_product.setdefault(picture.product_id, []).append(picture)
    found: dict[int, ProductPicture] = {}
    for variant in variants:
        own = by_product.get(variant.product_id, [])
        chosen = set(variant.options.values())
        fitting = [picture for picture in own if picture.option_value in chosen]
        if fitting or own:
            found[variant.pk] = (fitting or own)[0]
    return found
