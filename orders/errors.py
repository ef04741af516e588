"""Refusals of this app: a code for programs, a sentence for people."""

from django.utils.translation import gettext_lazy as _

from common.errors import RuleError


class OrderError(RuleError):
    """Base of the refusals below."""


class UnknownGoods(OrderError):
    """Nothing is for sale under this SKU."""

    def __init__(self) -> None:
        super().__init__("unknown_goods", _("This is not for sale any more."))


class CartFull(OrderError):
    """The cart holds as many different goods as it may."""

    def __init__(self) -> None:
        super().__init__(
            "cart_full", _("Your cart is full. Please order or remove something first.")
        )


class CartOrdered(OrderError):
    """Another window ordered this cart a moment ago."""

    def __init__(self) -> None:
        super().__init__(
            "cart_ordered", _("This cart was ordered a moment ago. You find it in your orders.")
        )


class NothingToOrder(OrderError):
    """No line of the cart can be ordered now."""

    def __init__(self) -> None:
        super().__init__(
            "nothing_to_order", _("There is nothing in your cart that can be ordered.")
        )


class MayNotTrade(OrderError):
    """The person is no member yet, or too young."""

    def __init__(self) -> None:
        super().__init__("may_not_trade", _("This account cannot buy yet."))


class Changed(OrderError):
    """Price, fee or stock differ from what the buyer saw. `changes` are sentences."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__("changed", _("Something changed since you saw this page."))
        self.changes = changes


class NotAllowedNow(OrderError):
    """The order is not in a state in which this can be done."""

    def __init__(self) -> None:
        super().__init__(
            "not_allowed_now", _("This cannot be done any more. The page shows how things stand.")
        )


class TooLateToReturn(OrderError):
    """The days for sending back are over, or have not begun."""

    def __init__(self) -> None:
        super().__init__("too_late", _("The time for sending this back is not running."))


class NotReturnable(OrderError):
    """Exempt goods, or more than was bought and not sent back yet."""

    def __init__(self) -> None:
        super().__init__(
            "not_returnable", _("Please choose goods and quantities that can be sent back.")
        )


class ConfirmExempt(OrderError):
    """Exempt goods need the buyer's confirmation before they are bought."""

    def __init__(self) -> None:
        super().__init__(
            "confirm_exempt",
            _("Please confirm that you know which goods cannot be sent back, or remove them."),
        )
