"""What the payment partner tells: notices and answers go through one door."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from common.locks import lock_rows
from jobs.services import enqueue
from payments.enums import (
    EventKind,
    NoticeOutcome,
    PaymentState,
    Source,
)
from payments.models import PartnerNotice, Payment
from payments.providers.base import (
    PartnerStatus,
    Status,
)
from payments.providers.registry import provider_of
from payments.services.moving import announce_later, close_now, move, note
from privacy import inbound

log = logging.getLogger(__name__)

STATES = ("said_status", "said_amount", "said_at", "said_reference")
"""What of a notice is kept when its person is gone: what it says in the mall's words."""
CLOCKS_DIFFER = timedelta(seconds=5)


def receive(provider: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Take a partner's notice: verify the raw body, store it once, leave the rest to a job.

    Returns the words with which to answer once the transaction is committed. Raises
    `UnknownProvider` and `BadNotice`; nothing is stored then.
    """
    adapter = provider_of(provider)
    message = adapter.read_notice(body, headers)
    payment = Payment.objects.filter(provider=provider, code=message.statement.payment_code).first()
    with transaction.atomic():
        notice, created = PartnerNotice.objects.get_or_create(
            provider=provider,
            partner_id=message.partner_id,
            defaults={
                "payment": payment,
                "content": inbound.accept(
                    payment.subject if payment else None,
                    message.content | _spoken(message.statement),
                    states=STATES,
                ),
            },
        )
        if created:
            enqueue(
                "payments.apply_notice", once=f"payments.notice:{notice.pk}", notice_id=notice.pk
            )
    return adapter.acknowledgement


def apply_notice(notice: PartnerNotice) -> NoticeOutcome:
    """Let a stored notice change its payment; applying it twice changes nothing."""
    with transaction.atomic():
        (locked,) = lock_rows(PartnerNotice.objects.filter(pk=notice.pk))
        if locked.outcome != NoticeOutcome.WAITING:
            return NoticeOutcome(locked.outcome)
        outcome = NoticeOutcome.UNKNOWN
        if locked.payment is not None:
            outcome = apply(
                locked.payment,
                _statement_of(locked),
                source=Source.NOTICE,
                key=f"notice:{locked.pk}",
            )
        PartnerNotice.objects.filter(pk=locked.pk).update(
            outcome=outcome, processed_at=timezone.now()
        )
    return outcome


def _spoken(statement: PartnerStatus) -> dict[str, str]:
    """The statement in the mall's words, stored beside the partner's own."""
    return {
        "said_status": statement.status.value,
        "said_amount": "" if statement.amount is None else str(statement.amount),
        "said_at": statement.happened_at.isoformat() if statement.happened_at else "",
        "said_reference": statement.partner_reference,
    }


def _statement_of(notice: PartnerNotice) -> PartnerStatus:
    content = notice.content
    return PartnerStatus(
        payment_code=notice.payment.code if notice.payment else "",
        status=Status(content["said_status"]),
        amount=int(content["said_amount"]) if content["said_amount"] else None,
        partner_reference=content["said_reference"],
        happened_at=datetime.fromisoformat(content["said_at"]) if content["said_at"] else None,
    )


def apply(payment: Payment, statement: PartnerStatus, *, source: Source, key: str) -> NoticeOutcome:
    """One door for notices, queries and the payer's return; runs in the caller's transaction."""
    happened_at = statement.happened_at or timezone.now()
    if statement.status is Status.PAID:
        if statement.amount != payment.amount:
            note(
                payment,
                EventKind.MISMATCH,
                key=f"mismatch:{statement.amount}",
                source=source,
                amount=statement.amount,
                detail="amount",
            )
            log.error("amount differs", extra={"reference": payment.code})
            return NoticeOutcome.MISMATCH
        moved = _settle(payment, statement, source=source, happened_at=happened_at)
    elif statement.status is Status.CLOSED:
        moved = close_now(payment, source=source, detail="partner", happened_at=happened_at)
    elif statement.status is Status.FAILED:
        moved = _fail(payment, source=source, key=key, happened_at=happened_at)
    else:
        moved = False
    return NoticeOutcome.APPLIED if moved else NoticeOutcome.NO_CHANGE


def _settle(
    payment: Payment, statement: PartnerStatus, *, source: Source, happened_at: datetime
) -> bool:
    late = bool(
        Payment.objects.filter(pk=payment.pk, state=PaymentState.CLOSED).update(
            state=PaymentState.PAID,
            paid_at=happened_at,
            partner_reference=statement.partner_reference,
            next_check_at=None,
        )
    )
    moved = late or move(
        payment,
        PaymentState.PAID,
        paid_at=happened_at,
        partner_reference=statement.partner_reference,
        next_check_at=None,
    )
    if moved:
        event = note(
            payment,
            EventKind.PAID_LATE if late else EventKind.PAID,
            key="paid",
            source=source,
            amount=payment.amount,
            happened_at=happened_at,
        )
        announce_later(event)
    return moved


def _fail(payment: Payment, *, source: Source, key: str, happened_at: datetime) -> bool:
    """A refusal older than the payer's latest try says nothing about that try."""
    current = Payment.objects.values_list("redirected_at", flat=True).get(pk=payment.pk)
    if current is not None and happened_at + CLOCKS_DIFFER < current:
        return False
    moved = move(payment, PaymentState.FAILED)
    if moved:
        announce_later(
            note(
                payment,
                EventKind.FAILED,
                key=f"failed:{key}",
                source=source,
                happened_at=happened_at,
            )
        )
    return moved
