"""Writing what a product file says: found again by handle and SKU, in bulk, repeatable."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.enums import ProductStatus
from catalog.errors import BelowReserved
from catalog.models import Category, Product, ProductPicture, Stock, TaxClass, Variant
from catalog.services import listing, stock
from catalog.services.importing import PictureRow, Problem, ProductRow, Reader, VariantRow
from common.locks import lock_rows
from jobs.services import enqueue
from stores.models import Store

CHUNK = 200
MOST_PICTURES = 20
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Change:
    """What one product's rows do: handle, "new" or the names of what changes."""

    line: int
    handle: str
    what: tuple[str, ...]


@dataclass
class Report:
    """What an import did, or would do."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    variants: int = 0
    pictures: int = 0
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def import_products(reader: Reader, *, store: Store, dry_run: bool = False) -> Report:
    """Take over a product file into a store; sound rows are written, bad ones reported.

    Two hundred products commit together. What a file does not name stays as it is. With
    `dry_run` nothing is written and the report says what would be. Raises FileError when the
    file as a whole cannot be read; what was committed before stays.
    """
    report = Report()
    sound = _sound_rows(reader, report)
    while chunk := list(islice(sound, CHUNK)):
        with transaction.atomic():
            _Writer(store, report, dry_run=dry_run).write(_merged(chunk))
    report.unknown = list(reader.unknown)
    return report


def _sound_rows(reader: Reader, report: Report) -> Iterator[ProductRow]:
    for row in reader.rows():
        if isinstance(row, Problem):
            report.problems.append(row)
        else:
            yield row


def _merged(rows: Iterable[ProductRow]) -> list[ProductRow]:
    by_handle: dict[str, ProductRow] = {}
    for row in rows:
        if row.handle in by_handle:
            by_handle[row.handle].absorb(row)
        else:
            by_handle[row.handle] = row
    return list(by_handle.values())


class _Writer:
    """Writes one chunk: a handful of queries for any number of products."""

    def __init__(self, store: Store, report: Report, *, dry_run: bool) -> None:
        self._store = store
        self._report = report
        self._dry_run = dry_run

    def write(self, rows: list[ProductRow]) -> None:
        """1. Load what exists. 2. Compare. 3. Write products, variants, stock, pictures."""
        self._load(rows)
        rows = [row for row in rows if self._is_ours(row)]
        fresh = [row for row in rows if row.handle not in self._products]
        for row in rows:
            self._note(row, is_new=row in fresh)
        if self._dry_run:
            return
        # Whoever sells these goods locks stock before products; so do we.
        lock_rows(Stock.objects.filter(variant__in=self._variants.values()))
        self._write_products(rows, fresh)
        self._write_variants(rows)
        self._write_pictures(rows)
        listing.publish(product.pk for product in self._products.values())

    # --- What exists -----------------------------------------------------------------------

    def _load(self, rows: list[ProductRow]) -> None:
        handles = [row.handle for row in rows]
        skus = [variant.sku for row in rows for variant in row.variants]
        self._products = {p.slug: p for p in Product.objects.filter(slug__in=handles)}
        variants = Variant.objects.filter(product__in=self._products.values())
        self._variants = {(v.product_id, v.sku): v for v in variants}
        self._taken = dict(Variant.objects.filter(sku__in=skus).values_list("sku", "product_id"))
        self._stock = dict(
            Stock.objects.filter(variant__in=variants).values_list("variant_id", "on_hand")
        )
        self._pictures = set(
            ProductPicture.objects.filter(product__in=self._products.values()).values_list(
                "product_id", "source_url"
            )
        )
        self._categories = _categories()
        self._tax = TaxClass.objects.filter(code="standard").first()
        self._claimed: set[str] = set()

    def _is_ours(self, row: ProductRow) -> bool:
        product = self._products.get(row.handle)
        if product is not None and product.store_id != self._store.pk:
            self._problem(row.line, str(_("Another store uses this handle.")))
            return False
        row.variants = [v for v in row.variants if self._is_free(v, product)]
        return bool(row.variants)

    def _is_free(self, variant: VariantRow, product: Product | None) -> bool:
        owner = self._taken.get(variant.sku)
        if owner is not None and (product is None or owner != product.pk):
            self._problem(variant.line, str(_("Another product uses this SKU.")))
            return False
        if variant.sku in self._claimed:
            self._problem(variant.line, str(_("The file names this SKU twice.")))
            return False
        self._claimed.add(variant.sku)
        return True

    def _problem(self, line: int, reason: str) -> None:
        self._report.problems.append(Problem(line, reason))

    # --- What would change -----------------------------------------------------------------

    def _note(self, row: ProductRow, *, is_new: bool) -> None:
        product = self._products.get(row.handle)
        what = ["new"] if product is None else list(_differences(product, self._values(row)))
        for variant in row.variants:
            what += self._variant_changes(product, variant)
        new_pictures = len(self._new_pictures(row, product))
        if new_pictures and product is not None:
            what.append("pictures")
        self._report.pictures += new_pictures
        self._report.variants += len(row.variants)
        if is_new:
            self._report.created += 1
        elif what:
            self._report.changed += 1
        else:
            self._report.unchanged += 1
        if what:
            self._report.changes.append(Change(row.line, row.handle, tuple(dict.fromkeys(what))))

    def _variant_changes(self, product: Product | None, row: VariantRow) -> list[str]:
        if product is None:
            return []
        variant = self._variants.get((product.pk, row.sku))
        if variant is None:
            return [f"{row.sku}: new"]
        what = [f"{row.sku}: {name}" for name in _differences(variant, _variant_values(row))]
        if row.quantity is not None and self._stock.get(variant.pk, 0) != row.quantity:
            what.append(f"{row.sku}: stock")
        return what

    # --- Writing ---------------------------------------------------------------------------

    def _write_products(self, rows: list[ProductRow], fresh: list[ProductRow]) -> None:
        made = [
            Product(store=self._store, slug=row.handle, **self._values(row, new=True))
            for row in fresh
        ]
        Product.objects.bulk_create(made)
        changed, names = [], set[str]()
        for row in rows:
            product = self._products.get(row.handle)
            if product is None:
                continue
            different = _differences(product, self._values(row))
            for name, value in different.items():
                setattr(product, name, value)
            if different:
                changed.append(product)
                names |= set(different)
        if changed:
            Product.objects.bulk_update(changed, sorted(names), batch_size=CHUNK)
        self._products |= {product.slug: product for product in made}

    def _write_variants(self, rows: list[ProductRow]) -> None:
        made: list[Variant] = []
        changed: list[Variant] = []
        quantities: list[tuple[Variant, VariantRow]] = []
        for row in rows:
            product = self._products[row.handle]
            for entry in row.variants:
                variant = self._variants.get((product.pk, entry.sku))
                if variant is None:
                    variant = Variant(
                        product=product,
                        sku=entry.sku,
                        currency=settings.CURRENCY,
                        tax_class=self._tax,
                        **_variant_values(entry),
                    )
                    made.append(variant)
                elif different := _differences(variant, _variant_values(entry)):
                    for name, value in different.items():
                        setattr(variant, name, value)
                    changed.append(variant)
                quantities.append((variant, entry))
        Variant.objects.bulk_create(made)
        if changed:
            Variant.objects.bulk_update(changed, VARIANT_FIELDS, batch_size=CHUNK)
        self._write_stock(made, quantities)

    def _write_stock(
        self, made: list[Variant], quantities: list[tuple[Variant, VariantRow]]
    ) -> None:
        Stock.objects.bulk_create([Stock(variant=variant) for variant in made])
        counted = {
            variant.pk: row
            for variant, row in quantities
            if row.quantity is not None and self._stock.get(variant.pk, 0) != row.quantity
        }
        refused = stock.set_many(
            {pk: row.quantity or 0 for pk, row in counted.items()}, reason="import"
        )
        for pk, reserved in refused.items():
            self._problem(counted[pk].line, str(BelowReserved(reserved)))

    def _write_pictures(self, rows: list[ProductRow]) -> None:
        made = [
            ProductPicture(
                product=self._products[row.handle],
                source_url=picture.url,
                alt_en=picture.alt,
                position=picture.position,
                original="",
            )
            for row in rows
            for picture in self._new_pictures(row, self._products[row.handle])
        ]
        for picture in ProductPicture.objects.bulk_create(made):
            enqueue("catalog.fetch_picture", picture_id=picture.pk)

    def _new_pictures(self, row: ProductRow, product: Product | None) -> list[PictureRow]:
        wanted = {picture.url: picture for picture in row.pictures[:MOST_PICTURES]}
        if product is None:
            return list(wanted.values())
        return [p for url, p in wanted.items() if (product.pk, url) not in self._pictures]

    def _values(self, row: ProductRow, *, new: bool = False) -> dict[str, object]:
        """The columns a row speaks about; text goes to the language it is written in."""
        language = "zh" if _CHINESE.search(row.title) else "en"
        values: dict[str, object] = {
            f"name_{language}": row.title,
            f"description_{language}": row.html,
            "brand": row.brand,
            "status": ProductStatus.ACTIVE if row.published else ProductStatus.DRAFT,
            "options": list(row.option_names),
        }
        if row.tags:
            values["tags"] = list(row.tags)
        category = self._category_of(row)
        if category is not None and (new or row.category):
            values["category"] = category
        return values

    def _category_of(self, row: ProductRow) -> Category | None:
        for part in reversed(re.split(r"\s*[>/]\s*", row.category.strip().lower())):
            if part in self._categories:
                return self._categories[part]
        product = self._products.get(row.handle)
        return product.category if product else self._categories.get("")


VARIANT_FIELDS = ["options", "price", "compare_at", "weight_g"]


def _variant_values(row: VariantRow) -> dict[str, object]:
    values: dict[str, object] = {
        "options": row.options,
        "price": row.price,
        "compare_at": row.compare_at,
    }
    if row.weight_g is not None:
        values["weight_g"] = row.weight_g
    return values


def _differences(row: Product | Variant, values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _categories() -> dict[str, Category]:
    """Categories by slug and by both names; under "" the first, where the unknown go."""
    found: dict[str, Category] = {}
    for category in Category.objects.order_by("path"):
        found.setdefault("", category)
        for name in (category.slug, category.name_en.lower(), category.name_zh):
            found[name] = category
    return found
