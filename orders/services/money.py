"""Charges, refunds, and the ledger that both are written to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from common.locks import lock_rows
from common.money import allocate
from orders.enums import (
    REFUND_MOVES,
    Attention,
    EntryKind,
    EventKind,
    PaymentState,
    RefundState,
    Source,
)
from orders.errors import NotAllowedNow, NotReturnable
from orders.models import (
    LedgerEntry,
    Order,
    OrderLine,
    OrderRefund,
    RefundPart,
    ReturnRequest,
)
from orders.services.moves import call_for_attention, move_payment, note
from orders.services.telling import tell
from payments.enums import RefundReason
from payments.models import Refund
from payments.queries import payment_for
from payments.services import refund as refund_payment


@dataclass(frozen=True)
class Part:
    """So many of a line, or (without a line) the shipping fee."""

    line: OrderLine | None
    quantity: int
    amount: int
    tax_part: int


def charge(order: Order) -> None:
    """Write what came in for this order, line by line; the sum is the order's total."""
    entries = [
        LedgerEntry(
            order_code=order.code,
            kind=EntryKind.GOODS,
            amount=line.total,
            tax_part=line.tax_part,
            tax_rate_bp=line.tax_rate_bp,
            currency=order.currency,
            key=f"goods:{line.pk}",
        )
        for line in order.lines.order_by("pk")
    ]
    if order.shipping_fee:
        entries.append(
            LedgerEntry(
                order_code=order.code,
                kind=EntryKind.SHIPPING,
                amount=order.shipping_fee,
                currency=order.currency,
                key="shipping",
            )
        )
    LedgerEntry.objects.bulk_create(entries, ignore_conflicts=True)


def balance(order: Order) -> int:
    """Minor units that the mall holds for this order."""
    total = LedgerEntry.objects.filter(order_code=order.code).aggregate(sum=Sum("amount"))
    return int(total["sum"] or 0)


def refund_lines(
    order: Order,
    quantities: Mapping[int, int],
    *,
    shipping: bool,
    reason: RefundReason,
    key: str,
    source: Source,
    actor: Any = None,
    request: ReturnRequest | None = None,
) -> OrderRefund | None:
    """Pay back so many of each line (by line id), and the shipping fee if `shipping`.

    Idempotent by `key`. Raises `NotReturnable` for more than is left to refund and
    `NotAllowedNow` for an order that was not paid. Returns None when nothing is left to refund.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        existing = OrderRefund.objects.filter(key=key).first()
        if existing is not None:
            return existing
        if locked.payment_state not in {PaymentState.PAID, PaymentState.PARTLY_REFUNDED}:
            raise NotAllowedNow
        parts = _parts(locked, quantities, shipping=shipping)
        amount = sum(part.amount for part in parts)
        if not amount:
            return None
        row = OrderRefund.objects.create(
            order=locked, request=request, key=key, amount=amount, reason=reason
        )
        RefundPart.objects.bulk_create(
            [
                RefundPart(
                    refund=row,
                    line=part.line,
                    quantity=part.quantity,
                    amount=part.amount,
                    tax_part=part.tax_part,
                )
                for part in parts
            ]
        )
        for part in parts:
            if part.line is not None:
                OrderLine.objects.filter(pk=part.line.pk).update(
                    refunded_quantity=F("refunded_quantity") + part.quantity
                )
        note(
            locked,
            EventKind.REFUND_REQUESTED,
            source=source,
            actor=getattr(actor, "subject", None),
            key=str(row.pk),
            detail=reason,
            amount=amount,
        )
        payment = payment_for(locked.purchase.reference)
        if payment is not None:
            sent = refund_payment(payment, amount=amount, reason=reason, key=f"order:{row.pk}")
            OrderRefund.objects.filter(pk=row.pk).update(payment_refund=sent.code)
            row.payment_refund = sent.code
    return row


def refund_everything(order: Order, *, reason: RefundReason, source: Source) -> OrderRefund | None:
    """Pay back what was not paid back yet, shipping included."""
    left = {line.pk: line.quantity - line.refunded_quantity for line in order.lines.all()}
    return refund_lines(
        order, left, shipping=True, reason=reason, key=f"{order.code}:all", source=source
    )


def shipping_refunded(order: Order) -> bool:
    """Whether the shipping fee went back or is on its way."""
    return RefundPart.objects.filter(refund__order=order, line=None).exists()


def _parts(order: Order, quantities: Mapping[int, int], *, shipping: bool) -> list[Part]:
    lines = {line.pk: line for line in order.lines.select_for_update().order_by("pk")}
    if set(quantities) - set(lines):
        raise NotReturnable
    parts = []
    for pk, quantity in sorted(quantities.items()):
        line = lines[pk]
        if quantity < 0 or quantity > line.quantity - line.refunded_quantity:
            raise NotReturnable
        if quantity:
            first = line.refunded_quantity
            taxes = allocate(line.tax_part, [1] * line.quantity)
            parts.append(
                Part(
                    line,
                    quantity,
                    line.unit_price * quantity,
                    sum(taxes[first : first + quantity]),
                )
            )
    if shipping and order.shipping_fee and not shipping_refunded(order):
        parts.append(Part(None, 0, order.shipping_fee, 0))
    return parts


# --- What the payments app tells --------------------------------------------------------


def refund_of(refund: Refund) -> OrderRefund | None:
    """The order's refund that belongs to one of the payments app."""
    return (
        OrderRefund.objects.select_related("order__buyer")
        .filter(payment_refund=refund.code)
        .first()
    )


