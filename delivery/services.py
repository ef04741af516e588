"""Every write about parcels. Outside calls run between transactions, never inside one:
record the intent, call, record the result.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
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
from django.utils.crypto import constant_time_compare

from common.locks import lock_rows
from common.outbound import PartnerUnreachable
from common.request_id import request_id, set_request_id
from delivery import signals
from delivery.carriers.base import CarrierRefused, ShipmentRequest, TrackingEvent
from delivery.carriers.registry import carrier_of, default_carrier
from delivery.enums import (
    ENDED,
    PARCEL_MOVES,
    UNDER_WAY,
    WITH_CARRIER,
    EventKind,
    MethodCode,
    News,
    ParcelState,
    PushOutcome,
    Source,
)
from delivery.errors import (
    ParcelDiffers,
    PickupLocked,
    RecipientIncomplete,
    UnknownParcel,
    WrongPickupCode,
    WrongStep,
)
from delivery.fees import (
    Method,
    Quote,
    QuoteRequest,
    methods_for,
    methods_for_stores,
    quote,
    quotes,
)
from delivery.models import Parcel, ParcelEvent, PartnerPush
from delivery.queries import RECHECK_LOST_FOR, full_address, parcels_to_poll
from jobs.errors import TryLater
from jobs.services import enqueue, run_job
from privacy import audit, disclosures, keyring
from privacy.enums import Action, Ground
from stores.models import Store

__all__ = [
    "Method",
    "Quote",
    "QuoteRequest",
    "Recipient",
    "announce",
    "apply_push",
    "cancel",
    "cancel_at_carrier",
    "check",
    "hand_over",
    "mark_ready",
    "methods_for",
    "methods_for_stores",
    "open_parcel",
    "poll",
    "quote",
    "quotes",
    "receive",
    "record_event",
    "send_to_carrier",
    "ship",
]

log = logging.getLogger(__name__)

RECIPIENT = "carrier"
LABEL_LANGUAGE = "zh-hans"
"""Carriers in China read addresses in Chinese."""
FIRST_PAUSE = 5
LONGEST_PAUSE = 1800
TROUBLE_AFTER = 5
FIRST_POLL = timedelta(minutes=30)
LONGEST_POLL = timedelta(hours=12)
PICKUP_DIGITS = 6
PICKUP_TRIES = 5
PICKUP_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True)
class Recipient:
    """Who receives the goods. Pick-up needs name and phone only."""

    name: str
    phone: str
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


# --- Opening ---------------------------------------------------------------------------


def open_parcel(
    *,
    reference: str,
    store: Store,
    method: str,
    subject: UUID,
    recipient: Recipient | None,
    weight_g: int,
) -> Parcel:
    """Open a parcel for one recipient, or return the one this reference already has.

    The recipient is sealed under the subject's key. Raises `RecipientIncomplete`, and
    `ParcelDiffers` when the reference belongs to another store or person. May run inside the
    caller's transaction: nothing is called outside.
    """
    existing = Parcel.objects.filter(reference=reference).first()
    if existing is None:
        existing = _open(reference, store, MethodCode(method), subject, recipient, weight_g)
    if (existing.store_id, existing.subject) != (store.pk, subject):
        raise ParcelDiffers
    return existing


def _open(
    reference: str,
    store: Store,
    method: MethodCode,
    subject: UUID,
    recipient: Recipient | None,
    weight_g: int,
) -> Parcel:
    if recipient is None or not recipient.name.strip() or not recipient.phone.strip():
        raise RecipientIncomplete
    by_carrier = method is MethodCode.CARRIER
    if by_carrier and not (recipient.street.strip() and recipient.province):
        raise RecipientIncomplete
    row = Parcel(
        reference=reference,
        store=store,
        method=method,
        subject=subject,
        weight_g=weight_g,
        carrier=default_carrier().code if by_carrier else "",
        recipient_name=recipient.name.strip(),
        recipient_phone=recipient.phone.strip(),
    )
    if by_carrier:
        row.province, row.city, row.district = (
            recipient.province,
            recipient.city,
            recipient.district,
        )
        row.street, row.postcode = recipient.street.strip(), recipient.postcode
    with transaction.atomic():
        # Of two callers with one reference the second waits here and finds the first one's row.
        Parcel.objects.bulk_create([row], ignore_conflicts=True)
        parcel = Parcel.objects.get(reference=reference)
        if parcel.code == row.code:
            _note(parcel, EventKind.OPENED, key="opened")
    return parcel


# --- Shipping --------------------------------------------------------------------------


def ship(parcel: Parcel, actor: Any) -> Parcel:
    """Announce the parcel to its carrier; a job calls, the tracking number follows.

    Idempotent: a parcel that is announced already stays as it is. Raises `WrongStep` for a
    pick-up and for a parcel that has ended.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        if locked.is_pickup or locked.state in ENDED:
            raise WrongStep
        now = timezone.now()
        moved = _move(
            locked,
            ParcelState.REQUESTED,
            round=F("round") + 1,
            attempts=0,
            failure="",
            requested_at=now,
            next_poll_at=now + FIRST_POLL,
            polls=0,
        )
        if moved:
            locked.refresh_from_db()
            _note(
                locked,
                EventKind.REQUESTED,
                key=f"requested:{locked.round}",
                source=Source.STORE if actor else Source.MALL,
            )
            audit.record(
                Action.ORDER_SHIPPED,
                actor=actor,
                subject=locked.subject,
                detail={"parcel": locked.code, "step": "announced"},
            )
            enqueue(
                "delivery.ship",
                once=f"delivery.ship:{locked.pk}:{locked.round}",
                parcel_id=locked.pk,
            )
    parcel.refresh_from_db()
    return parcel


