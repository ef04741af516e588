"""Refusals of this app: a code for programs, a sentence for people."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.errors import RuleError


class StockError(RuleError):
    """Base of the refusals of the stock."""


class SoldOut(StockError):
    """There is not enough of something; nothing was reserved.

    `short` names each variant that is short, by its id, with the number that is left of it.
    """

    def __init__(self, short: Mapping[int, int]) -> None:
        super().__init__("sold_out", _("There is not enough left of what you asked for."))
        self.short = dict(short)


class ReservationEnded(StockError):
    """The reference holds nothing (any more): a new try needs a new reference."""

    def __init__(self) -> None:
        super().__init__("reservation_ended", _("What was set aside has been given back."))


class BelowReserved(StockError):
    """Fewer than are promised to orders cannot be on hand."""

    def __init__(self, reserved: int) -> None:
        super().__init__(
            "below_reserved",
            ngettext(
                "%(count)s is promised to an order: the stock cannot be less.",
                "%(count)s are promised to orders: the stock cannot be less.",
                reserved,
            )
            % {"count": reserved},
        )
        self.reserved = reserved
