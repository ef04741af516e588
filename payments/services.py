"""Every write about payments. Outside calls run between transactions, never inside one:
record the intent, call, record the result.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from common.locks import lock_rows
from common.outbound import PartnerUnreachable
from common.request_id import request_id, set_request_id
from jobs.errors import TryLater
from jobs.services import enqueue, run_job
from payments import signals
from payments.enums import (
    OPEN_STATES,
    PAYMENT_MOVES,
    REFUND_MOVES,
    EventKind,
    NoticeOutcome,
    PaymentState,
    RefundReason,
    RefundState,
    Source,
)
from payments.errors import (
    PartnerDown,
    PaymentDiffers,
    PaymentNotOpen,
    RefundDiffers,
    TooMuch,
)
from payments.models import PartnerNotice, Payment, PaymentEvent, Refund
from payments.providers.base import (
    PartnerStatus,
    PaymentRequest,
    Redirect,
    RefundRequest,
    Status,
)
from payments.providers.registry import available_methods, provider_of
from payments.queries import failed_refunds_to_check, payments_to_check, refundable
from privacy import audit, disclosures
from privacy.enums import Action, Ground

log = logging.getLogger(__name__)

RECIPIENT = "payment_partner"
FIRST_CHECK = timedelta(seconds=60)
LONGEST_CHECK = timedelta(minutes=30)
REFUND_ATTEMPTS = 10
LONGEST_REFUND_PAUSE = 600
CLOCKS_DIFFER = timedelta(seconds=5)


# --- Paying ----------------------------------------------------------------------------


def start(
    *,
    reference: str,
    amount: int,
    currency: str,
    subject: UUID,
    title: str,
    return_url: str,
    provider: str = "",
    expires_at: datetime | None = None,
) -> Payment:
    """Open a payment of `amount` minor units, or return the one this reference already has.

    `title` is what the partner's page shows: say nothing about goods. `return_url` is a path of
    the mall. Nobody can pay after `expires_at` (by default `UNPAID_MINUTES` from now). Raises
    `PaymentDiffers` when the reference belongs to another amount, currency or person, and
    `UnknownProvider`. May run inside the caller's transaction: nothing is called outside.
    """
    chosen = provider or available_methods()[0].code
    provider_of(chosen)
    with transaction.atomic():
        payment, created = Payment.objects.get_or_create(
            reference=reference,
            defaults={
                "amount": amount,
                "currency": currency,
                "subject": subject,
                "title": title,
                "return_url": return_url,
                "provider": chosen,
                "expires_at": expires_at
                or timezone.now() + timedelta(minutes=settings.UNPAID_MINUTES),
            },
        )
        if created:
            _note(payment, EventKind.STARTED, key="started", amount=amount)
    if (payment.amount, payment.currency, payment.subject) != (amount, currency, subject):
        raise PaymentDiffers
    return payment


def redirect_to_partner(payment: Payment) -> Redirect:
    """Where the payer pays; records what leaves the house (PAY-02) and asks again in a minute.

    Raises `PaymentNotOpen`. Makes no call.
    """
    now = timezone.now()
    with transaction.atomic():
        moved = Payment.objects.filter(
            pk=payment.pk, state__in=OPEN_STATES, close_requested_at=None, expires_at__gt=now
        ).update(
            state=PaymentState.PENDING,
            redirected_at=now,
            checks=0,
            next_check_at=now + FIRST_CHECK,
        )
        if not moved:
            raise PaymentNotOpen
        _note(payment, EventKind.REDIRECTED, key=f"redirected:{now.isoformat()}")
        sent = disclosures.record(
            RECIPIENT,
            subject=payment.subject,
            payload={
                "payment_reference": payment.code,
                "amount": payment.amount,
                "currency": payment.currency,
                "title": payment.title,
            },
            ground=Ground.CONTRACT,
            reference=payment.code,
        )
    payment.refresh_from_db()
    return provider_of(payment.provider).redirect(
        PaymentRequest(
            payment_code=str(sent["payment_reference"]),
            amount=payment.amount,
            currency=str(sent["currency"]),
            title=str(sent["title"]),
            return_url=_public(reverse("payments:back", args=[payment.code])),
            notify_url=_notify_url(payment.provider),
            expires_at=payment.expires_at,
        )
    )


def sync(payment: Payment) -> Payment:
    """Ask the partner how the payment stands and record it. Raises `PartnerDown`.

    Calls outside: refuses to run inside a transaction.
    """
    _refuse_transaction()
    if payment.state not in OPEN_STATES or payment.redirected_at is None:
        return payment
    try:
        statement = provider_of(payment.provider).query(payment.code, payment.currency)
    except PartnerUnreachable as error:
        raise PartnerDown from error
    with transaction.atomic():
        _apply(payment, statement, source=Source.QUERY, key=timezone.now().isoformat())
        if statement.status is Status.UNKNOWN and _has_expired(payment):
            _close_now(payment, source=Source.QUERY, detail="never_opened")
    payment.refresh_from_db()
    return payment


def close(payment: Payment) -> Payment:
    """Stop waiting for this payment; `payment_closed` follows once nobody can pay it any more.

    Idempotent, may run inside the caller's transaction: a payment that the partner never saw is
    closed at once, for any other a job asks the partner. Money that is faster wins:
    `payment_settled` is sent instead.
    """
    now = timezone.now()
    with transaction.atomic():
        asked = Payment.objects.filter(
            pk=payment.pk, state__in=OPEN_STATES, close_requested_at=None
        ).update(close_requested_at=now, next_check_at=now, checks=0)
        payment.refresh_from_db()
        if not asked:
            return payment
        _note(payment, EventKind.CLOSE_REQUESTED, key="close_requested")
        if payment.redirected_at is None:
            _close_now(payment, source=Source.MALL, detail="never_opened")
        else:
            enqueue("payments.check", once=f"payments.close:{payment.pk}", payment_id=payment.pk)
    payment.refresh_from_db()
    return payment


def check(payment: Payment) -> None:
    """One round of asking: finish a closing, else synchronise; plan the next round."""
    _refuse_transaction()
    pause = min(FIRST_CHECK * 2**payment.checks, LONGEST_CHECK)
    Payment.objects.filter(pk=payment.pk, state__in=OPEN_STATES).update(
        checks=F("checks") + 1, next_check_at=timezone.now() + pause
    )
    try:
        if payment.close_requested_at is not None:
            _close_at_partner(payment)
        else:
            sync(payment)
    except (PartnerDown, PartnerUnreachable):
        log.warning("payment partner is down", extra={"reference": payment.code})


def _close_at_partner(payment: Payment) -> None:
    if payment.state not in OPEN_STATES:
        return
    answer = provider_of(payment.provider).close(payment.code)
    if answer is Status.PAID:
        sync(payment)
    elif answer in {Status.CLOSED, Status.UNKNOWN}:
        with transaction.atomic():
            _close_now(payment, source=Source.QUERY, detail=answer.value)


def reconcile() -> int:
    """Enqueue a check of every payment that was silent long enough, and of failed refunds.

    Returns the number of jobs asked for.
    """
    count = 0
    for pk, checks in payments_to_check().values_list("pk", "checks")[:500]:
        enqueue("payments.check", once=f"payments.check:{pk}:{_minute()}:{checks}", payment_id=pk)
        count += 1
    hour = timezone.now().strftime("%Y%m%d%H")
    for pk in failed_refunds_to_check().values_list("pk", flat=True)[:500]:
        enqueue("payments.check_refund", once=f"payments.check_refund:{pk}:{hour}", refund_id=pk)
        count += 1
    return count


# --- What partners tell ----------------------------------------------------------------


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
            defaults={"payment": payment, "content": message.content | _spoken(message.statement)},
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
            outcome = _apply(
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


def _apply(
    payment: Payment, statement: PartnerStatus, *, source: Source, key: str
) -> NoticeOutcome:
    """One door for notices, queries and the payer's return; runs in the caller's transaction."""
    happened_at = statement.happened_at or timezone.now()
    if statement.status is Status.PAID:
        if statement.amount != payment.amount:
            _note(
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
        moved = _close_now(payment, source=source, detail="partner", happened_at=happened_at)
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
    moved = late or _move(
        payment,
        PaymentState.PAID,
        paid_at=happened_at,
        partner_reference=statement.partner_reference,
        next_check_at=None,
    )
    if moved:
        event = _note(
            payment,
            EventKind.PAID_LATE if late else EventKind.PAID,
            key="paid",
            source=source,
            amount=payment.amount,
            happened_at=happened_at,
        )
        _announce(event)
    return moved


def _fail(payment: Payment, *, source: Source, key: str, happened_at: datetime) -> bool:
    """A refusal older than the payer's latest try says nothing about that try."""
    current = Payment.objects.values_list("redirected_at", flat=True).get(pk=payment.pk)
    if current is not None and happened_at + CLOCKS_DIFFER < current:
        return False
    moved = _move(payment, PaymentState.FAILED)
    if moved:
        _announce(
            _note(
                payment,
                EventKind.FAILED,
                key=f"failed:{key}",
                source=source,
                happened_at=happened_at,
            )
        )
    return moved