def send_to_carrier(parcel: Parcel) -> None:
    """Call the carrier about an announced parcel; raises `TryLater` while it does not answer.

    The carrier's key is the parcel's code, so an attempt that was heard but not answered is
    answered by the next one with the same number.
    """
    _refuse_transaction()
    never_asked = {ParcelState.PREPARED, ParcelState.READY, ParcelState.CANCELLED}
    if parcel.tracking_number or parcel.state in never_asked or parcel.cancel_requested_at:
        return
    if not parcel.recipient_name:
        _refuse_shipment(parcel, "recipient_gone")
        return
    carrier = carrier_of(parcel.carrier)
    request = _disclose(parcel)
    try:
        shipment = carrier.ship(request)
    except PartnerUnreachable:
        if parcel.attempts + 1 >= TROUBLE_AFTER:
            Parcel.objects.filter(pk=parcel.pk).update(failure="carrier_down")
        pause = min(FIRST_PAUSE * 2 ** min(parcel.attempts, 10), LONGEST_PAUSE)
        raise TryLater(seconds=pause, reason="carrier_down") from None
    except CarrierRefused as refused:
        _refuse_shipment(parcel, refused.code)
        return
    _take_number(parcel, shipment.tracking_number)


def _refuse_shipment(parcel: Parcel, code: str) -> None:
    """Back to being prepared, for people to look at."""
    with transaction.atomic():
        if _move(parcel, ParcelState.PREPARED, failure=code, next_poll_at=None):
            _note(
                parcel,
                EventKind.REFUSED,
                key=f"refused:{parcel.round}",
                source=Source.QUERY,
                detail=code,
            )


def _disclose(parcel: Parcel) -> ShipmentRequest:
    """Count the attempt; with the first of a round, note what leaves the house (DLV-02)."""
    payload = {
        "name": str(parcel.recipient_name),
        "phone": str(parcel.recipient_phone),
        "address": full_address(parcel, LABEL_LANGUAGE),
        "weight": parcel.weight_g,
    }
    with transaction.atomic():
        first = Parcel.objects.filter(pk=parcel.pk, round=parcel.round, attempts=0)
        if first.update(attempts=1):
            payload = disclosures.record(
                RECIPIENT,
                subject=parcel.subject,
                payload=payload,
                ground=Ground.CONTRACT,
                reference=parcel.code,
            )
        else:
            Parcel.objects.filter(pk=parcel.pk).update(attempts=F("attempts") + 1)
    return ShipmentRequest(
        reference=parcel.code,
        name=str(payload["name"]),
        phone=str(payload["phone"]),
        address=str(payload["address"]),
        weight_g=parcel.weight_g,
        push_url=_push_url(parcel.carrier),
    )


