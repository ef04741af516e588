"""What nobody asks for: time that is over, and work that a crash broke off."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from jobs.services import enqueue
from orders.enums import OPEN_RETURNS, Attention, OrderState, RefundState, ReturnState
from orders.models import Order, OrderRefund, Purchase, ReturnRequest
from orders.services import delivering, ending, money, returning
from orders.services.moves import call_for_attention
from payments.enums import PaymentState as PartnerState
from payments.enums import RefundState as PartnerRefundState
from payments.models import Payment, Refund

CHUNK = 200
LOOK_BACK = dt.timedelta(days=30)


def sweep_purchases() -> int:
    """Enqueue the end of unpaid purchases and what is left to do for paid ones."""
    now = timezone.now()
    minute = now.strftime("%Y%m%d%H%M")
    waiting = Purchase.objects.filter(finalised_at=None, ended_at=None, paid_at=None)
    due = list(
        waiting.filter(expires_at__lte=now)
        .order_by("expires_at")
        .values_list("pk", flat=True)[:CHUNK]
    )
    for pk in due:
        enqueue("orders.expire", once=f"orders.expire:{pk}:{minute}", purchase_id=pk)
    unfinished = list(paid_and_unfinished().values_list("pk", flat=True)[:CHUNK])
    for pk in unfinished:
        enqueue("orders.finalise", once=f"orders.finalise:{pk}:{minute}", purchase_id=pk)
    return len(due) + len(unfinished)


def paid_and_unfinished() -> "models.QuerySet[Purchase]":
    """Purchases whose money arrived and was not dealt with."""
    paid = Payment.objects.filter(
        state=PartnerState.PAID, created_at__gte=timezone.now() - LOOK_BACK
    )
    return (
        Purchase.objects.filter(finalised_at=None, placed_at__gte=timezone.now() - LOOK_BACK)
        .annotate(named=Concat(Value("purchase:"), "code"))
        .filter(models.Q(named__in=paid.values("reference")) | models.Q(paid_at__isnull=False))
        .order_by("pk")
    )


def expire_one(purchase_id: int) -> None:
    """End one unpaid purchase."""
    purchase = Purchase.objects.filter(pk=purchase_id, finalised_at=None, ended_at=None).first()
    if purchase is not None and purchase.expires_at <= timezone.now():
        ending.close_unpaid(purchase)


def sweep_completions() -> int:
    """Enqueue the completion of orders that were delivered long enough ago."""
    before = timezone.now() - dt.timedelta(days=settings.COMPLETE_AFTER_DAYS)
    due = (
        Order.objects.filter(state=OrderState.CONFIRMED, delivered_at__lte=before)
        .exclude(returns__state__in=OPEN_RETURNS)
        .order_by("delivered_at")
        .values_list("pk", flat=True)[:CHUNK]
    )
    day = timezone.now().strftime("%Y%m%d%H")
    count = 0
    for pk in due:
        enqueue("orders.complete", once=f"orders.complete:{pk}:{day}", order_id=pk)
        count += 1
    return count


def complete_one(order_id: int) -> None:
    """Complete one order if its time has come."""
    order = Order.objects.filter(pk=order_id).first()
    if order is not None:
        delivering.complete_if_due(order)


def sweep_refunds() -> int:
    """Catch up with refunds whose news were missed; point out those that are due."""
    count = 0
    open_rows = OrderRefund.objects.exclude(state=RefundState.SETTLED).select_related("request")
    rows = {row.payment_refund: row for row in open_rows.order_by("pk")[:CHUNK]}
    settled = Refund.objects.filter(code__in=rows, state=PartnerRefundState.SETTLED)
    for code in settled.values_list("code", flat=True):
        money.refund_settled(rows[code])
        count += 1
    for request in ReturnRequest.objects.filter(
        state=ReturnState.RECEIVED, refunds__state=RefundState.SETTLED
    ):
        returning.refunded(request)
        count += 1
    late = timezone.now() - dt.timedelta(days=max(1, settings.REFUND_DAYS - 2))
    for request in ReturnRequest.objects.filter(
        state=ReturnState.RECEIVED, received_at__lte=late
    ).select_related("order"):
        call_for_attention(request.order, Attention.REFUND_DUE)
        count += 1
    return count