def _close_now(
    payment: Payment, *, source: Source, detail: str, happened_at: datetime | None = None
) -> bool:
    moment = happened_at or timezone.now()
    moved = _move(payment, PaymentState.CLOSED, closed_at=moment, next_check_at=None)
    if moved:
        _announce(
            _note(
                payment,
                EventKind.CLOSED,
                key="closed",
                source=source,
                detail=detail,
                happened_at=moment,
            )
        )
    return moved


def _move(payment: Payment, to: PaymentState, **also: object) -> bool:
    """A conditional update by the table of allowed moves; True for the one who made the move."""
    return bool(
        Payment.objects.filter(pk=payment.pk, state__in=PAYMENT_MOVES[to]).update(state=to, **also)
    )


# --- Paying back -----------------------------------------------------------------------


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
    _note(
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
    _refuse_transaction()
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
            _end_refund(row, RefundState.FAILED, failure="partner_down")
            return
        pause = min(5 * 2**row.attempts, LONGEST_REFUND_PAUSE)
        raise TryLater(seconds=pause, reason="payment_partner_down") from None
    if answer.refunded:
        _end_refund(row, RefundState.SETTLED)
    else:
        _end_refund(row, RefundState.FAILED, failure=answer.refusal)


def check_refund(row: Refund) -> None:
    """Ask whether a refund that we gave up was done after all."""
    _refuse_transaction()
    if row.state != RefundState.FAILED:
        return
    payment = row.payment
    try:
        done = provider_of(payment.provider).was_refunded(payment.code, row.code)
    except PartnerUnreachable:
        return
    if done:
        _end_refund(row, RefundState.SETTLED)


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


def _end_refund(row: Refund, to: RefundState, *, failure: str = "") -> None:
    now = timezone.now()
    settled = to is RefundState.SETTLED
    stamps = {"settled_at": now} if settled else {"failed_at": now}
    kind = EventKind.REFUND_SETTLED if settled else EventKind.REFUND_FAILED
    with transaction.atomic():
        if _move_refund(row, to, failure=failure, **stamps):
            event = _note(
                row.payment,
                kind,
                key=f"{kind}:{row.code}:{row.round}",
                source=Source.QUERY,
                amount=row.amount,
                detail=row.code,
            )
            _announce(event)
    row.refresh_from_db()


def _move_refund(row: Refund, to: RefundState, **also: object) -> bool:
    return bool(
        Refund.objects.filter(pk=row.pk, state__in=REFUND_MOVES[to]).update(state=to, **also)
    )


# --- Telling ---------------------------------------------------------------------------


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


def _announce(event: PaymentEvent) -> None:
    """Write the job with the move, so that no crash loses the news; try it right after commit."""
    row = enqueue("payments.announce", run_at=timezone.now(), event_id=event.pk)
    transaction.on_commit(partial(_announce_now, row.pk), robust=True)


def _announce_now(job_id: int) -> None:
    current = request_id()
    run_job(job_id)
    set_request_id(current)


def _note(
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


def _has_expired(payment: Payment) -> bool:
    return payment.expires_at is not None and payment.expires_at < timezone.now()


def _minute() -> str:
    return timezone.now().strftime("%Y%m%d%H%M")


def _refuse_transaction() -> None:
    """A call to a partner inside a transaction would hold locks while we wait."""
    with transaction.atomic(durable=True):
        pass


def _notify_url(provider: str) -> str:
    return _public(reverse("partners:payment_notify", args=[provider]))


def _public(path: str) -> str:
    return urljoin(str(settings.PUBLIC_URL), path)