def _take_number(parcel: Parcel, number: str) -> None:
    """Store the carrier's number; news that overtook the answer has moved the parcel already."""
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        if not locked.tracking_number:
            locked.tracking_number = number
            locked.failure = ""
            locked.save(update_fields=["tracking_number", "failure"])
        is_first = _move(locked, ParcelState.ACCEPTED)
        if locked.state == ParcelState.CANCELLED:
            # Cancelled while the carrier was being asked: take the announcement back.
            enqueue(
                "delivery.cancel", once=f"delivery.cancel:{locked.pk}:late", parcel_id=locked.pk
            )
        else:
            moment = None if is_first else locked.requested_at
            _note(
                locked,
                EventKind.ACCEPTED,
                key="accepted",
                source=Source.QUERY,
                happened_at=moment,
            )
    parcel.refresh_from_db()


# --- Cancelling ------------------------------------------------------------------------


def cancel(parcel: Parcel, actor: Any = None) -> Parcel:
    """Stop a parcel that no carrier holds yet.

    At once when the carrier was never asked; else a job takes the announcement back, and a
    parcel that is already collected goes on (the timeline says so). Idempotent. Raises
    `WrongStep` for a parcel that has left or ended.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        source = Source.STORE if actor else Source.MALL
        if locked.state == ParcelState.CANCELLED:
            pass
        elif locked.state in {ParcelState.PREPARED, ParcelState.READY}:
            _cancel_now(locked, source=source)
        elif locked.state in {ParcelState.REQUESTED, ParcelState.ACCEPTED}:
            if locked.cancel_requested_at is None:
                Parcel.objects.filter(pk=locked.pk).update(cancel_requested_at=timezone.now())
                _note(locked, EventKind.CANCEL_REQUESTED, key="cancel_requested", source=source)
                enqueue("delivery.cancel", once=f"delivery.cancel:{locked.pk}", parcel_id=locked.pk)
        else:
            raise WrongStep
    parcel.refresh_from_db()
    return parcel


def cancel_at_carrier(parcel: Parcel) -> None:
    """Take the announcement back; raises `TryLater` while the carrier does not answer."""
    _refuse_transaction()
    if parcel.state == ParcelState.PREPARED:
        with transaction.atomic():
            _cancel_now(parcel, source=Source.MALL)
        return
    if parcel.state not in {ParcelState.REQUESTED, ParcelState.ACCEPTED, ParcelState.CANCELLED}:
        return
    try:
        cancelled = carrier_of(parcel.carrier).cancel(parcel.code)
    except PartnerUnreachable:
        raise TryLater(seconds=FIRST_PAUSE * 6, reason="carrier_down") from None
    except CarrierRefused:
        cancelled = False
    with transaction.atomic():
        if cancelled:
            _cancel_now(parcel, source=Source.QUERY)
        else:
            _note(parcel, EventKind.CANCEL_REFUSED, key="cancel_refused", source=Source.QUERY)
            rows = Parcel.objects.filter(pk=parcel.pk)
            if not rows.filter(state=ParcelState.CANCELLED).update(failure="cancel_refused"):
                rows.update(next_poll_at=timezone.now())


def _cancel_now(parcel: Parcel, *, source: Source) -> None:
    now = timezone.now()
    if _move(parcel, ParcelState.CANCELLED, ended_at=now, next_poll_at=None, failure=""):
        _note(parcel, EventKind.CANCELLED, key="cancelled", source=source)


# --- What carriers tell ----------------------------------------------------------------


def receive(
    carrier: str, body: bytes, headers: Mapping[str, str], *, method: str, path: str
) -> None:
    """Take a carrier's news: verify the raw body, store it once, leave the rest to a job.

    Answer after the commit. Raises `UnknownCarrier`, `BadPush`, `MalformedPush` and
    `UnknownParcel`; nothing is stored then.
    """
    news = carrier_of(carrier).read_push(body, headers, method=method, path=path)
    parcel = Parcel.objects.filter(carrier=carrier, code=news.reference).first()
    if parcel is None:
        raise UnknownParcel
    with transaction.atomic():
        push, created = PartnerPush.objects.get_or_create(
            carrier=carrier,
            event_id=news.event_id,
            defaults={
                "parcel": parcel,
                "content": {
                    "state": news.state.value,
                    "sequence": news.sequence,
                    "happened_at": news.happened_at.isoformat(),
                    "place": news.place,
                },
            },
        )
        if created:
            enqueue("delivery.apply_push", once=f"delivery.push:{push.pk}", push_id=push.pk)


def apply_push(push: PartnerPush) -> PushOutcome:
    """Let stored news change its parcel; applying them twice changes nothing."""
    with transaction.atomic():
        (locked,) = lock_rows(PartnerPush.objects.filter(pk=push.pk))
        if locked.outcome != PushOutcome.WAITING:
            return PushOutcome(locked.outcome)
        content = locked.content
        news = TrackingEvent(
            event_id=locked.event_id,
            reference=locked.parcel.code,
            state=ParcelState(content["state"]),
            sequence=content["sequence"],
            happened_at=datetime.fromisoformat(content["happened_at"]),
            place=content["place"],
        )
        moved = record_event(locked.parcel, news, source=Source.PUSH)
        outcome = PushOutcome.APPLIED if moved else PushOutcome.NO_CHANGE
        PartnerPush.objects.filter(pk=locked.pk).update(
            outcome=outcome, processed_at=timezone.now()
        )
    return outcome


def record_event(parcel: Parcel, news: TrackingEvent, *, source: Source) -> bool:
    """One door for pushes and answers: write the line, move the parcel if this is newer.

    Older news that come late are written down and change nothing; a delivered parcel stays
    delivered. True when the parcel moved.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        now = timezone.now()
        _note(
            locked,
            EventKind(news.state.value),
            key="accepted" if news.state is ParcelState.ACCEPTED else f"carrier:{news.event_id}",
            source=source,
            sequence=news.sequence,
            place=news.place,
            happened_at=news.happened_at,
        )
        is_over = locked.state in ENDED and locked.state != ParcelState.LOST
        Parcel.objects.filter(pk=locked.pk).update(
            polls=0, next_poll_at=None if is_over else now + FIRST_POLL
        )
        stamps = _stamps(locked, news, now)
        if news.sequence <= locked.last_sequence or not _move(locked, news.state, **stamps):
            return False
        if "collected_at" in stamps:
            _announce(locked, News.COLLECTED)
        if news.state in ENDED and news.state is not ParcelState.CANCELLED:
            _announce(locked, News(news.state.value))
    return True


