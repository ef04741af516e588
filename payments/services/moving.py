"""Moves of a payment, the lines of its timeline, and the news for the apps above."""

from datetime import datetime

from django.utils import timezone

from jobs.services import enqueue, run_after_commit
from payments import signals
from payments.enums import (
    PAYMENT_MOVES,
    EventKind,
    PaymentState,
    Source,
)
from payments.models import Payment, PaymentEvent, Refund

RECIPIENT = "payment_partner"


def close_now(
    payment: Payment, *, source: Source, detail: str, happened_at: datetime | None = None
) -> bool:
    moment = happened_at or timezone.now()
    moved = move(payment, PaymentState.CLOSED, closed_at=moment, next_check_at=None)
    if moved:
        announce_later(
            note(
                payment,
                EventKind.CLOSED,
                key="closed",
                source=source,
                detail=detail,
                happened_at=moment,
            )
        )
    return moved


def move(payment: Payment, to: PaymentState, **also: object) -> bool:
    """A conditional update by the table of allowed moves; True for the one who made the move."""
    return bool(
        Payment.objects.filter(pk=payment.pk, state__in=PAYMENT_MOVES[to]).update(state=to, **also)
    )


def announce(event: PaymentEvent) -> None:
    """Send the signal that belongs to an event; a receiver that raises is called again later."""
    payment = event.payment
    match EventKind(event.kind):
        case EventKind.PAID | EventKind.PAID_LATE:
            late = event.kind == EventKind.PAID_LATE
            signals.payment_settled.send(Payment, payment=payment, late=late)
        case EventKind.FAILED:
            signals.payment_failed.send(Payment, payment=payment)
        case EventKind.CLOSED:
            signals.payment_closed.send(Payment, payment=payment)
        case EventKind.REFUND_SETTLED:
            signals.refund_settled.send(Refund, refund=payment.refunds.get(code=event.detail))
        case EventKind.REFUND_FAILED:
            signals.refund_failed.send(Refund, refund=payment.refunds.get(code=event.detail))
        case _:
            pass


def announce_later(event: PaymentEvent) -> None:
    """Write the job with the move, so that no crash loses the news; try it right after commit."""
    row = enqueue("payments.announce", run_at=timezone.now(), event_id=event.pk)
    run_after_commit(row)


def note(
    payment: Payment,
    kind: EventKind,
    *,
    key: str,
    source: Source = Source.MALL,
    amount: int | None = None,
    detail: str = "",
    happened_at: datetime | None = None,
) -> PaymentEvent:
    """Write one line of the timeline, once per key."""
    event, _created = PaymentEvent.objects.get_or_create(
        payment=payment,
        key=key[:80],
        defaults={
            "kind": kind,
            "source": source,
            "amount": amount,
            "detail": detail,
            "happened_at": happened_at or timezone.now(),
        },
    )
    return event
