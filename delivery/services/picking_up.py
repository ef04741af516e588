"""Pick-up at the store: a code for the buyer, a few tries for who shows it."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from common.locks import lock_rows
from delivery.enums import (
    EventKind,
    News,
    ParcelState,
    Source,
)
from delivery.errors import (
    PickupLocked,
    WrongPickupCode,
    WrongStep,
)
from delivery.models import Parcel
from delivery.services.moving import announce_later, move, note
from privacy import audit, disclosures, keyring
from privacy.enums import Action, Ground

PICKUP_DIGITS = 6
PICKUP_TRIES = 5
PICKUP_PAUSE = timedelta(minutes=15)


def mark_ready(parcel: Parcel, actor: Any) -> Parcel:
    """The goods wait at the store: draw the pick-up code; `parcel_ready` tells the buyer.

    Idempotent. Raises `WrongStep` for a parcel that a carrier brings, or that has ended.
    """
    with transaction.atomic():
        (locked,) = lock_rows(Parcel.objects.filter(pk=parcel.pk))
        if locked.state == ParcelState.READY:
            return locked
        if not locked.is_pickup or not move(locked, ParcelState.READY, ready_at=timezone.now()):
            raise WrongStep
        locked.refresh_from_db()
        code = f"{secrets.randbelow(10**PICKUP_DIGITS):0{PICKUP_DIGITS}d}"
        locked.pickup_code = code
        locked.pickup_hash = _pickup_hash(locked, code)
        locked.save(update_fields=["pickup_code", "pickup_hash"])
        note(locked, EventKind.READY, key="ready", source=Source.STORE)
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
        announce_later(locked, News.READY)
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
    move(parcel, ParcelState.DELIVERED, delivered_at=now, ended_at=now, pickup_hash="")
    parcel.refresh_from_db()
    parcel.pickup_code = None
    parcel.save(update_fields=["pickup_code"])
    note(parcel, EventKind.DELIVERED, key="delivered", source=Source.STORE)
    audit.record(
        Action.ORDER_SHIPPED,
        actor=actor,
        subject=parcel.subject,
        detail={"parcel": parcel.code, "step": "handed_over"},
    )
    announce_later(parcel, News.DELIVERED)


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