def _stamps(parcel: Parcel, news: TrackingEvent, now: datetime) -> dict[str, object]:
    """The columns that a move by a carrier's news takes along."""
    stamps: dict[str, object] = {"last_sequence": news.sequence, "failure": ""}
    if parcel.collected_at is None and (
        news.state in UNDER_WAY or news.state is ParcelState.DELIVERED
    ):
        stamps["collected_at"] = news.happened_at
    if news.state is ParcelState.DELIVERED:
        # A carrier's clock that runs ahead must not shorten anybody's days.
        stamps["delivered_at"] = min(news.happened_at, now)
    if news.state in ENDED:
        stamps |= {"ended_at": now, "next_poll_at": None}
    if news.state is ParcelState.LOST:
        stamps["next_poll_at"] = now + LONGEST_POLL
    return stamps


def check(parcel: Parcel) -> None:
    """Ask the carrier about a parcel that it was silent about; plan the next round."""
    _refuse_transaction()
    now = timezone.now()
    lost_for_good = (
        parcel.state == ParcelState.LOST
        and parcel.ended_at is not None
        and parcel.ended_at < now - RECHECK_LOST_FOR
    )
    if parcel.state not in {*WITH_CARRIER, ParcelState.LOST} or lost_for_good:
        Parcel.objects.filter(pk=parcel.pk).update(next_poll_at=None)
        return
    pause = min(FIRST_POLL * 2 ** min(parcel.polls + 1, 10), LONGEST_POLL)
    Parcel.objects.filter(pk=parcel.pk).update(polls=F("polls") + 1, next_poll_at=now + pause)
    try:
        shipment = carrier_of(parcel.carrier).track(parcel.code)
    except (PartnerUnreachable, CarrierRefused):
        log.warning("the carrier gives no answer", extra={"reference": parcel.code})
        return
    if shipment is None:
        return  # Never heard of it: the shipping job is still trying.
    if not parcel.tracking_number:
        _take_number(parcel, shipment.tracking_number)
    for event in shipment.events:
        record_event(parcel, event, source=Source.QUERY)


