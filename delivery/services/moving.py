"""Moves of a parcel, the lines of its timeline, and the news for the apps above."""

from datetime import datetime

from django.utils import timezone

from delivery import signals
from delivery.enums import (
    PARCEL_MOVES,
    EventKind,
    News,
    ParcelState,
    Source,
)
from delivery.models import Parcel, ParcelEvent
from jobs.services import enqueue, run_after_commit

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


def announce_later(parcel: Parcel, news: News) -> None:
    """Write the job with the move, so that no crash loses the news; try it right after commit."""
    row = enqueue(
        "delivery.announce",
        run_at=timezone.now(),
        once=f"delivery.announce:{parcel.pk}:{news.value}",
        parcel_id=parcel.pk,
        news=news.value,
    )
    run_after_commit(row)


def move(parcel: Parcel, to: ParcelState, **also: object) -> bool:
    """A conditional update by the table of allowed moves; True for the one who made the move."""
    return bool(
        Parcel.objects.filter(pk=parcel.pk, state__in=PARCEL_MOVES[to]).update(state=to, **also)
    )


def note(
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
