"""Packing, handing over, and what the parcel's news mean for the order."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.locks import lock_rows
from delivery.enums import MethodCode
from delivery.models import Parcel
from delivery.queries import parcel_for, pickup_code
from delivery.services import hand_over as hand_over_parcel
from delivery.services import mark_ready, ship
from orders.enums import (
    OPEN_RETURNS,
    Attention,
    DeliveryState,
    EventKind,
    OrderState,
    Source,
)
from orders.errors import NotAllowedNow
from orders.models import Order
from orders.services.moves import call_for_attention, move_delivery, move_order, note
from orders.services.telling import tell


def pack(order: Order, actor: Any) -> None:
    """The goods are packed: call the carrier. A second time changes nothing.

    Raises `NotAllowedNow`.
    """
    with transaction.atomic():
        locked, parcel = _to_send(order, MethodCode.CARRIER)
        if move_delivery(locked, DeliveryState.PACKED):
            note(locked, EventKind.PACKED, source=Source.STORE, actor=actor.subject)
        if locked.delivery_state == DeliveryState.PACKED:
            ship(parcel, actor)  # Also once more, where the carrier had refused it.
    order.refresh_from_db()


def make_ready(order: Order, actor: Any) -> None:
    """The goods wait at the store; the buyer gets the pick-up code. Raises `NotAllowedNow`."""
    with transaction.atomic():
        locked, parcel = _to_send(order, MethodCode.PICKUP)
        if locked.delivery_state == DeliveryState.NOT_SHIPPED:
            mark_ready(parcel, actor)
            _ready(locked)
    order.refresh_from_db()


def hand_over(order: Order, code: str, actor: Any) -> None:
    """Give the goods to whoever shows the code.

    Raises `NotAllowedNow`, and the delivery app's refusals of a wrong code; a wrong try counts,
    so this may not run inside a transaction.
    """
    parcel = parcel_for(order.code)
    if parcel is None or order.method != MethodCode.PICKUP or order.state != OrderState.CONFIRMED:
        raise NotAllowedNow
    hand_over_parcel(parcel, code, actor)
    order.refresh_from_db()


def _to_send(order: Order, method: MethodCode) -> tuple[Order, Parcel]:
    (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
    parcel = parcel_for(locked.code)
    if locked.state != OrderState.CONFIRMED or locked.method != method or parcel is None:
        raise NotAllowedNow
    return locked, parcel


# --- News of the parcel --------------------------------------------------------------------


def collected(order: Order, parcel: Parcel) -> None:
    """The carrier has it."""
    at = parcel.collected_at or timezone.now()
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        if move_delivery(locked, DeliveryState.SHIPPED, shipped_at=at):
            note(locked, EventKind.SHIPPED, source=Source.CARRIER, happened_at=at)
            tell(locked, "orders.shipped")


def ready(order: Order) -> None:
    """It waits at the store."""
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        _ready(locked)


def _ready(locked: Order) -> None:
    if not move_delivery(locked, DeliveryState.READY):
        return
    note(locked, EventKind.READY, source=Source.STORE, key=timezone.now().isoformat())
    parcel = parcel_for(locked.code)
    tell(locked, "orders.ready", pickup_code=pickup_code(parcel) if parcel else "")


def delivered(order: Order, parcel: Parcel) -> None:
    """The buyer has it: the time for returns and for completion begins."""
    at = parcel.delivered_at or timezone.now()
    source = Source.STORE if order.method == MethodCode.PICKUP else Source.CARRIER
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        if not move_delivery(
            locked, DeliveryState.DELIVERED, delivered_at=locked.delivered_at or at
        ):
            return
        if locked.attention == Attention.LOST:
            Order.objects.filter(pk=locked.pk).update(attention=Attention.NONE, attention_at=None)
        note(locked, EventKind.DELIVERED, source=source, happened_at=at)
        tell(locked, "orders.delivered", days=str(settings.COMPLETE_AFTER_DAYS))


def came_back(order: Order) -> None:
    """Nobody could take it: an operator decides with the buyer."""
    _trouble(order, DeliveryState.RETURNED, EventKind.CAME_BACK, Attention.CAME_BACK)


def lost(order: Order) -> None:
    """The carrier has given it up: an operator pays back or sends anew."""
    _trouble(order, DeliveryState.LOST, EventKind.LOST, Attention.LOST)


def _trouble(order: Order, to: DeliveryState, kind: EventKind, attention: Attention) -> None:
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        if move_delivery(locked, to):
            note(locked, kind, source=Source.CARRIER)
            call_for_attention(locked, attention)
            tell(locked, f"orders.{kind}")


# --- Completing ----------------------------------------------------------------------------


def confirm_receipt(order: Order, buyer: Any) -> None:
    """The buyer says that everything arrived; a second time changes nothing.

    Raises `NotAllowedNow` before the goods left the store and while a return is open.
    """
    now = timezone.now()
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        if locked.state == OrderState.COMPLETED:
            return
        if (
            locked.state != OrderState.CONFIRMED
            or locked.delivery_state not in {DeliveryState.SHIPPED, DeliveryState.DELIVERED}
            or has_open_return(locked)
        ):
            raise NotAllowedNow
        note(locked, EventKind.RECEIPT_CONFIRMED, source=Source.BUYER, actor=buyer.subject)
        if move_delivery(locked, DeliveryState.DELIVERED, delivered_at=now):
            note(locked, EventKind.DELIVERED, source=Source.BUYER, happened_at=now)
        _complete(locked, now, Source.BUYER)
    order.refresh_from_db()


def complete_if_due(order: Order) -> bool:
    """Complete a delivered order after ten days, once no return is open."""
    now = timezone.now()
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        due = locked.delivered_at is not None and locked.delivered_at <= now - dt.timedelta(
            days=settings.COMPLETE_AFTER_DAYS
        )
        if locked.state != OrderState.CONFIRMED or not due or has_open_return(locked):
            return False
        return _complete(locked, now, Source.MALL)


def has_open_return(order: Order) -> bool:
    """Whether goods of this order are on their way back, or money is."""
    return order.returns.filter(state__in=OPEN_RETURNS).exists()


def _complete(order: Order, now: dt.datetime, source: Source) -> bool:
    moved = move_order(order, OrderState.COMPLETED, completed_at=now, clock_at=now)
    if moved:
        note(order, EventKind.COMPLETED, source=source, happened_at=now)
        tell(order, "orders.completed")
    return moved