def poll() -> int:
    """Enqueue a check of every parcel that was silent long enough; returns how many."""
    count = 0
    for pk, polls in parcels_to_poll().values_list("pk", "polls")[:500]:
        slot = timezone.now().strftime("%Y%m%d%H%M")
        enqueue("delivery.check", once=f"delivery.check:{pk}:{slot}:{polls}", parcel_id=pk)
        count += 1
    return count


# --- Pick-up at the store --------------------------------------------------------------


def mark_ready(parcel: Parcel, actor: Any) -> Parcel:
    """The goods wait at the store: draw the pick-up code; `parcel_ready` tells the buyer.

    Idempotent. Raises `WrongStep` for a parcel that a carrier brings, or that has ended.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        if locked.state == ParcelState.READY:
            return locked
        if not locked.is_pickup or not _move(locked, ParcelState.READY, ready_at=timezone.now()):
            raise WrongStep
        locked.refresh_from_db()
        code = f"{secrets.randbelow(10**PICKUP_DIGITS):0{PICKUP_DIGITS}d}"
        locked.pickup_code = code
        locked.pickup_hash = _pickup_hash(locked, code)
        locked.save(update_fields=["pickup_code", "pickup_hash"])
        _note(locked, EventKind.READY, key="ready", source=Source.STORE)
        disclosures.record(
            "store",
            subject=locked.subject,
            payload={
                "name": str(locked.recipient_name),
                "phone": str(locked.recipient_phone),
            },
            ground=Ground.CONTRACT,
            reference=locked.code,
        )
        audit.record(
            Action.ORDER_SHIPPED,
            actor=actor,
            subject=locked.subject,
            detail={"parcel": locked.code, "step": "ready"},
        )
        _announce(locked, News.READY)
    parcel.refresh_from_db()
    return parcel


def hand_over(parcel: Parcel, pickup_code: str, actor: Any) -> Parcel:
    """Give the goods to whoever shows the code; `parcel_delivered` follows.

    Idempotent once handed over. Raises `WrongPickupCode`, `PickupLocked` after five wrong codes
    (for a quarter of an hour), and `WrongStep` when nothing waits. Refuses to run inside a
    transaction, so that a wrong try stays counted.
    """
    refusal: WrongPickupCode | PickupLocked | None = None
    with transaction.atomic(durable=True):
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        now = timezone.now()
        if locked.is_pickup and locked.state == ParcelState.DELIVERED:
            return locked
        if not locked.is_pickup or locked.state != ParcelState.READY:
            raise WrongStep
        if locked.pickup_locked_until is not None and locked.pickup_locked_until > now:
            raise PickupLocked(_minutes(locked.pickup_locked_until - now))
        given = "".join(pickup_code.split())
        if constant_time_compare(_pickup_hash(locked, given), locked.pickup_hash):
            _hand_over_now(locked, actor, now)
        else:
            refusal = _count_wrong_code(locked, now)
    if refusal is not None:
        raise refusal
    parcel.refresh_from_db()
    return parcel


def _hand_over_now(parcel: Parcel, actor: Any, now: datetime) -> None:
    _move(parcel, ParcelState.DELIVERED, delivered_at=now, ended_at=now, pickup_hash="")
    parcel.refresh_from_db()
    parcel.pickup_code = None
    parcel.save(update_fields=["pickup_code"])
    _note(parcel, EventKind.DELIVERED, key="delivered", source=Source.STORE)
    audit.record(
        Action.ORDER_SHIPPED,
        actor=actor,
        subject=parcel.subject,
        detail={"parcel": parcel.code, "step": "handed_over"},
    )
    _announce(parcel, News.DELIVERED)


def _count_wrong_code(parcel: Parcel, now: datetime) -> "WrongPickupCode | PickupLocked":
    tries = parcel.pickup_tries + 1
    if tries >= PICKUP_TRIES:
        Parcel.objects.filter(pk=parcel.pk).update(
            pickup_tries=0, pickup_locked_until=now + PICKUP_PAUSE
        )
        return PickupLocked(_minutes(PICKUP_PAUSE))
    Parcel.objects.filter(pk=parcel.pk).update(pickup_tries=tries)
    return WrongPickupCode(PICKUP_TRIES - tries)


def _pickup_hash(parcel: Parcel, code: str) -> str:
    return keyring.token("delivery.pickup", f"{parcel.seal_id}:{code}")


def _minutes(span: timedelta) -> int:
    return max(1, -(-int(span.total_seconds()) // 60))


# --- Telling ---------------------------------------------------------------------------

_SIGNALS = {
    News.COLLECTED: signals.parcel_collected,
    News.READY: signals.parcel_ready,
    News.DELIVERED: signals.parcel_delivered,
    News.RETURNED: signals.parcel_returned,
    News.LOST: signals.parcel_lost,
}


def announce(parcel: Parcel, news: News) -> None:
    """Send the signal; a receiver that raises is called again later."""
    _SIGNALS[news].send(Parcel, parcel=parcel)


def _announce(parcel: Parcel, news: News) -> None:
    """Write the job with the move, so that no crash loses the news; try it right after commit."""
    row = enqueue(
        "delivery.announce",
        run_at=timezone.now(),
        once=f"delivery.announce:{parcel.pk}:{news.value}",
        parcel_id=parcel.pk,
        news=news.value,
    )
    transaction.on_commit(partial(_announce_now, row.pk))


def _announce_now(job_id: int) -> None:
    current = request_id()
    run_job(job_id)
    set_request_id(current)


# --- Small things ----------------------------------------------------------------------


def _move(parcel: Parcel, to: ParcelState, **also: object) -> bool:
    """A conditional update by the table of allowed moves; True for the one who made the move."""
    return bool(
        Parcel.objects.filter(pk=parcel.pk, state__in=PARCEL_MOVES[to]).update(state=to, **also)
    )


def _note(
    parcel: Parcel,
    kind: EventKind,
    *,
    key: str,
    source: Source = Source.MALL,
    sequence: int = 0,
    place: str = "",
    detail: str = "",
    happened_at: datetime | None = None,
) -> ParcelEvent:
    """Write one line of the timeline, once per key."""
    event, _created = ParcelEvent.objects.get_or_create(
        parcel=parcel,
        key=key[:160],
        defaults={
            "kind": kind,
            "source": source,
            "sequence": sequence,
            "place": place,
            "detail": detail,
            "happened_at": happened_at or timezone.now(),
        },
    )
    return event


def _refuse_transaction() -> None:
    """A call to a partner inside a transaction would hold locks while we wait."""
    with transaction.atomic(durable=True):
        pass


def _push_url(carrier: str) -> str:
    base: str = settings.PUBLIC_URL
    return urljoin(base, reverse("partners_delivery:parcel_notify", args=[carrier]))
