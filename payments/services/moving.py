"""Moves of a payment, the lines of its timeline, and the news for the apps above."""

import logging
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from common.request_id import request_id, set_request_id
from jobs.services import enqueue, run_job
from payments import signals
from payments.enums import (
    PAYMENT_MOVES,
    EventKind,
    PaymentState,
    Source,
)
from payments.models import Payment, PaymentEvent, Refund

log = logging.getLogger(__name__)

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
    transaction.on_commit(partial(_announce_now, row.pk), robust=True)


def _announce_now(job_id: int) -> None:
    current = request_id()
    run_job(job_id)
    set_request_id(current)


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


def refuse_transaction() -> None:
    """A call to a partner inside a transaction would hold locks while we wait."""
    with transaction.atomic(durable=True):
        pass
