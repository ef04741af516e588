"""What a buyer, a store and an operator may read about orders."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from common.paging import KeysetPage, page_by_key
from orders.enums import (
    CANCELLABLE,
    OPEN_RETURNS,
    Attention,
    DeliveryState,
    OrderState,
    PaymentState,
    ReturnState,
)
from orders.models import Order, OrderLine, Purchase, ReturnLine, ReturnRequest
from privacy.fields import blind_index

PAGE_SIZE = 20
NOT_RECEIVED = (ReturnState.REQUESTED, ReturnState.APPROVED, ReturnState.SHIPPED_BACK)

FILTERS: dict[str, Q] = {
    "unpaid": Q(state=OrderState.PLACED),
    "to_send": Q(
        state=OrderState.CONFIRMED,
        delivery_state__in=[DeliveryState.NOT_SHIPPED, DeliveryState.PACKED],
    ),
    "under_way": Q(
        state=OrderState.CONFIRMED,
        delivery_state__in=[DeliveryState.SHIPPED, DeliveryState.READY],
    ),
    "delivered": Q(state=OrderState.CONFIRMED, delivery_state=DeliveryState.DELIVERED),
    "completed": Q(state=OrderState.COMPLETED),
    "ended": Q(state__in=[OrderState.CANCELLED, OrderState.EXPIRED]),
}
"""The filters of My Orders, by their name in the address."""


def orders_of(user: Any) -> "QuerySet[Order]":
    """The orders that this person placed."""
    return Order.objects.filter(buyer=user)


def order_of(user: Any, code: str) -> Order | None:
    """The person's own order with this code; somebody else's is not found."""
    return orders_of(user).select_related("purchase", "store").filter(code=code).first()


def purchase_of(user: Any, code: str) -> Purchase | None:
    """The person's own purchase with this code."""
    return Purchase.objects.filter(buyer=user, code=code).first()


def order_page(
    user: Any,
    *,
    state: str = "",
    code: str = "",
    after: str | None = None,
) -> "KeysetPage[Order]":
    """One page of My Orders, newest first, with lines, in two queries."""
    rows = orders_of(user).filter(FILTERS.get(state, Q()))
    if code:
        rows = rows.filter(code=code.strip().upper())
    lines = Prefetch("lines", OrderLine.objects.order_by("pk"))
    return page_by_key(
        rows.prefetch_related(lines), order=("-placed_at", "-id"), after=after, size=PAGE_SIZE
    )


def orders_of_stores(user: Any) -> "QuerySet[Order]":
    """The orders that concern the stores for which this person works; others do not exist."""
    return Order.objects.filter(store__members__user=user).exclude(
        payment_state=PaymentState.UNPAID
    )


def store_order(user: Any, code: str) -> Order | None:
    """An order of a store for which this person works."""
    return orders_of_stores(user).select_related("purchase", "store").filter(code=code).first()


def orders_with_phone(number: str) -> "QuerySet[Order]":
    """Orders whose recipient has this number, for staff."""
    return Order.objects.filter(phone_index=blind_index(Order, "phone_index", number))


def orders_with_tail(digits: str, day: dt.date) -> "QuerySet[Order]":
    """Orders of one day whose recipient's number ends in these four digits, for staff."""
    here = timezone.get_current_timezone()
    start = dt.datetime.combine(day, dt.time.min, tzinfo=here)
    return Order.objects.filter(
        phone_tail_index=blind_index(Order, "phone_tail_index", digits),
        placed_at__gte=start,
        placed_at__lt=start + dt.timedelta(days=1),
    )


# --- What can be done now ----------------------------------------------------------------


@dataclass(frozen=True)
class Possible:
    """What the buyer can do with an order now."""

    pay: bool
    cancel: bool
    confirm_receipt: bool
    ask_return: bool
    return_until: dt.datetime | None


def possible_now(
    order: Order, returns: list[ReturnRequest], returnable: dict[int, int]
) -> Possible:
    """What the buyer can do; the services check it again."""
    until = return_until(order)
    open_return = any(one.state in OPEN_RETURNS for one in returns)
    deal = order.state in {OrderState.CONFIRMED, OrderState.COMPLETED}
    return Possible(
        pay=order.state == OrderState.PLACED and order.purchase.expires_at > timezone.now(),
        cancel=may_cancel(order),
        confirm_receipt=order.state == OrderState.CONFIRMED
        and order.delivery_state in {DeliveryState.SHIPPED, DeliveryState.DELIVERED}
        and not open_return,
        ask_return=deal
        and until is not None
        and timezone.now() < until
        and any(returnable.values()),
        return_until=until if deal else None,
    )


def may_cancel(order: Order) -> bool:
    """Before payment always; after it until the parcel is packed."""
    if order.state == OrderState.PLACED:
        return True
    return order.state == OrderState.CONFIRMED and order.delivery_state in CANCELLABLE


def return_until(order: Order) -> dt.datetime | None:
    """Until when goods can be sent back: seven days after the day on which they arrived."""
    if order.delivered_at is None:
        return None
    here = timezone.get_current_timezone()
    day = order.delivered_at.astimezone(here).date() + dt.timedelta(days=settings.RETURN_DAYS + 1)
    return dt.datetime.combine(day, dt.time.min, tzinfo=here)


def returns_of(order: Order) -> list[ReturnRequest]:
    """The order's returns with their lines, oldest first."""
    lines = Prefetch("lines", ReturnLine.objects.select_related("line").order_by("pk"))
    return list(order.returns.prefetch_related(lines).order_by("pk"))


def returnable(lines: list[OrderLine], returns: list[ReturnRequest]) -> dict[int, int]:
    """How many of each line (by id) can still be sent back; exempt goods never."""
    asked: dict[int, int] = {}
    for one in returns:
        if one.state in NOT_RECEIVED:
            for row in one.lines.all():
                asked[row.line_id] = asked.get(row.line_id, 0) + row.quantity
    return {
        line.pk: 0
        if line.no_return
        else max(0, line.quantity - line.refunded_quantity - asked.get(line.pk, 0))
        for line in lines
    }


def staff_steps(order: Order) -> dict[str, bool]:
    """Which steps make sense for staff now; the services check it again."""
    confirmed = order.state == OrderState.CONFIRMED
    waiting = confirmed and order.delivery_state == DeliveryState.NOT_SHIPPED
    return {
        "pack": confirmed
        and order.method == "carrier"
        and order.delivery_state in {DeliveryState.NOT_SHIPPED, DeliveryState.PACKED},
        "ready": waiting and order.method == "pickup",
        "hand_over": confirmed and order.delivery_state == DeliveryState.READY,
        "cancel": may_cancel(order),
        "give_up": confirmed
        and order.delivery_state in {DeliveryState.LOST, DeliveryState.RETURNED},
        "looked_at": order.attention != Attention.NONE,
    }
