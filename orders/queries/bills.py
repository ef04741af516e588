"""What the cart in hand would cost, delivery included, and what changed since it was shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import format_money
from delivery.enums import MethodCode
from delivery.errors import NotDelivered
from delivery.fees import Method, Quote, QuoteRequest, methods_for_stores, quotes, rates_of
from orders.queries.carts import PricedCart, PricedLine, StoreGroup

CARRIER = MethodCode.CARRIER.value
PICKUP = MethodCode.PICKUP.value


@dataclass(frozen=True)
class StoreBill:
    """What one store asks for. The fee is known once the address says where to."""

    group: StoreGroup
    method: str
    methods: list[Method]
    quote: Quote | NotDelivered

    @property
    def is_known(self) -> bool:
        """Whether the store delivers there, and for how much."""
        return isinstance(self.quote, Quote)

    @property
    def fee(self) -> int:
        """The shipping fee, 0 while it is not known."""
        return self.quote.fee if isinstance(self.quote, Quote) else 0

    @property
    def reason(self) -> str:
        """What the fee depends on, or why there is none."""
        return self.quote.reason if isinstance(self.quote, Quote) else str(self.quote)

    @property
    def total(self) -> int:
        """Goods and delivery."""
        return self.group.goods_total + self.fee

    @property
    def is_pickup(self) -> bool:
        """Whether the buyer fetches it."""
        return self.method == PICKUP


@dataclass(frozen=True)
class Bill:
    """Everything that would be ordered now, and its price."""

    cart: PricedCart
    stores: list[StoreBill]

    @property
    def goods_total(self) -> int:
        """All goods."""
        return sum(one.group.goods_total for one in self.stores)

    @property
    def shipping_total(self) -> int:
        """All shipping fees."""
        return sum(one.fee for one in self.stores)

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.goods_total + self.shipping_total

    @property
    def needs_address(self) -> bool:
        """Whether a carrier has to find the buyer."""
        return any(not one.is_pickup for one in self.stores)

    @property
    def shown(self) -> str:
        """What the page shows, to be compared when it comes back. Not trusted for prices."""
        lines = {
            line.sku: [line.quantity, line.goods.price]
            for one in self.stores
            for line in one.group.orderable
        }
        fees = {one.group.store.slug: one.fee for one in self.stores if one.is_known}
        return json.dumps({"lines": lines, "fees": fees, "total": self.total})


def bill(cart: PricedCart, *, methods: Mapping[str, str], province: str) -> Bill:
    """The bill for these delivery methods (by the store's slug) to this province."""
    groups = cart.orderable_groups
    stores = [group.store for group in groups]
    rates = rates_of(stores)
    offered = methods_for_stores(stores, rates)
    chosen = {
        group.store.pk: _chosen(methods.get(group.store.slug, ""), offered[group.store.pk])
        for group in groups
    }
    wanted = [
        QuoteRequest(
            store=group.store,
            method=chosen[group.store.pk],
            province=province,
            weight_g=group.weight_g,
            goods_total=group.goods_total,
        )
        for group in groups
    ]
    answers = quotes(wanted, rates)
    return Bill(
        cart,
        [
            StoreBill(
                group, chosen[group.store.pk], offered[group.store.pk], answers[group.store.pk]
            )
            for group in groups
        ],
    )


def _chosen(wish: str, offered: list[Method]) -> str:
    codes = [str(method.code) for method in offered]
    return wish if wish in codes else codes[0]


# --- What changed -------------------------------------------------------------------------


def differences(shown: str, now: Bill) -> list[str]:
    """Each change since the page was shown, as a sentence; empty when nothing changed."""
    before = _read(shown)
    if before is None:
        return [_("Please look at the total once more before you order.")]
    changes: list[str] = []
    lines = {line.sku: line for line in now.cart.lines}
    for sku, (quantity, price) in before["lines"].items():
        changes += _line_changes(lines.get(sku), quantity, price, now.cart.currency)
    known = before["lines"]
    changes += [
        _("“%(name)s” came into your cart meanwhile.") % {"name": line.goods.name}
        for line in now.cart.lines
        if line.quantity and line.sku not in known
    ]
    changes += _fee_changes(before["fees"], now)
    if not changes and before["total"] != now.total:
        changes.append(_("The total is now %(total)s.") % {"total": _money(now.total, now)})
    return changes


def _line_changes(line: PricedLine | None, quantity: int, price: int, currency: str) -> list[str]:
    if line is None:
        return [_("Something was taken out of your cart in another window.")]
    name = line.goods.name
    if not line.quantity:
        return [_("“%(name)s” has just been sold out. It stays in your cart.") % {"name": name}]
    changes = []
    if line.goods.price != price:
        changes.append(
            _("“%(name)s” now costs %(now)s; it was %(before)s.")
            % {
                "name": name,
                "now": format_money(line.goods.price, currency),
                "before": format_money(price, currency),
            }
        )
    if line.quantity < quantity:
        changes.append(
            ngettext(
                "Only %(count)s of “%(name)s” is left.",
                "Only %(count)s of “%(name)s” are left.",
                line.quantity,
            )
            % {"count": line.quantity, "name": name}
        )
    elif line.quantity != quantity:
        changes.append(
            _("You now order %(count)s of “%(name)s”.") % {"count": line.quantity, "name": name}
        )
    return changes


def _fee_changes(before: Mapping[str, int], now: Bill) -> list[str]:
    changes = []
    for one in now.stores:
        slug = one.group.store.slug
        if not one.is_known:
            continue
        if slug not in before:
            changes.append(
                _("Delivery from %(store)s costs %(now)s.")
                % {"store": one.group.store.name, "now": _money(one.fee, now)}
            )
        elif before[slug] != one.fee:
            changes.append(
                _("Delivery from %(store)s now costs %(now)s; it was %(before)s.")
                % {
                    "store": one.group.store.name,
                    "now": _money(one.fee, now),
                    "before": _money(before[slug], now),
                }
            )
    return changes


def _money(amount: int, now: Bill) -> str:
    return format_money(amount, now.cart.currency)


def _read(shown: str) -> dict[str, Any] | None:
    """What came back from the page, or None when it is not what we had written there."""
    try:
        content = json.loads(shown)
        lines = {str(sku): (int(q), int(p)) for sku, (q, p) in content["lines"].items()}
        fees = {str(slug): int(fee) for slug, fee in content["fees"].items()}
        return {"lines": lines, "fees": fees, "total": int(content["total"])}
    except (ValueError, OverflowError, RecursionError, TypeError, KeyError, AttributeError):
        return None