def refund_settled(row: OrderRefund) -> None:
    """The partner has paid back: write the ledger, move the money, tell the buyer. Idempotent."""
    now = timezone.now()
    with transaction.atomic():
        (order,) = lock_rows(Order.objects.filter(pk=row.order_id))
        if not _move_refund(row, RefundState.SETTLED, settled_at=now):
            return
        LedgerEntry.objects.bulk_create(
            [
                LedgerEntry(
                    order_code=order.code,
                    kind=EntryKind.REFUND_GOODS if part.line_id else EntryKind.REFUND_SHIPPING,
                    amount=-part.amount,
                    tax_part=-part.tax_part,
                    tax_rate_bp=part.line.tax_rate_bp if part.line else 0,
                    currency=order.currency,
                    key=f"refund:{part.pk}",
                )
                for part in row.parts.select_related("line").order_by("pk")
            ]
        )
        whole = balance(order) == 0
        move_payment(order, PaymentState.REFUNDED if whole else PaymentState.PARTLY_REFUNDED)
        if order.attention == Attention.REFUND_FAILED:
            Order.objects.filter(pk=order.pk).update(attention=Attention.NONE, attention_at=None)
        note(
            order,
            EventKind.REFUND_SETTLED,
            source=Source.PAYMENT_PARTNER,
            key=str(row.pk),
            amount=row.amount,
            happened_at=now,
        )
        tell(order, "orders.refunded", once=f"refund{row.pk}", amount=row.amount)


def refund_failed(row: OrderRefund) -> None:
    """The partner did not pay back: an operator must look. Idempotent."""
    with transaction.atomic():
        (order,) = lock_rows(Order.objects.filter(pk=row.order_id))
        if not _move_refund(row, RefundState.FAILED):
            return
        note(
            order,
            EventKind.REFUND_FAILED,
            source=Source.PAYMENT_PARTNER,
            key=f"{row.pk}:{timezone.now().isoformat()}",
            amount=row.amount,
        )
        call_for_attention(order, Attention.REFUND_FAILED)


def _move_refund(row: OrderRefund, to: RefundState, **also: object) -> bool:
    return bool(
        OrderRefund.objects.filter(pk=row.pk, state__in=REFUND_MOVES[to]).update(state=to, **also)
    )
