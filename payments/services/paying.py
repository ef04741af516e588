"""Ask for money: start, lead to the partner, ask how it stands, stop waiting."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from common.outbound import PartnerUnreachable, refuse_transaction
from jobs.services import enqueue
from payments.enums import (
    OPEN_STATES,
    EventKind,
    PaymentState,
    Source,
)
from payments.errors import (
    PartnerDown,
    PaymentDiffers,
    PaymentNotOpen,
)
from payments.models import Payment
from payments.providers.base import (
    PaymentRequest,
    Redirect,
    Status,
)
from payments.providers.registry import available_methods, provider_of
from payments.queries import failed_refunds_to_check, payments_to_check
from payments.services.hearing import apply
from payments.services.moving import RECIPIENT, close_now, note
from privacy import disclosures
from privacy.enums import Ground

log = logging.getLogger(__name__)

FIRST_CHECK = timedelta(seconds=60)
LONGEST_CHECK = timedelta(minutes=30)


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
            note(payment, EventKind.STARTED, key="started", amount=amount)
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
        note(payment, EventKind.REDIRECTED, key=f"redirected:{now.isoformat()}")
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
    refuse_transaction()
    if payment.state not in OPEN_STATES or payment.redirected_at is None:
        return payment
    try:
        statement = provider_of(payment.provider).query(payment.code, payment.currency)
    except PartnerUnreachable as error:
        raise PartnerDown from error
    with transaction.atomic():
        apply(payment, statement, source=Source.QUERY, key=timezone.now().isoformat())
        if statement.status is Status.UNKNOWN and _has_expired(payment):
            close_now(payment, source=Source.QUERY, detail="never_opened")
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
        note(payment, EventKind.CLOSE_REQUESTED, key="close_requested")
        if payment.redirected_at is None:
            close_now(payment, source=Source.MALL, detail="never_opened")
        else:
            enqueue("payments.check", once=f"payments.close:{payment.pk}", payment_id=payment.pk)
    payment.refresh_from_db()
    return payment


def check(payment: Payment) -> None:
    """One round of asking: finish a closing, else synchronise; plan the next round."""
    refuse_transaction()
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
            close_now(payment, source=Source.QUERY, detail=answer.value)


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


def _has_expired(payment: Payment) -> bool:
    return payment.expires_at is not None and payment.expires_at < timezone.now()


def _minute() -> str:
    return timezone.now().strftime("%Y%m%d%H%M")


def _notify_url(provider: str) -> str:
    return _public(reverse("partners:payment_notify", args=[provider]))


def _public(path: str) -> str:
    return urljoin(str(settings.PUBLIC_URL), path)
