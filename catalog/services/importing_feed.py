"""Google Merchant feeds, as tab-separated text and as XML (RSS or Atom)."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl, Locator

from defusedxml import sax
from defusedxml.common import DefusedXmlException
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
    "id", "title", "description", "link", "image_link", "additional_image_link", "availability",
    "price", "sale_price", "brand", "google_product_category", "product_type", "item_group_id",
    "color", "size", "material", "pattern", "condition", "shipping_weight", "quantity",
    "sell_on_google_quantity",
}  # fmt: skip
OPTIONS = ("color", "size", "material", "pattern")
GOOGLE = "http://base.google.com/ns/1.0"
GRAMS = {"g": 1.0, "kg": 1000.0, "lb": 453.592, "oz": 28.3495}
CHUNK = 64 * 1024
MOST_PICTURES = 10
MOST_TEXT = 60_000
Item = dict[str, list[str]]


class MerchantTsv:
    """Reads the tab-separated form."""

    def __init__(self, file: TextIO, *, currency: str) -> None:
        self._file = file
        self._currency = currency
        self.unknown: list[str] = []

    def rows(self) -> Iterator[ProductRow | Problem]:
        """Products, one per item group. Raises FileError when the heading is not there."""
        reader = csv.reader(self._file, delimiter="\t")
        try:
            headings = [name.strip().lower().replace(" ", "_") for name in next(reader)]
        except (StopIteration, csv.Error) as error:
            raise FileError(_("The file is empty.")) from error
        if "id" not in headings or "title" not in headings:
            raise FileError(_("The first line must name the columns id and title."))
        self.unknown = [name for name in headings if name and name not in KNOWN]
        yield from _grouped(_tsv_items(reader, headings), self._currency)


class MerchantXml:
    """Reads RSS and Atom; a document type or an entity is refused before it is looked at."""

    def __init__(self, file: BinaryIO, *, currency: str) -> None:
        self._file = file
        self._currency = currency
        self._seen: set[str] = set()

    @property
    def unknown(self) -> list[str]:
        """The elements nobody reads, as far as the file has been read."""
        return sorted(self._seen - KNOWN)

    def rows(self) -> Iterator[ProductRow | Problem]:
        """Products, one per item group. Raises FileError when the file is no sound XML."""
        yield from _grouped(self._items(), self._currency)

    def _items(self) -> Iterator[tuple[int, Item]]:
        parser = sax.make_parser()
        handler = _FeedHandler(parser)
        parser.forbid_dtd = True
        parser.setFeature(feature_namespaces, state=True)
        parser.setContentHandler(handler)
        try:
            while chunk := self._file.read(CHUNK):
                parser.feed(chunk)
                for line, item in handler.take():
                    self._seen.update(item)
                    yield line, item
            parser.close()
        except DefusedXmlException as error:
            raise FileError(_("The file declares a document type or entities.")) from error
        except SAXParseException as error:
            raise FileError(
                _("Line %(line)s: the XML is broken.") % {"line": error.getLineNumber()}
            ) from error
        except SAXException as error:
            raise FileError(_("The XML is broken.")) from error


class _FeedHandler(ContentHandler):
    """Collects items as lists of texts per element name."""

    def __init__(self, place: Locator) -> None:
        super().__init__()
        self._place = place
        self._ready: list[tuple[int, Item]] = []
        self._item: Item | None = None
        self._line = 0
        self._name = ""
        self._text: list[str] = []
        self._length = 0

    def take(self) -> list[tuple[int, Item]]:
        ready, self._ready = self._ready, []
        return ready

    def startElementNS(  # noqa: N802  The parser fixes the name.
        self,
        name: tuple[str | None, str],
        qname: str | None,
        attrs: AttributesNSImpl,
    ) -> None:
        if name[1] in {"item", "entry"} and name[0] != GOOGLE:
            self._item = {}
            self._line = self._place.getLineNumber() or 0
        elif self._item is not None:
            self._name = name[1]
            self._text, self._length = [], 0

    def characters(self, content: str) -> None:
        if self._name and self._length < MOST_TEXT:
            self._text.append(content)
            self._length += len(content)

    def endElementNS(  # noqa: N802  The parser fixes the name.
        self,
        name: tuple[str | None, str],
        qname: str | None,
    ) -> None:
        if self._item is None:
            return
        if name[1] in {"item", "entry"} and name[0] != GOOGLE:
            self._ready.append((self._line, self._item))
            self._item = None
        elif name[1] == self._name:
            self._item.setdefault(self._name, []).append("".join(self._text).strip())
            self._name = ""


def _tsv_items(reader: Iterator[list[str]], headings: list[str]) -> Iterator[tuple[int, Item]]:
    for values in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]  # The csv reader has it.
        item = {name: [value] for name, value in zip(headings, values, strict=False) if value}
        if "additional_image_link" in item:
            item["additional_image_link"] = item["additional_image_link"][0].split(",")
        yield line, item


def _grouped(items: Iterator[tuple[int, Item]], currency: str) -> Iterator[ProductRow | Problem]:
    """Neighbours of one item group become one product; groups torn apart are joined on writing."""
    open_product: ProductRow | None = None
    for line, item in items:
        try:
            product = _product(line, item, currency)
        except RowError as error:
            yield Problem(line, str(error.reason))
            continue
        if open_product and open_product.handle == product.handle:
            open_product.absorb(product)
            continue
        if open_product:
            yield open_product
        open_product = product
    if open_product:
        yield open_product


def _product(line: int, item: Item, currency: str) -> ProductRow:
    identity = _first(item, "id")
    if not identity:
        raise RowError(_("The id is missing."))
    if not _first(item, "title"):
        raise RowError(_("The title is missing."))
    handle = re.sub(r"[^a-z0-9]+", "-", (_first(item, "item_group_id") or identity).lower())
    handle = handle.strip("-")[:120]
    if not handle:
        raise RowError(_("The id has neither letters nor digits."))
    options = {name.capitalize(): _first(item, name)[:60] for name in OPTIONS if _first(item, name)}
    product = ProductRow(
        line=line,
        handle=handle,
        title=_first(item, "title")[:200],
        html=safe_html(_first(item, "description")),
        brand=_first(item, "brand")[:100],
        category=_first(item, "product_type") or _first(item, "google_product_category"),
        option_names=tuple(options) if _first(item, "item_group_id") else (),
    )
    product.variants.append(_variant(line, item, options if product.option_names else {}, currency))
    links = [*item.get("image_link", []), *item.get("additional_image_link", [])]
    product.pictures = [
        PictureRow(line=line, url=url.strip(), alt="", position=position)
        for position, url in enumerate(links[:MOST_PICTURES], start=1)
        if url.strip()
    ]
    return product


def _variant(line: int, item: Item, options: dict[str, str], currency: str) -> VariantRow:
    if not _first(item, "price"):
        raise RowError(_("The price is missing."))
    full = price_of(_first(item, "price"), currency)
    sale = price_of(_first(item, "sale_price"), currency) if _first(item, "sale_price") else None
    said = _first(item, "quantity") or _first(item, "sell_on_google_quantity")
    quantity = whole_number(said, most=LARGEST_QUANTITY, what=_("Stock")) if said else None
    if _first(item, "availability").replace(" ", "_") == "out_of_stock":
        quantity = 0
    return VariantRow(
        line=line,
        sku=_first(item, "id")[:64],
        options=options,
        price=full if sale is None else sale,
        compare_at=None if sale is None else full,
        weight_g=_weight(_first(item, "shipping_weight")),
        quantity=quantity,
    )


def _weight(text: str) -> int | None:
    if not text:
        return None
    found = re.fullmatch(r"([\d.]+)\s*(g|kg|lb|oz)", text.lower())
    if not found:
        raise RowError(_("“%(text)s” is no weight.") % {"text": text[:30]})
    grams = float(found[1]) * GRAMS[found[2]]
    return whole_number(str(grams), most=LARGEST_WEIGHT, what=_("Weight"))


def _first(item: Item, name: str) -> str:
    return item.get(name, [""])[0].strip()
