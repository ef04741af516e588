"""Announce a parcel to its carrier; a job calls, the tracking number follows."""

from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from common.locks import lock_rows
from common.outbound import PartnerUnreachable, refuse_transaction
from delivery.carriers.base import CarrierRefused, ShipmentRequest
from delivery.carriers.registry import carrier_of
from delivery.enums import (
    ENDED,
    EventKind,
    ParcelState,
    Source,
)
from delivery.errors import (
    WrongStep,
)
from delivery.models import Parcel
from delivery.queries import full_address
from delivery.services.moving import move, note
from jobs.errors import TryLater
from jobs.services import enqueue
from privacy import audit, disclosures
from privacy.enums import Action, Ground

RECIPIENT = "carrier"
LABEL_LANGUAGE = "zh-hans"
"""Carriers in China read addresses in Chinese."""
FIRST_PAUSE = 5
LONGEST_PAUSE = 1800
TROUBLE_AFTER = 5
FIRST_POLL = timedelta(minutes=30)


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
        moved = move(
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
            note(
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
    refuse_transaction()
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
    take_number(parcel, shipment.tracking_number)


def _refuse_shipment(parcel: Parcel, code: str) -> None:
    """Back to being prepared, for people to look at."""
    with transaction.atomic():
        if move(parcel, ParcelState.PREPARED, failure=code, next_poll_at=None):
            note(
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
        push_url=push_url(parcel.carrier),
    )


def take_number(parcel: Parcel, number: str) -> None:
    """Store the carrier's number; news that overtook the answer has moved the parcel already."""
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        if not locked.tracking_number:
            locked.tracking_number = number
            locked.failure = ""
            locked.save(update_fields=["tracking_number", "failure"])
        is_first = move(locked, ParcelState.ACCEPTED)
        if locked.state == ParcelState.CANCELLED:
            # Cancelled while the carrier was being asked: take the announcement back.
            enqueue(
                "delivery.cancel", once=f"delivery.cancel:{locked.pk}:late", parcel_id=locked.pk
            )
        else:
            moment = None if is_first else locked.requested_at
            note(
                locked,
                EventKind.ACCEPTED,
                key="accepted",
                source=Source.QUERY,
                happened_at=moment,
            )
    parcel.refresh_from_db()


def push_url(carrier: str) -> str:
    base: str = settings.PUBLIC_URL
    return urljoin(base, reverse("partners_delivery:parcel_notify", args=[carrier]))
