"""Reads about payments."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from payments.enums import OPEN_STATES, EventKind, PaymentState, RefundState
from payments.models import Payment, PaymentEvent, Refund
from payments.providers.registry import PaymentMethod, available_methods

RECHECK_FAILED_REFUNDS_FOR = timedelta(days=3)
ANSWER_WITHIN = timedelta(minutes=15)


def payment_methods() -> list[PaymentMethod]:
    """The ways of paying to offer at checkout, in order; the first is the default (PAY-01)."""
    return available_methods()


def payment_for(reference: str) -> Payment | None:
    """The payment started under this reference, if any."""
    return Payment.objects.filter(reference=reference).first()


def payment_of(subject: UUID, code: str) -> Payment | None:
    """The person's own payment with this public code; a stranger's is not found."""
    return Payment.objects.filter(subject=subject, code=code).first()


def refunded(payment: Payment) -> int:
    """Minor units that went back or are on their way."""
    total = payment.refunds.exclude(state=RefundState.FAILED).aggregate(total=Sum("amount"))
    return int(total["total"] or 0)


def refundable(payment: Payment) -> int:
    """Minor units that were paid and neither went back nor are on their way."""
    return payment.amount - refunded(payment) if payment.state == PaymentState.PAID else 0


def timeline(payment: Payment) -> "QuerySet[PaymentEvent]":
    """The payment's events with source and time, oldest first (PAY-05)."""
    return payment.events.order_by("happened_at", "pk")


def payments_to_check() -> "QuerySet[Payment]":
    """Open payments about which the partner should be asked now."""
    return Payment.objects.filter(
        state__in=OPEN_STATES, next_check_at__lte=timezone.now()
    ).order_by("next_check_at")


def payments_to_look_at() -> "QuerySet[Payment]":
    """Open payments about which the partner told an amount that is not ours: for people."""
    told = PaymentEvent.objects.filter(payment=OuterRef("pk"), kind=EventKind.MISMATCH)
    return Payment.objects.filter(Exists(told), state__in=OPEN_STATES).order_by("created_at")


def payments_without_answer() -> "QuerySet[Payment]":
    """Payments whose time is over long ago, and the partner never said whether money came."""
    return Payment.objects.filter(
        state__in=OPEN_STATES, expires_at__lt=timezone.now() - ANSWER_WITHIN
    ).order_by("expires_at")


def failed_refunds() -> "QuerySet[Refund]":
    """Refunds that people must look at, oldest first."""
    return Refund.objects.filter(state=RefundState.FAILED).order_by("failed_at")


def failed_refunds_to_check() -> "QuerySet[Refund]":
    """Refunds given up lately: the partner may have paid them all the same."""
    since = timezone.now() - RECHECK_FAILED_REFUNDS_FOR
    return failed_refunds().filter(failed_at__gte=since)
