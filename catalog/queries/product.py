"""Everything on the page of one product."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, IntegerField, Value, When

from catalog.enums import ProductStatus
from catalog.models import Product, ProductPicture, Variant
from catalog.options import Option, label, options_of
from catalog.queries.cards import ProductCard, cards_of, on_sale, with_price_before
from catalog.queries.tree import CategoryNode, category_tree
from catalog.services import media

RELATED = 8
FEW = 5


@dataclass(frozen=True)
class Pill:
    """One thing that can be chosen, and the address where it is chosen."""

    name: str
    url: str
    is_on: bool
    is_available: bool


@dataclass(frozen=True)
class Choice:
    """One option with its pills."""

    name: str
    chosen: str
    pills: list[Pill]


@dataclass(frozen=True)
class ProductPage:
    """A product as its page shows it, with one variant chosen."""

    product: Product
    variant: Variant | None
    variant_name: str
    available: int
    is_sold: bool
    choices: list[Choice]
    pictures: list[media.Sources]
    way: list[CategoryNode]
    related: list[ProductCard]

    @property
    def is_few(self) -> bool:
        """Whether it is worth saying how few are left."""
        return 0 < self.available <= FEW


def product_page(slug: str, *, sku: str = "") -> ProductPage | None:
    """The page of a product with the variant `sku`, else the first that is available.

    None for what was never on sale. What is no longer sold keeps its page, without a way to buy.
    At most six queries.
    """
    product = (
        Product.objects.exclude(status=ProductStatus.DRAFT)
        .filter(slug=slug)
        .select_related("store")
        .defer("search")
        .first()
    )
    if product is None:
        return None
    variants = list(
        product.variants.filter(active=True).select_related("stock", "tax_class").order_by("pk")
    )
    variant = _chosen(variants, sku)
    options = options_of(product.options, [one.options for one in variants])
    tree = category_tree()
    node = tree.get(product.category_id)
    return ProductPage(
        product=product,
        variant=variant,
        variant_name=label(options, variant.options) if variant else "",
        available=_available(variant) if variant else 0,
        is_sold=product.status == ProductStatus.ACTIVE and product.store.is_open and bool(variant),
        choices=_choices(options, variants, variant) if variant else [],
        pictures=_pictures(product, variant),
        way=tree.way_to(node) if node else [],
        related=_related(product, tree.way_to(node)[0] if node else None),
    )


def _chosen(variants: list[Variant], sku: str) -> Variant | None:
    for variant in variants:
        if sku and variant.sku == sku:
            return variant
    available = [variant for variant in variants if _available(variant) > 0]
    return next(iter(available or variants), None)


def _available(variant: Variant) -> int:
    stock = getattr(variant, "stock", None)
    return stock.available if stock else 0


def _choices(options: list[Option], variants: list[Variant], chosen: Variant) -> list[Choice]:
    """Without options but with several variants, the SKUs themselves are the choice."""
    if not options and len(variants) > 1:
        pills = [_pill(one.sku, one, chosen) for one in variants]
        return [Choice("", chosen.sku, pills)]
    choices = []
    for option in options:
        pills, name = [], ""
        for value in option.values:
            target = _target(variants, chosen, option.code, value.code)
            if target is None:
                continue
            is_on = chosen.options.get(option.code) == value.code
            name = value.name if is_on else name
            pills.append(Pill(value.name, _address(target), is_on, _available(target) > 0))
        if len(pills) > 1:
            choices.append(Choice(option.name, name, pills))
    return choices


def _pill(name: str, variant: Variant, chosen: Variant) -> Pill:
    return Pill(name, _address(variant), variant == chosen, _available(variant) > 0)


def _target(variants: list[Variant], chosen: Variant, code: str, value: str) -> Variant | None:
    """The variant that a pill leads to: the other choices stay if there is such a variant."""
    wanted = {**chosen.options, code: value}
    fitting = [one for one in variants if one.options.get(code) == value]
    exact = [one for one in fitting if one.options == wanted]
    available = [one for one in fitting if _available(one) > 0]
    return next(iter(exact or available or fitting), None)


def _address(variant: Variant) -> str:
    return "?" + urlencode({"sku": variant.sku})


def _pictures(product: Product, variant: Variant | None) -> list[media.Sources]:
    """The pictures of what was chosen, with those that show no choice; else all."""
    rows = list(
        ProductPicture.objects.filter(product=product)
        .exclude(original="")
        .order_by("position", "pk")
    )
    chosen = set(variant.options.values()) if variant else set()
    fitting = [row for row in rows if row.option_value in chosen]
    if fitting:
        fitting += [row for row in rows if not row.option_value]
    return [media.sources_of(row) for row in fitting or rows]


def _related(product: Product, root: CategoryNode | None) -> list[ProductCard]:
    """Goods of the same shelf first, then of the shelves beside it."""
    others = on_sale().exclude(pk=product.pk)
    if root is not None:
        others = others.filter(category__in=[node.pk for node in root.below()])
    near = Case(
        When(category=product.category_id, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    found = with_price_before(others).order_by(near, "-standing", "-pk")
    return cards_of(list(found[:RELATED]))
