"""The product CSV that the big hosted shops export: one block of rows per handle."""

import csv
import re
from collections.abc import Iterator
from typing import TextIO

from django.utils.translation import gettext_lazy as _

from catalog.services.importing import (
    LARGEST_QUANTITY,
    LARGEST_WEIGHT,
    FileError,
    PictureRow,
    Problem,
    ProductRow,
    RowError,
    VariantRow,
    price_of,
    safe_html,
    whole_number,
)

KNOWN = {
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published",
    "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name",
    "Option3 Value", "Variant SKU", "Variant Grams", "Variant Inventory Qty", "Variant Price",
    "Variant Compare At Price", "Image Src", "Image Position", "Image Alt Text", "Status",
}  # fmt: skip
HANDLE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
MOST_TAGS = 20
Row = dict[str, str]


class HostedShopCsv:
    """Reads a CSV file with the columns above; others are reported and left alone."""

    def __init__(self, file: TextIO, *, currency: str) -> None:
        self._file = file
        self._currency = currency
        self.unknown: list[str] = []

    def rows(self) -> Iterator[ProductRow | Problem]:
        """Products as their blocks end. Raises FileError when the heading is not there."""
        reader = csv.DictReader(self._file, restkey="", restval="")
        headings = reader.fieldnames or []
        if "Handle" not in headings or "Title" not in headings:
            raise FileError(_("The first line must name the columns Handle and Title."))
        self.unknown = [name for name in headings if name and name not in KNOWN]
        block: _Block | None = None
        while True:
            line = reader.line_num + 1
            try:
                raw = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield Problem(line, str(_("The row cannot be read: %(why)s.") % {"why": error}))
                continue
            row = {key: (value or "").strip() for key, value in raw.items() if key}
            handle = row["Handle"].lower()
            if block is None or handle != block.handle:
                if block:
                    yield from block.finished()
                block = _Block(handle, line, self._currency)
            block.add(line, row)
        if block:
            yield from block.finished()


class _Block:
    """The rows of one handle."""

    def __init__(self, handle: str, line: int, currency: str) -> None:
        self.handle = handle
        self._currency = currency
        self._product: ProductRow | None = None
        self._broken = False
        self._line = line
        self._problems: list[Problem] = []

    def add(self, line: int, row: Row) -> None:
        try:
            if self._product is None and not self._broken:
                self._product = self._begin(line, row)
            if self._product is not None:
                self._add_picture(self._product, line, row)
                self._add_variant(self._product, line, row)
        except RowError as error:
            self._broken = self._product is None
            self._problems.append(Problem(line, str(error.reason)))

    def finished(self) -> Iterator[ProductRow | Problem]:
        yield from self._problems
        if self._product and self._product.variants:
            yield self._product
        elif self._product and not self._problems:
            yield Problem(self._line, str(_("There is nothing to buy under this handle.")))

    def _begin(self, line: int, row: Row) -> ProductRow:
        if not HANDLE.match(self.handle) or len(self.handle) > 120:
            raise RowError(
                _("“%(handle)s” is no handle: letters, digits and hyphens only.")
                % {"handle": self.handle[:40]}
            )
        if not row["Title"]:
            raise RowError(_("The title is missing."))
        names = [row.get(f"Option{number} Name", "") for number in (1, 2, 3)]
        return ProductRow(
            line=line,
            handle=self.handle,
            title=row["Title"][:200],
            html=safe_html(row.get("Body (HTML)", "")),
            brand=row.get("Vendor", "")[:100],
            category=row.get("Product Category") or row.get("Type", ""),
            tags=tuple(tag.strip() for tag in row.get("Tags", "").split(",") if tag.strip())[
                :MOST_TAGS
            ],
            published=row.get("Published", "true").lower() != "false"
            and row.get("Status", "active").lower() in {"", "active"},
            option_names=tuple(name[:60] for name in names if name and name != "Title"),
        )

    def _add_variant(self, product: ProductRow, line: int, row: Row) -> None:
        price = row.get("Variant Price", "")
        if not price and not row.get("Variant SKU") and not row.get("Option1 Value"):
            return
        if not price:
            raise RowError(_("The price is missing."))
        values = [row.get(f"Option{number} Value", "")[:60] for number in (1, 2, 3)]
        options = {
            name: value for name, value in zip(product.option_names, values, strict=False) if value
        }
        if any(known.options == options for known in product.variants):
            raise RowError(_("The same options appear twice under this handle."))
        product.variants.append(
            VariantRow(
                line=line,
                sku=(row.get("Variant SKU") or _made_up_sku(product.handle, options))[:64],
                options=options,
                price=price_of(price, self._currency),
                compare_at=self._optional_price(row.get("Variant Compare At Price", "")),
                weight_g=_number(row.get("Variant Grams", ""), LARGEST_WEIGHT, str(_("Weight"))),
                quantity=_number(
                    row.get("Variant Inventory Qty", ""), LARGEST_QUANTITY, str(_("Stock"))
                ),
            )
        )

    def _optional_price(self, text: str) -> int | None:
        return price_of(text, self._currency) if text else None

    @staticmethod
    def _add_picture(product: ProductRow, line: int, row: Row) -> None:
        url = row.get("Image Src", "")
        if not url:
            return
        position = row.get("Image Position", "")
        product.pictures.append(
            PictureRow(
                line=line,
                url=url,
                alt=row.get("Image Alt Text", "")[:200],
                position=int(position) if position.isdecimal() else len(product.pictures) + 1,
            )
        )


def _number(text: str, most: int, what: str) -> int | None:
    return whole_number(text, most=most, what=what) if text else None


def _made_up_sku(handle: str, options: dict[str, str]) -> str:
    return "-".join([handle, *options.values()]).replace(" ", "-").lower()
