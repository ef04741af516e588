"""Stop a parcel that no carrier holds yet."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from common.locks import lock_rows
from common.outbound import PartnerUnreachable, refuse_transaction
from delivery.carriers.base import CarrierRefused
from delivery.carriers.registry import carrier_of
from delivery.enums import (
    EventKind,
    ParcelState,
    Source,
)
from delivery.errors import (
    WrongStep,
)
from delivery.models import Parcel
from delivery.services.moving import move, note
from delivery.services.shipping import FIRST_PAUSE
from jobs.errors import TryLater
from jobs.services import enqueue


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
            cancel_now(locked, source=source)
        elif locked.state in {ParcelState.REQUESTED, ParcelState.ACCEPTED}:
            if locked.cancel_requested_at is None:
                Parcel.objects.filter(pk=locked.pk).update(cancel_requested_at=timezone.now())
                note(locked, EventKind.CANCEL_REQUESTED, key="cancel_requested", source=source)
                enqueue("delivery.cancel", once=f"delivery.cancel:{locked.pk}", parcel_id=locked.pk)
        else:
            raise WrongStep
    parcel.refresh_from_db()
    return parcel


def cancel_at_carrier(parcel: Parcel) -> None:
    """Take the announcement back; raises `TryLater` while the carrier does not answer."""
    refuse_transaction()
    if parcel.state == ParcelState.PREPARED:
        with transaction.atomic():
            cancel_now(parcel, source=Source.MALL)
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
            cancel_now(parcel, source=Source.QUERY)
        else:
            note(parcel, EventKind.CANCEL_REFUSED, key="cancel_refused", source=Source.QUERY)
            rows = Parcel.objects.filter(pk=parcel.pk)
            if not rows.filter(state=ParcelState.CANCELLED).update(failure="cancel_refused"):
                rows.update(next_poll_at=timezone.now())


def cancel_now(parcel: Parcel, *, source: Source) -> None:
    now = timezone.now()
    if move(parcel, ParcelState.CANCELLED, ended_at=now, next_poll_at=None, failure=""):
        note(parcel, EventKind.CANCELLED, key="cancelled", source=source)
