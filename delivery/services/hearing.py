"""What the carrier tells: pushes and answers go through one door."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.locks import lock_rows
from common.outbound import PartnerUnreachable, refuse_transaction
from delivery.carriers.base import CarrierRefused, TrackingEvent
from delivery.carriers.registry import carrier_of
from delivery.enums import (
    ENDED,
    UNDER_WAY,
    WITH_CARRIER,
    EventKind,
    News,
    ParcelState,
    PushOutcome,
    Source,
)
from delivery.errors import (
    UnknownParcel,
)
from delivery.models import Parcel, PartnerPush
from delivery.queries import RECHECK_LOST_FOR, parcels_to_poll
from delivery.services.moving import announce_later, move, note
from delivery.services.shipping import FIRST_POLL, take_number
from jobs.services import enqueue
from privacy import inbound

log = logging.getLogger(__name__)

STATES = ("state", "sequence", "happened_at")
"""What of a push is kept when its person is gone."""
LONGEST_POLL = timedelta(hours=12)


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
                "content": inbound.accept(
                    parcel.subject,
                    {
                        "state": news.state.value,
                        "sequence": news.sequence,
                        "happened_at": news.happened_at.isoformat(),
                        "place": news.place,
                    },
                    states=STATES,
                ),
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
            place=content.get("place", ""),
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
        note(
            locked,
            EventKind(news.state.value),
            key="accepted" if news.state is ParcelState.ACCEPTED else f"carrier:{news.event_id}",
            source=source,
            sequence=news.sequence,
            place=inbound.text(locked.subject, news.place),
            happened_at=news.happened_at,
        )
        is_over = locked.state in ENDED and locked.state != ParcelState.LOST
        Parcel.objects.filter(pk=locked.pk).update(
            polls=0, next_poll_at=None if is_over else now + FIRST_POLL
        )
        stamps = _stamps(locked, news, now)
        if news.sequence <= locked.last_sequence or not move(locked, news.state, **stamps):
            return False
        if "collected_at" in stamps:
            announce_later(locked, News.COLLECTED)
        if news.state in ENDED and news.state is not ParcelState.CANCELLED:
            announce_later(locked, News(news.state.value))
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
    refuse_transaction()
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
        take_number(parcel, shipment.tracking_number)
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
