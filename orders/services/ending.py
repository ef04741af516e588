"""Orders that come to nothing: cancelled by the buyer or the store, or not paid in time."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from catalog.services import stock
from common.locks import lock_rows
from delivery.enums import ParcelState
from delivery.errors import WrongStep
from delivery.models import Parcel
from delivery.queries import parcel_for
from delivery.services import cancel as cancel_parcel
from orders.enums import (
    CANCELLABLE,
    DeliveryState,
    EndReason,
    EventKind,
    OrderState,
    PaymentState,
    Source,
)
from orders.errors import NotAllowedNow
from orders.models import Order, Purchase
from orders.services.money import refund_everything
from orders.services.moves import looked_at, move_order, note
from orders.services.telling import tell
from payments.enums import PaymentState as PartnerState
from payments.enums import RefundReason
from payments.queries import payment_for
from payments.services import close as close_payment
from privacy import audit
from privacy.enums import Action

GIVEN_UP: dict[str, EndReason] = {
    DeliveryState.LOST: EndReason.LOST,
    DeliveryState.RETURNED: EndReason.CAME_BACK,
}
_SOURCES = {EndReason.BUYER: Source.BUYER, EndReason.LEFT: Source.MALL}
GRACE = dt.timedelta(minutes=10)
"""How long goods stay reserved while the payment partner does not say whether money came."""


def cancel(
    order: Order,
    *,
    actor: Any,
    reason: EndReason = EndReason.BUYER,
) -> None:
    """Cancel an order before it is sent; what was paid goes back in full.

    An order that was not paid yet is cancelled together with those that would be paid with it.
    Raises `NotAllowedNow`; a second time changes nothing.
    """
    source = _SOURCES.get(reason, Source.STORE)
    with transaction.atomic():
        purchase, orders = locked_purchase(order.purchase_id)
        locked = next(one for one in orders if one.pk == order.pk)
        if locked.state == OrderState.CANCELLED:
            return
        if locked.state == OrderState.PLACED:
            for one in orders:
                _end(one, OrderState.CANCELLED, reason, source, actor)
            _stop_payment(purchase)
        elif locked.state == OrderState.CONFIRMED and locked.delivery_state in CANCELLABLE:
            end_paid(locked, reason=reason, source=source, actor=actor)
        else:
            raise NotAllowedNow
        audit.record(
            Action.ORDER_CANCELLED,
            actor=actor,
            subject=locked.subject,
            detail={"order": locked.code, "reason": str(reason)},
        )
    order.refresh_from_db()


def cancel_unsent(subject: UUID) -> int:
    """Cancel what nobody sent to a person who is leaving, and pay it back; returns how many."""
    waiting = Order.objects.filter(
        subject=subject, state=OrderState.CONFIRMED, delivery_state__in=CANCELLABLE
    )
    number = 0
    for order in waiting.order_by("pk"):
        try:
            cancel(order, actor=None, reason=EndReason.LEFT)
        except NotAllowedNow:
            continue  # The carrier has it by now: it is delivered, and then it is over.
        number += 1
    return number


def end_paid(
    order: Order,
    *,
    reason: EndReason,
    source: Source,
    actor: Any = None,
    refund_reason: RefundReason = RefundReason.CANCELLED,
) -> None:
    """Cancel a paid order in the caller's transaction, under its lock: stop the parcel, put the
    goods back, pay everything back."""
    parcel = parcel_for(order.code)
    if parcel is not None:
        _stop_parcel(parcel)
    _end(order, OrderState.CANCELLED, reason, source, actor)
    lines = [(line.variant_id, line.quantity) for line in order.lines.all()]
    stock.put_back(f"cancel:{order.code}", lines, reason=str(reason))
    refund_everything(order, reason=refund_reason, source=source)


def _stop_parcel(parcel: Parcel) -> None:
    """Raises `NotAllowedNow` unless the parcel is stopped for certain: a carrier that was asked
    may be on its way already."""
    try:
        cancel_parcel(parcel)
    except WrongStep:
        raise NotAllowedNow from None
    if parcel.state != ParcelState.CANCELLED:
        raise NotAllowedNow


def give_up(order: Order, actor: Any) -> None:
    """A parcel was lost or came back: end the order and pay everything back.

    Raises `NotAllowedNow`; a second time changes nothing.
    """
    with transaction.atomic():
        _purchase, orders = locked_purchase(order.purchase_id)
        locked = next(one for one in orders if one.pk == order.pk)
        if locked.state == OrderState.CANCELLED:
            return
        reason = GIVEN_UP.get(locked.delivery_state)
        if locked.state != OrderState.CONFIRMED or reason is None:
            raise NotAllowedNow
        _end(locked, OrderState.CANCELLED, reason, Source.STORE, actor)
        if reason is EndReason.CAME_BACK:
            lines = [(line.variant_id, line.quantity) for line in locked.lines.all()]
            stock.put_back(f"cancel:{locked.code}", lines, reason=str(reason))
        refund_everything(locked, reason=RefundReason.CANCELLED, source=Source.STORE)
        audit.record(
            Action.ORDER_CANCELLED,
            actor=actor,
            subject=locked.subject,
            detail={"order": locked.code, "reason": str(reason)},
        )
        looked_at(locked, actor)
    order.refresh_from_db()


def expire(purchase: Purchase) -> bool:
    """Give the goods of an unpaid purchase back; returns whether this call did it.

    Called when nobody can pay any more, or when the partner has been silent too long: money
    that arrives afterwards finds `services.finalising`.
    """
    with transaction.atomic():
        locked, orders = locked_purchase(purchase.pk)
        if locked.finalised_at is not None or locked.ended_at is not None:
            return False
        if locked.paid_at is not None:
            return False
        for order in orders:
            if order.state == OrderState.PLACED:
                _end(order, OrderState.EXPIRED, EndReason.UNPAID, Source.MALL, None)
        Purchase.objects.filter(pk=locked.pk).update(ended_at=timezone.now())
    return True


def close_unpaid(purchase: Purchase) -> None:
    """The time is over: have the payment closed; the order follows when that is certain."""
    payment = payment_for(purchase.reference)
    if payment is not None and payment.state == PartnerState.PAID:
        return  # The money is here and waits for `services.finalising`.
    if payment is None or timezone.now() > purchase.expires_at + GRACE:
        expire(purchase)
    if payment is not None:
        close_payment(payment)


def locked_purchase(pk: int) -> tuple[Purchase, list[Order]]:
    """The purchase and its orders under lock, in the one order in which stock is locked too."""
    (purchase,) = lock_rows(Purchase.objects.filter(pk=pk))
    lock_rows(Order.objects.filter(purchase=purchase))
    orders = Order.objects.filter(purchase=purchase).select_related("buyer", "store")
    return purchase, list(orders.order_by("store_id"))


def _end(
    order: Order,
    to: OrderState,
    reason: EndReason,
    source: Source,
    actor: Any,
) -> None:
    now = timezone.now()
    was_paid = order.payment_state != PaymentState.UNPAID
    if not move_order(order, to, end_reason=reason, ended_at=now, clock_at=now):
        return
    kind = EventKind.EXPIRED if to is OrderState.EXPIRED else EventKind.CANCELLED
    note(
        order,
        kind,
        source=source,
        actor=getattr(actor, "subject", None),
        detail=str(reason),
        happened_at=now,
    )
    if not was_paid:
        stock.release(order.stock_reference)
    if to is OrderState.EXPIRED:
        tell(order, "orders.expired")
    elif reason == EndReason.SOLD_OUT:
        tell(order, "orders.sold_out")
    elif reason == EndReason.PAID_LATE:
        tell(order, "orders.paid_late")
    else:
        tell(order, "orders.cancelled_paid" if was_paid else "orders.cancelled")


def _stop_payment(purchase: Purchase) -> None:
    Purchase.objects.filter(pk=purchase.pk).update(ended_at=timezone.now())
    payment = payment_for(purchase.reference)
    if payment is not None:
        close_payment(payment)
