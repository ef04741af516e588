"""Loads the stores, the category tree and the goods. Repeatable: found again by slug and SKU."""

from itertools import product as every_pair

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from catalog.enums import ProductStatus
from catalog.models import Category, Product, ProductPicture, Stock, TaxClass, Variant
from catalog.services import listing, media, stock
from jobs.services import enqueue
from mall.demo import art
from mall.demo.content import CATEGORIES, COLOURS, GOODS, STORES, DemoGood, DemoStore
from mall.demo.content.kinds import Size
from stores.models import Store

TAXES = {
    "standard": ("Standard rate", "标准税率", 1300),
    "reduced": ("Reduced rate", "低税率", 900),
}
ONE_SIZE = Size("", "")
Option = dict[str, object]


def load_stores() -> dict[str, Store]:
    """The five stores by slug."""
    return {demo.slug: _store(demo) for demo in STORES}


def _store(demo: DemoStore) -> Store:
    values = {
        "name_en": demo.en,
        "name_zh": demo.zh,
        "intro_en": demo.intro_en,
        "intro_zh": demo.intro_zh,
        "province": demo.province,
        "city": demo.city,
        "district": demo.district,
        "street_en": demo.street_en,
        "street_zh": demo.street_zh,
    }
    row, _created = Store.objects.update_or_create(slug=demo.slug, defaults=values)
    return row


def load_categories() -> dict[str, Category]:
    """Six categories of three, by slug."""
    found: dict[str, Category] = {}
    for place, (slug, en, zh, children) in enumerate(CATEGORIES):
        found[slug] = _category(slug, en, zh, parent=None, position=place)
        for below, (child, child_en, child_zh) in enumerate(children):
            found[child] = _category(child, child_en, child_zh, parent=found[slug], position=below)
    return found


def _category(slug: str, en: str, zh: str, *, parent: Category | None, position: int) -> Category:
    values = {"name_en": en, "name_zh": zh, "parent": parent, "position": position}
    row, _created = Category.objects.update_or_create(slug=slug, defaults=values)
    return row


def load_goods(stores: dict[str, Store], categories: dict[str, Category]) -> int:
    """Every good with its variants, stock and pictures; returns how many are new."""
    taxes = {code: _tax_class(code) for code in TAXES}
    return sum(
        _good(good, stores[good.store], categories[good.category], taxes[good.tax])
        for good in GOODS
    )


def _tax_class(code: str) -> TaxClass:
    en, zh, rate_bp = TAXES[code]
    values = {"name_en": en, "name_zh": zh, "rate_bp": rate_bp}
    row, _created = TaxClass.objects.update_or_create(code=code, defaults=values)
    return row


@transaction.atomic
def _good(good: DemoGood, store: Store, category: Category, tax: TaxClass) -> bool:
    why_en, why_zh = good.no_return or ("", "")
    values = {
        "store": store,
        "category": category,
        "name_en": good.en.name,
        "name_zh": good.zh.name,
        "summary_en": good.en.summary,
        "summary_zh": good.zh.summary,
        "description_en": good.en.html,
        "description_zh": good.zh.html,
        "brand": store.name_en,
        "options": options_of(good),
        "tags": list(good.tags),
        "status": ProductStatus.ACTIVE,
        "no_return": good.no_return is not None,
        "no_return_reason_en": why_en,
        "no_return_reason_zh": why_zh,
    }
    fresh = {**values, "sold_count": good.sold}
    product, created = Product.objects.update_or_create(
        slug=good.slug, defaults=values, create_defaults=fresh
    )
    _variants(good, product, tax)
    _pictures(good, product)
    listing.publish([product.pk])
    return created


def options_of(good: DemoGood) -> list[Option]:
    """The options of a good in both languages; one colour alone is no choice."""
    options: list[Option] = []
    colours = art.SWATCHES[good.key]
    if len(colours) > 1:
        values = [{"code": code_of(c), "en": COLOURS[c][0], "zh": COLOURS[c][1]} for c in colours]
        options.append({"code": "colour", "en": "Colour", "zh": "颜色", "values": values})
    if good.sizes:
        sizes = [{"code": slugify(size.en), "en": size.en, "zh": size.zh} for size in good.sizes]
        en, zh = good.size_name
        options.append({"code": en.lower(), "en": en, "zh": zh, "values": sizes})
    return options


def code_of(colour: str) -> str:
    """How a colour is called inside options: `brick-red`."""
    return slugify(COLOURS[colour][0])


def _variants(good: DemoGood, product: Product, tax: TaxClass) -> None:
    colours = art.SWATCHES[good.key]
    for number, (colour, size) in enumerate(every_pair(colours, good.sizes or (ONE_SIZE,))):
        chosen = {}
        if len(colours) > 1:
            chosen["colour"] = code_of(colour)
        if good.sizes:
            chosen[good.size_name[0].lower()] = slugify(size.en)
        values = {
            "product": product,
            "options": chosen,
            "price": good.price + size.more,
            "compare_at": good.before + size.more if good.before else None,
            "currency": settings.CURRENCY,
            "tax_class": tax,
            "weight_g": good.weight + size.heavier,
            "active": True,
        }
        sku = f"{good.slug}-{number + 1}".upper()
        variant, created = Variant.objects.update_or_create(sku=sku, defaults=values)
        if created:
            Stock.objects.get_or_create(variant=variant)
            stock.set_on_hand(variant, _on_hand(good, number), reason="demo")


def _on_hand(good: DemoGood, number: int) -> int:
    """The first variant has the most, the third few, so that every label can be seen."""
    return good.stock if number == 0 else good.stock // (number + 1)


def _pictures(good: DemoGood, product: Product) -> None:
    position = 0
    for colour in art.SWATCHES[good.key]:
        for view in art.views_of(good.key):
            position += 1
            drawn = media.store_drawing(art.draw(good.key, colour, view=view))
            values = {
                "original": drawn.path,
                "width": drawn.width,
                "height": drawn.height,
                "option_value": code_of(colour),
                "alt_en": f"{good.en.name}, {COLOURS[colour][0].lower()}",
                "alt_zh": f"{good.zh.name}，{COLOURS[colour][1]}",
            }
            picture, created = ProductPicture.objects.get_or_create(
                product=product, position=position, defaults=values
            )
            if created:
                enqueue(
                    "catalog.render_picture",
                    once=f"render-{picture.pk}",
                    picture_id=picture.pk,
                )
