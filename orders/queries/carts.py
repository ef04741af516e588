"""What a cart is worth now, line by line, grouped by store."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.conf import settings

from catalog.queries import CartVariant, variants_for_cart
from orders.models import Cart, CartLine
from stores.models import Store


@dataclass(frozen=True)
class PricedLine:
    """A line of a cart as it stands now. `wanted` is what the buyer asked for, `quantity` what
    can be ordered of it."""

    line: CartLine
    goods: CartVariant

    @property
    def sku(self) -> str:
        """The article number."""
        return self.goods.sku

    @property
    def wanted(self) -> int:
        """As many as the buyer asked for."""
        return self.line.quantity

    @property
    def quantity(self) -> int:
        """As many as can be ordered now; 0 for what is not on sale."""
        return min(self.line.quantity, self.goods.available) if self.goods.active else 0

    @property
    def total(self) -> int:
        """The price of what can be ordered."""
        return self.goods.price * self.quantity

    @property
    def price_change(self) -> int:
        """By how much one costs more than the buyer last saw; below zero it is cheaper."""
        return self.goods.price - self.line.price_shown

    @property
    def problem(self) -> str:
        """`gone`, `sold_out`, `fewer`, or nothing."""
        if not self.goods.active:
            return "gone"
        if not self.quantity:
            return "sold_out"
        return "fewer" if self.quantity < self.wanted else ""


@dataclass
class StoreGroup:
    """The lines of one store."""

    store: Store
    lines: list[PricedLine] = field(default_factory=list)

    @property
    def orderable(self) -> list[PricedLine]:
        """What can be ordered now."""
        return [line for line in self.lines if line.quantity]

    @property
    def goods_total(self) -> int:
        """The price of what can be ordered."""
        return sum(line.total for line in self.lines)

    @property
    def weight_g(self) -> int:
        """What it weighs."""
        return sum(line.goods.weight_g * line.quantity for line in self.lines)


@dataclass
class PricedCart:
    """A cart with the prices of this moment."""

    cart: Cart | None
    groups: list[StoreGroup]
    removed: list[PricedLine]

    @cached_property
    def lines(self) -> list[PricedLine]:
        """Every line that was not removed."""
        return [line for group in self.groups for line in group.lines]

    @property
    def orderable_groups(self) -> list[StoreGroup]:
        """Stores of which something can be ordered, in the order in which they are locked."""
        return sorted((g for g in self.groups if g.orderable), key=lambda group: group.store.pk)

    @property
    def left_out(self) -> list[PricedLine]:
        """Lines of which nothing can be ordered now."""
        return [line for line in self.lines if not line.quantity]

    @property
    def exempt(self) -> list[PricedLine]:
        """Goods that cannot be sent back, which the buyer has to confirm."""
        return [line for line in self.lines if line.quantity and line.goods.no_return]

    @property
    def goods_total(self) -> int:
        """The price of everything that can be ordered."""
        return sum(group.goods_total for group in self.groups)

    @property
    def count(self) -> int:
        """How many things can be ordered."""
        return sum(line.quantity for line in self.lines)

    @property
    def price_changes(self) -> list[PricedLine]:
        """Lines whose price differs from what the buyer last saw."""
        return [line for line in self.lines if line.price_change and line.goods.active]

    @property
    def currency(self) -> str:
        """The currency of the mall."""
        return str(settings.CURRENCY)


def priced(cart: Cart | None) -> PricedCart:
    """The cart as it stands now, in three queries whatever its length."""
    if cart is None:
        return PricedCart(None, [], [])
    return _priced(cart, list(CartLine.objects.filter(cart=cart).order_by("added_at", "pk")))


def priced_cart_of(user: Any) -> PricedCart:
    """The person's open cart as it stands now, found and priced in three queries."""
    lines = list(
        CartLine.objects.filter(cart__user=user, cart__ordered_at=None)
        .select_related("cart")
        .order_by("added_at", "pk")
    )
    return _priced(lines[0].cart, lines) if lines else PricedCart(None, [], [])


def _priced(cart: Cart, lines: list[CartLine]) -> PricedCart:
    goods = variants_for_cart([line.variant_id for line in lines])
    groups: dict[int, StoreGroup] = {}
    removed = []
    for line in lines:
        if line.variant_id not in goods:
            continue
        here = PricedLine(line, goods[line.variant_id])
        if line.removed_at is not None:
            removed.append(here)
            continue
        store = here.goods.store
        groups.setdefault(store.pk, StoreGroup(store)).lines.append(here)
    return PricedCart(cart, list(groups.values()), removed)
