"""Goods for tests: as little as a test needs, nothing that surprises."""

from itertools import count

from catalog.enums import ProductStatus
from catalog.models import Category, Product, TaxClass, Variant
from catalog.services import listing, stock
from stores.models import Store

_numbers = count(1)


def make_store(**given):
    number = next(_numbers)
    values = {"slug": f"store-{number}", "name_en": f"Store {number}", "name_zh": f"店{number}"}
    return Store.objects.create(**values | given)


def make_category(slug="", **given):
    slug = slug or f"shelf-{next(_numbers)}"
    values = {"name_en": slug.replace("-", " ").title(), "name_zh": "架"}
    return Category.objects.create(slug=slug, **values | given)


def make_product(*, on_hand=10, price=1000, variants=1, variant=None, listed=True, **given):
    """A product on sale with its variants, stock and everything that lists need.

    Whoever makes many says `listed=False` and publishes them together.
    """
    number = next(_numbers)
    values = {
        "slug": f"thing-{number}",
        "name_en": f"Thing {number}",
        "name_zh": f"物件{number}",
        "status": ProductStatus.ACTIVE,
    }
    values |= given
    values.setdefault("store", Store.objects.first() or make_store())
    values.setdefault("category", Category.objects.first() or make_category())
    product = Product.objects.create(**values)
    tax, _ = TaxClass.objects.get_or_create(
        code="standard", defaults={"name_en": "Standard", "name_zh": "标准", "rate_bp": 1300}
    )
    rows = Variant.objects.bulk_create(
        Variant(
            product=product,
            sku=f"{product.slug}-{index + 1}".upper(),
            price=price + 100 * index,
            currency="CNY",
            tax_class=tax,
            weight_g=200,
            **variant or {},
        )
        for index in range(variants)
    )
    stock.set_many({row.pk: on_hand for row in rows}, reason="test")
    if not listed:
        return product
    listing.publish([product.pk])
    product.refresh_from_db()
    return product


def only_variant(product):
    return product.variants.get()
