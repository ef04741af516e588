"""The one way in which an order moves, on each of its axes."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders import signals
from orders.enums import (
    DELIVERY_MOVES,
    ORDER_MOVES,
    PAYMENT_MOVES,
    Attention,
    DeliveryState,
    EventKind,
    OrderState,
    PaymentState,
    Source,
)
from orders.models import Order, OrderEvent


def move_order(order: Order, to: OrderState, **also: object) -> bool:
    """Move the deal; True for the one who made the move. `order` is brought up to date."""
    return _move(order, "state", to, ORDER_MOVES[to], also)


def move_payment(order: Order, to: PaymentState, **also: object) -> bool:
    """Move the money; True for the one who made the move."""
    return _move(order, "payment_state", to, PAYMENT_MOVES[to], also)


def move_delivery(order: Order, to: DeliveryState, **also: object) -> bool:
    """Move the goods; True for the one who made the move."""
    return _move(order, "delivery_state", to, DELIVERY_MOVES[to], also)


def _move(order: Order, axis: str, to: str, allowed: frozenset[Any], also: dict[str, Any]) -> bool:
    values = {axis: to, **also}
    moved = Order.objects.filter(pk=order.pk, **{f"{axis}__in": allowed}).update(**values)
    if moved:
        for name, value in values.items():
            setattr(order, name, value)
    return bool(moved)


def note(
    order: Order,
    kind: EventKind,
    *,
    source: Source,
    key: str = "",
    actor: UUID | None = None,
    detail: str = "",
    amount: int | None = None,
    happened_at: datetime | None = None,
) -> OrderEvent:
    """Write one line of the timeline, once per key (by default once per kind)."""
    event, created = OrderEvent.objects.get_or_create(
        order=order,
        key=(f"{kind}:{key}" if key else str(kind))[:80],
        defaults={
            "kind": kind,
            "source": source,
            "actor": actor,
            "detail": detail[:60],
            "amount": amount,
            "happened_at": happened_at or timezone.now(),
        },
    )
    if created:
        transaction.on_commit(
            partial(signals.order_moved.send_robust, Order, order=order, event=event)
        )
    return event


def call_for_attention(order: Order, what: Attention) -> None:
    """Put the order before an operator's eyes; what is there already stays."""
    now = timezone.now()
    if Order.objects.filter(pk=order.pk, attention=Attention.NONE).update(
        attention=what, attention_at=now
    ):
        order.attention, order.attention_at = what, now


def looked_at(order: Order, actor: Any) -> bool:
    """An operator has seen to it."""
    was = order.attention
    with transaction.atomic():
        seen = (
            Order.objects.filter(pk=order.pk)
            .exclude(attention=Attention.NONE)
            .update(attention=Attention.NONE, attention_at=None)
        )
        if seen:
            note(
                order,
                EventKind.LOOKED_AT,
                source=Source.MALL,
                actor=actor.subject,
                key=timezone.now().isoformat(),
                detail=was,
            )
    return bool(seen)
