"""The states of orders and returns, one axis each, and the moves that are allowed.

Each table names a target and the states from which it may be reached.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """The deal itself."""

    PLACED = "placed", _("Waiting for payment")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Not paid in time")


ORDER_MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset(),
    # Money may arrive after we gave up waiting; while the goods are there, the deal stands.
    OrderState.CONFIRMED: frozenset({OrderState.PLACED, OrderState.EXPIRED}),
    OrderState.COMPLETED: frozenset({OrderState.CONFIRMED}),
    OrderState.CANCELLED: frozenset({OrderState.PLACED, OrderState.CONFIRMED, OrderState.EXPIRED}),
    OrderState.EXPIRED: frozenset({OrderState.PLACED}),
}

ENDED = (OrderState.COMPLETED, OrderState.CANCELLED, OrderState.EXPIRED)


class PaymentState(models.TextChoices):
    """The money of one order."""

    UNPAID = "unpaid", _("Not paid")
    PAID = "paid", _("Paid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")


PAYMENT_MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.UNPAID: frozenset(),
    PaymentState.PAID: frozenset({PaymentState.UNPAID}),
    PaymentState.PARTLY_REFUNDED: frozenset({PaymentState.PAID, PaymentState.PARTLY_REFUNDED}),
    PaymentState.REFUNDED: frozenset({PaymentState.PAID, PaymentState.PARTLY_REFUNDED}),
}


class DeliveryState(models.TextChoices):
    """The goods on their way."""

    NOT_SHIPPED = "not_shipped", _("Not sent yet")
    PACKED = "packed", _("Packed")
    READY = "ready", _("Ready for pick-up")
    SHIPPED = "shipped", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Came back to the store")
    LOST = "lost", _("Lost on the way")


DELIVERY_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    # A parcel that the carrier never took can be unpacked again.
    DeliveryState.NOT_SHIPPED: frozenset({DeliveryState.PACKED, DeliveryState.READY}),
    DeliveryState.PACKED: frozenset({DeliveryState.NOT_SHIPPED}),
    DeliveryState.READY: frozenset({DeliveryState.NOT_SHIPPED}),
    DeliveryState.SHIPPED: frozenset({DeliveryState.NOT_SHIPPED, DeliveryState.PACKED}),
    # The carrier's news may skip a step; a parcel that was lost may be found.
    DeliveryState.DELIVERED: frozenset(
        {
            DeliveryState.NOT_SHIPPED,
            DeliveryState.PACKED,
            DeliveryState.READY,
            DeliveryState.SHIPPED,
            DeliveryState.LOST,
        }
    ),
    DeliveryState.RETURNED: frozenset(
        {DeliveryState.PACKED, DeliveryState.SHIPPED, DeliveryState.LOST}
    ),
    DeliveryState.LOST: frozenset({DeliveryState.PACKED, DeliveryState.SHIPPED}),
}

CANCELLABLE = (DeliveryState.NOT_SHIPPED, DeliveryState.READY)
"""Before the parcel is packed for the carrier, and while it waits at the store."""


class ReturnState(models.TextChoices):
    """A return, from the request to the money."""

    REQUESTED = "requested", _("Asked for")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    SHIPPED_BACK = "shipped_back", _("On its way back")
    RECEIVED = "received", _("Received by the store")
    REFUNDED = "refunded", _("Refunded")
    WITHDRAWN = "withdrawn", _("Withdrawn")


RETURN_MOVES: dict[ReturnState, frozenset[ReturnState]] = {
    ReturnState.REQUESTED: frozenset(),
    ReturnState.APPROVED: frozenset({ReturnState.REQUESTED}),
    ReturnState.REFUSED: frozenset({ReturnState.REQUESTED}),
    ReturnState.SHIPPED_BACK: frozenset({ReturnState.APPROVED}),
    # Goods handed over at the store's counter were never on their way.
    ReturnState.RECEIVED: frozenset({ReturnState.APPROVED, ReturnState.SHIPPED_BACK}),
    ReturnState.REFUNDED: frozenset({ReturnState.RECEIVED}),
    ReturnState.WITHDRAWN: frozenset({ReturnState.REQUESTED, ReturnState.APPROVED}),
}

OPEN_RETURNS = (
    ReturnState.REQUESTED,
    ReturnState.APPROVED,
    ReturnState.SHIPPED_BACK,
    ReturnState.RECEIVED,
)


class ReturnReason(models.TextChoices):
    """Why the buyer sends something back."""

    CHANGED_MIND = "changed_mind", _("I changed my mind")
    DAMAGED = "damaged", _("It arrived damaged")
    WRONG_ITEM = "wrong_item", _("It is not what I ordered")
    NOT_AS_DESCRIBED = "not_as_described", _("It is not as described")


OUR_FAULT = (ReturnReason.DAMAGED, ReturnReason.WRONG_ITEM, ReturnReason.NOT_AS_DESCRIBED)
"""Reasons for which the store also pays the shipping fee back, when everything comes back."""


class RefusalReason(models.TextChoices):
    """Why staff refuse a return; the buyer reads it."""

    USED = "used", _("It was used beyond what trying it needs")
    INCOMPLETE = "incomplete", _("Something is missing")
    EXEMPT = "exempt", _("These goods are exempt from return, as confirmed before the purchase")
    NOT_OURS = "not_ours", _("It does not come from this order")


class RefundState(models.TextChoices):
    """A refund as the order sees it; the payments app knows the attempts."""

    REQUESTED = "requested", _("On its way to you")
    SETTLED = "settled", _("Refunded")
    FAILED = "failed", _("We are looking into it")


REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    RefundState.REQUESTED: frozenset({RefundState.FAILED}),
    RefundState.SETTLED: frozenset({RefundState.REQUESTED, RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.REQUESTED}),
}


class EndReason(models.TextChoices):
    """Why an order ended without being delivered."""

    BUYER = "buyer", _("You cancelled it")
    STORE = "store", _("The store cancelled it")
    UNPAID = "unpaid", _("It was not paid in time")
    SOLD_OUT = "sold_out", _("It was paid when the goods were sold out already")
    PAID_LATE = "paid_late", _("It was paid after it had been cancelled")
    LOST = "lost", _("It was lost on its way")
    CAME_BACK = "came_back", _("It could not be delivered")
    LEFT = "left", _("You closed your account before it was sent")


class Attention(models.TextChoices):
    """What an operator must look at."""

    NONE = "", _("Nothing")
    SOLD_OUT = "sold_out", _("Paid but sold out")
    PAID_LATE = "paid_late", _("Paid after it had ended")
    LOST = "lost", _("Parcel lost")
    CAME_BACK = "came_back", _("Parcel came back")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    REFUND_DUE = "refund_due", _("Refund is due")


class Source(models.TextChoices):
    """Who told us."""

    BUYER = "buyer", _("You")
    MALL = "mall", _("The mall")
    STORE = "store", _("The store")
    PAYMENT_PARTNER = "payment", _("Payment partner")
    CARRIER = "carrier", _("Carrier")


class EventKind(models.TextChoices):
    """What a line of an order's timeline tells."""

    PLACED = "placed", _("Order placed")
    PAYMENT_FAILED = "payment_failed", _("An attempt to pay failed")
    PAID = "paid", _("Paid")
    PAID_LATE = "paid_late", _("Paid after the time was over")
    CONFIRMED = "confirmed", _("Order confirmed")
    SOLD_OUT = "sold_out", _("Paid, but sold out by then")
    EXPIRED = "expired", _("Not paid in time")
    CANCELLED = "cancelled", _("Order cancelled")
    PACKED = "packed", _("Packed")
    READY = "ready", _("Ready for pick-up")
    SHIPPED = "shipped", _("Handed to the carrier")
    DELIVERED = "delivered", _("Delivered")
    CAME_BACK = "came_back", _("Came back to the store")
    LOST = "lost", _("Lost on the way")
    RECEIPT_CONFIRMED = "receipt_confirmed", _("Receipt confirmed")
    COMPLETED = "completed", _("Order completed")
    RETURN_REQUESTED = "return_requested", _("Return asked for")
    RETURN_APPROVED = "return_approved", _("Return approved")
    RETURN_REFUSED = "return_refused", _("Return refused")
    RETURN_SHIPPED = "return_shipped", _("Sent back")
    RETURN_RECEIVED = "return_received", _("Return received")
    RETURN_WITHDRAWN = "return_withdrawn", _("Return withdrawn")
    REFUND_REQUESTED = "refund_requested", _("Refund started")
    REFUND_SETTLED = "refund_settled", _("Refunded")
    REFUND_FAILED = "refund_failed", _("Refund did not go through")
    LOOKED_AT = "looked_at", _("Looked at by staff")


class EntryKind(models.TextChoices):
    """Lines of the money ledger."""

    GOODS = "goods", _("Goods")
    SHIPPING = "shipping", _("Shipping")
    REFUND_GOODS = "refund_goods", _("Refund of goods")
    REFUND_SHIPPING = "refund_shipping", _("Refund of shipping")


class DeliveryWish(models.TextChoices):
    """When the buyer would like to be visited; optional."""

    ANY = "", _("Any time")
    WEEKDAYS = "weekdays", _("Weekdays")
    WEEKENDS = "weekends", _("Weekends and holidays")
    EVENINGS = "evenings", _("Evenings")
