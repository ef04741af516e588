"""What the administration does to goods. Numbers of stock are changed in `services.stock` alone."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.enums import ProductStatus
from catalog.models import Product, ProductPicture, Stock, Variant
from catalog.services import listing, media
from catalog.services.importing import safe_html
from jobs.services import enqueue


def missing_to_sell(product: Product) -> list[str | Promise]:
    """What a product still needs before it can go on sale, in words."""
    missing: list[str | Promise] = []
    if product.category_id is None:
        missing.append(_("a category"))
    if not product.variants.filter(active=True).exists():
        missing.append(_("a variant with a price that is on sale"))
    if product.no_return and not product.no_return_reason:
        missing.append(_("the reason why it cannot be sent back"))
    return missing


@transaction.atomic
def after_edit(product: Product) -> list[str | Promise]:
    """Complete what was edited: stock rows, safe texts, lists and search.

    A product that lacks something goes back to being a draft; returns what it lacks.
    """
    variants = Variant.objects.filter(product=product, stock=None)
    Stock.objects.bulk_create([Stock(variant=variant) for variant in variants])
    product.description_en = safe_html(product.description_en)
    product.description_zh = safe_html(product.description_zh)
    missing = missing_to_sell(product) if product.status == ProductStatus.ACTIVE else []
    if missing:
        product.status = ProductStatus.DRAFT
    product.save(update_fields=["description_en", "description_zh", "status"])
    listing.publish([product.pk])
    return missing


def put_on_sale(products: Iterable[Product]) -> list[Product]:
    """Show products to everybody; returns those that lack something and stay as they are."""
    lacking = []
    for product in products:
        if missing_to_sell(product):
            lacking.append(product)
            continue
        Product.objects.filter(pk=product.pk).update(status=ProductStatus.ACTIVE)
        listing.publish([product.pk])
    return lacking


def archive(products: Iterable[Product]) -> int:
    """Take products off every list; their pages stay for those who bought them."""
    ids = [product.pk for product in products]
    return Product.objects.filter(pk__in=ids).update(status=ProductStatus.ARCHIVED)


@transaction.atomic
def keep_picture(picture: ProductPicture, data: bytes) -> None:
    """Give a picture its upload and have the sizes drawn. Raises `PictureRefused`."""
    stored = media.store_upload(data)
    picture.original, picture.width, picture.height = stored.path, stored.width, stored.height
    picture.sizes, picture.refused = [], ""
    picture.save()
    enqueue("catalog.render_picture", picture_id=picture.pk)
