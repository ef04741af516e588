"""What every product file is turned into before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import nh3
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import RuleError
from common.money import parse_amount

TAGS = {
    "p", "br", "ul", "ol", "li", "strong", "b", "em", "i", "h3", "h4", "blockquote", "table",
    "thead", "tbody", "tr", "th", "td", "span",
}  # fmt: skip
LONGEST_DESCRIPTION = 20_000
LARGEST_PRICE = 100_000_000
LARGEST_QUANTITY = 1_000_000
LARGEST_WEIGHT = 1_000_000


class RowError(Exception):
    """One row cannot be taken over; the message is a sentence for the person who uploads."""

    def __init__(self, reason: "str | Promise") -> None:
        super().__init__(str(reason))
        self.reason = reason


class FileError(Exception):
    """The file as a whole cannot be read; the message is a sentence."""


@dataclass(frozen=True)
class Problem:
    """A row that is skipped: the line of the file where it starts, and why."""

    line: int
    reason: str


@dataclass
class VariantRow:
    """One thing one can buy. Prices in minor units, weight in grams; None means not said."""

    line: int
    sku: str
    options: dict[str, str]
    price: int
    compare_at: int | None = None
    weight_g: int | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class PictureRow:
    """The address of a picture and its text."""

    line: int
    url: str
    alt: str
    position: int


@dataclass
class ProductRow:
    """One product with its variants and pictures, as far as its rows are sound."""

    line: int
    handle: str
    title: str
    html: str = ""
    brand: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    published: bool = True
    option_names: tuple[str, ...] = ()
    variants: list[VariantRow] = field(default_factory=list)
    pictures: list[PictureRow] = field(default_factory=list)

    def absorb(self, other: "ProductRow") -> None:
        """Take over what a later block of the same handle adds."""
        self.variants += other.variants
        self.pictures += other.pictures


class Reader(Protocol):
    """A kind of file. `unknown` holds the columns nobody reads, once rows have been read."""

    @property
    def unknown(self) -> list[str]:
        """Columns and elements that nobody reads."""
        ...

    def rows(self) -> Iterator[ProductRow | Problem]:
        """Products and problems in the order of the file, never the whole file at once."""
        ...


def safe_html(text: str) -> str:
    """A description with plain formatting only; scripts, styles, links and pictures are gone."""
    return nh3.clean(text[:LONGEST_DESCRIPTION], tags=TAGS, attributes={}).strip()


def price_of(text: str, currency: str) -> int:
    """A price in minor units; "15.00 CNY" must name the mall's currency. Raises RowError."""
    parts = text.replace(",", "").split()
    named = [part for part in parts if part.isalpha() and len(part) == 3]
    if named and named[0].upper() != currency:
        raise RowError(_("The price is in %(other)s.") % {"other": named[0][:8]})
    numbers = [part for part in parts if part not in named]
    try:
        amount = parse_amount(numbers[0], currency)
    except (RuleError, IndexError) as error:
        raise RowError(_("“%(text)s” is no price.") % {"text": text[:30]}) from error
    if not 0 <= amount <= LARGEST_PRICE:
        raise RowError(_("The price %(text)s is out of bounds.") % {"text": text[:30]})
    return amount


def whole_number(text: str, *, most: int, what: "str | Promise") -> int:
    """A number from 0 to `most`. Raises RowError."""
    try:
        number = round(float(text))
    except (ValueError, OverflowError) as error:
        raise RowError(
            _("%(what)s: “%(text)s” is no number.") % {"what": what, "text": text[:30]}
        ) from error
    if not 0 <= number <= most:
        raise RowError(
            _("%(what)s: %(text)s is out of bounds.") % {"what": what, "text": text[:30]}
        )
    return number
