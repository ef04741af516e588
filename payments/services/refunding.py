"""Money goes back: asked for once, sent by a job, ended visibly."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.locks import lock_rows
from common.outbound import PartnerUnreachable, refuse_transaction
from jobs.errors import TryLater
from jobs.services import enqueue
from payments.enums import (
    REFUND_MOVES,
    EventKind,
    RefundReason,
    RefundState,
    Source,
)
from payments.errors import (
    RefundDiffers,
    TooMuch,
)
from payments.models import Payment, Refund
from payments.providers.base import (
    RefundRequest,
)
from payments.providers.registry import provider_of
from payments.queries import refundable
from payments.services.moving import RECIPIENT, announce_later, note
from privacy import audit, disclosures
from privacy.enums import Action, Ground

REFUND_ATTEMPTS = 10
LONGEST_REFUND_PAUSE = 600


def refund(payment: Payment, *, amount: int, reason: str, key: str) -> Refund:
    """Ask for `amount` minor units back; a job does it, and `refund_settled` or `refund_failed`
    tells the end. Idempotent by `key`; may run inside the caller's transaction.

    `reason` is a `RefundReason`. Raises `TooMuch` and `RefundDiffers`.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Payment.objects.filter(pk=payment.pk))
        existing = Refund.objects.filter(key=key).first()
        if existing is not None:
            if (existing.payment_id, existing.amount) != (payment.pk, amount):
                raise RefundDiffers
            return existing
        if not 0 < amount <= refundable(locked):
            raise TooMuch
        row = Refund.objects.create(
            payment=locked, key=key, amount=amount, reason=RefundReason(reason)
        )
        _send_refund_round(row)
    return row


def retry_refund(row: Refund, *, actor: Any) -> Refund:
    """Give a failed refund another round, asked for by `actor` of the staff. Raises `TooMuch`."""
    with transaction.atomic():
        (payment,) = lock_rows(Payment.objects.filter(pk=row.payment_id))
        if row.amount > refundable(payment):
            raise TooMuch
        moved = _move_refund(
            row, RefundState.REQUESTED, attempts=0, round=F("round") + 1, failed_at=None
        )
        row.refresh_from_db()
        if moved:
            _send_refund_round(row)
            audit.record(
                Action.REFUND_STARTED,
                actor=actor,
                subject=payment.subject,
                detail={"refund": row.code, "round": row.round},
            )
    return row


def _send_refund_round(row: Refund) -> None:
    note(
        row.payment,
        EventKind.REFUND_REQUESTED,
        key=f"refund_requested:{row.code}:{row.round}",
        amount=row.amount,
        detail=row.code,
    )
    enqueue("payments.send_refund", once=f"payments.refund:{row.pk}:{row.round}", refund_id=row.pk)


def send_refund(row: Refund) -> None:
    """Ask the partner to pay back; raises `TryLater` while it does not answer.

    The partner's key is the refund's code, so an attempt that was heard but not answered is
    answered by the next one. After ten attempts people must look.
    """
    refuse_transaction()
    if row.state != RefundState.REQUESTED:
        return
    payment = row.payment
    _record_refund_disclosure(row)
    try:
        answer = provider_of(payment.provider).refund(
            RefundRequest(payment.code, row.code, row.amount, payment.currency, row.reason)
        )
    except PartnerUnreachable:
        if row.attempts + 1 >= REFUND_ATTEMPTS:
            end_refund(row, RefundState.FAILED, failure="partner_down")
            return
        pause = min(5 * 2**row.attempts, LONGEST_REFUND_PAUSE)
        raise TryLater(seconds=pause, reason="payment_partner_down") from None
    if answer.refunded:
        end_refund(row, RefundState.SETTLED)
    else:
        end_refund(row, RefundState.FAILED, failure=answer.refusal)


def check_refund(row: Refund) -> None:
    """Ask whether a refund that we gave up was done after all."""
    refuse_transaction()
    if row.state != RefundState.FAILED:
        return
    payment = row.payment
    try:
        done = provider_of(payment.provider).was_refunded(payment.code, row.code)
    except PartnerUnreachable:
        return
    if done:
        end_refund(row, RefundState.SETTLED)


def _record_refund_disclosure(row: Refund) -> None:
    """Count the attempt; with the first of a round, note what leaves the house."""
    payment = row.payment
    with transaction.atomic():
        Refund.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        if row.attempts == 0:
            disclosures.record(
                RECIPIENT,
                subject=payment.subject,
                payload={
                    "payment_reference": payment.code,
                    "amount": row.amount,
                    "currency": payment.currency,
                    "refund_reason": row.reason,
                },
                ground=Ground.CONTRACT,
                reference=row.code,
            )


def end_refund(row: Refund, to: RefundState, *, failure: str = "") -> None:
    now = timezone.now()
    settled = to is RefundState.SETTLED
    stamps = {"settled_at": now} if settled else {"failed_at": now}
    kind = EventKind.REFUND_SETTLED if settled else EventKind.REFUND_FAILED
    with transaction.atomic():
        if _move_refund(row, to, failure=failure, **stamps):
            event = note(
                row.payment,
                kind,
                key=f"{kind}:{row.code}:{row.round}",
                source=Source.QUERY,
                amount=row.amount,
                detail=row.code,
            )
            announce_later(event)
    row.refresh_from_db()


def _move_refund(row: Refund, to: RefundState, **also: object) -> bool:
    return bool(
        Refund.objects.filter(pk=row.pk, state__in=REFUND_MOVES[to]).update(state=to, **also)
    )
