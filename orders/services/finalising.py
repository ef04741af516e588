"""What follows from money that arrived. Safe to repeat; a sweeper repeats what a crash broke off.

| The order then is | and it becomes |
| --- | --- |
| waiting for payment | confirmed: goods sold, parcel opened |
| not paid in time, goods still there | confirmed after all |
| not paid in time, goods gone | cancelled as sold out, everything paid back, an operator looks |
| cancelled by the buyer | stays cancelled, everything paid back, an operator looks |
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from catalog.errors import ReservationEnded, SoldOut
from catalog.services import stock
from delivery.services import Recipient, open_parcel
from orders.enums import (
    Attention,
    EndReason,
    EventKind,
    OrderState,
    PaymentState,
    Source,
)
from orders.models import Order, Purchase
from orders.services.ending import locked_purchase
from orders.services.money import charge, refund_everything
from orders.services.moves import call_for_attention, move_order, move_payment, note
from orders.services.telling import tell
from payments.enums import PaymentState as PartnerState
from payments.enums import RefundReason
from payments.queries import payment_for


def finalise(purchase: Purchase) -> bool:
    """Deal with the money of a purchase, once; returns whether this call did it."""
    payment = payment_for(purchase.reference)
    paid_at = payment.paid_at if payment else purchase.paid_at
    if paid_at is None or (payment is not None and payment.state != PartnerState.PAID):
        return False
    with transaction.atomic():
        locked, orders = locked_purchase(purchase.pk)
        if locked.finalised_at is not None:
            return False
        for order in orders:
            _money_came(order, paid_at)
        Purchase.objects.filter(pk=locked.pk).update(
            paid_at=paid_at, finalised_at=timezone.now(), ended_at=timezone.now()
        )
    return True


def _money_came(order: Order, paid_at: dt.datetime) -> None:
    late = order.state != OrderState.PLACED
    move_payment(order, PaymentState.PAID, paid_at=paid_at)
    charge(order)
    note(
        order,
        EventKind.PAID_LATE if late else EventKind.PAID,
        source=Source.PAYMENT_PARTNER,
        amount=order.total,
        happened_at=paid_at,
    )
    if order.state == OrderState.CANCELLED:
        _refund_late(order)
    elif _take_goods(order):
        _confirm(order)
    else:
        _refund_sold_out(order)


def _take_goods(order: Order) -> bool:
    """Turn the reservation into a sale; reserve anew where it was given back."""
    try:
        with transaction.atomic():
            stock.consume(order.stock_reference)
            return True
    except ReservationEnded:
        pass
    again = f"order:{order.code}:again"
    lines = [(line.variant_id, line.quantity) for line in order.lines.all()]
    try:
        with transaction.atomic():
            stock.reserve(again, lines)
            stock.consume(again)
    except SoldOut:
        return False
    Order.objects.filter(pk=order.pk).update(stock_reference=again)
    order.stock_reference = again
    return True


def _confirm(order: Order) -> None:
    move_order(order, OrderState.CONFIRMED, end_reason="", ended_at=None, clock_at=None)
    note(order, EventKind.CONFIRMED, source=Source.MALL)
    open_parcel(
        reference=order.code,
        store=order.store,
        method=order.method,
        subject=order.subject,
        recipient=Recipient(
            name=order.recipient,
            phone=order.phone,
            province=order.province,
            city=order.city,
            district=order.district,
            street=order.street or "",
            postcode=order.postcode,
        ),
        weight_g=sum(line.weight_g * line.quantity for line in order.lines.all()),
    )
    tell(order, "orders.paid")


def _refund_sold_out(order: Order) -> None:
    now = timezone.now()
    move_order(
        order,
        OrderState.CANCELLED,
        end_reason=EndReason.SOLD_OUT,
        ended_at=now,
        clock_at=now,
    )
    note(order, EventKind.SOLD_OUT, source=Source.MALL)
    refund_everything(order, reason=RefundReason.SOLD_OUT, source=Source.MALL)
    call_for_attention(order, Attention.SOLD_OUT)
    tell(order, "orders.sold_out")


def _refund_late(order: Order) -> None:
    refund_everything(order, reason=RefundReason.PAID_LATE, source=Source.MALL)
    call_for_attention(order, Attention.PAID_LATE)
    tell(order, "orders.paid_late")
