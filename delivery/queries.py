"""Reads about parcels."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import Promise

from common.regions import describe
from delivery.enums import ENDED, WITH_CARRIER, EventKind, ParcelState
from delivery.models import Parcel, ParcelEvent
from privacy.fields import blind_index

if TYPE_CHECKING:
    from django.db.models import QuerySet

RECHECK_LOST_FOR = timedelta(days=30)


def parcel_for(reference: str) -> Parcel | None:
    """The parcel opened under this reference, if any."""
    return Parcel.objects.filter(reference=reference).select_related("store").first()


def find_by_tracking_number(number: str) -> "QuerySet[Parcel]":
    """The parcels with exactly this tracking number, for staff."""
    return Parcel.objects.filter(tracking_index=blind_index(Parcel, "tracking_index", number))


def timeline(parcel: Parcel) -> "QuerySet[ParcelEvent]":
    """The parcel's events with source and time, oldest first (DLV-03)."""
    return parcel.events.order_by("happened_at", "sequence", "pk")


@dataclass(frozen=True)
class Entry:
    """One line of the timeline as a page shows it."""

    label: "str | Promise"
    at: datetime
    note: "str | Promise"
    state: str


def timeline_entries(parcel: Parcel, events: "Iterable[ParcelEvent] | None" = None) -> list[Entry]:
    """The timeline in the words of the `timeline` component, oldest first.

    Hand in `events` when they were fetched with others.
    """
    rows = list(timeline(parcel) if events is None else events)
    last = None if parcel.state in ENDED else len(rows) - 1
    return [
        Entry(
            label=EventKind(row.kind).label,
            at=row.happened_at,
            note=row.place or row.get_source_display(),
            state="now" if number == last else "done",
        )
        for number, row in enumerate(rows)
    ]


def pickup_code(parcel: Parcel) -> str:
    """The code that the buyer shows at the store; empty unless the goods wait there."""
    return str(parcel.pickup_code or "") if parcel.state == ParcelState.READY else ""


def full_address(parcel: Parcel, language: str | None = None) -> str:
    """Region, street and postcode in one line; opens the street."""
    place = describe(parcel.province, parcel.city, parcel.district, language)
    street = str(parcel.street or "")
    if (language or "").startswith("zh"):
        return " ".join(part for part in (f"{place}{street}", parcel.postcode) if part)
    return ", ".join(part for part in (street, place, parcel.postcode) if part)


def parcels_to_poll() -> "QuerySet[Parcel]":
    """Parcels about which the carrier was silent long enough to be asked."""
    return Parcel.objects.filter(
        state__in=[*WITH_CARRIER, ParcelState.LOST], next_poll_at__lte=timezone.now()
    ).order_by("next_poll_at")


def parcels_in_trouble() -> "QuerySet[Parcel]":
    """Parcels that people must look at, oldest first."""
    over = ENDED - {ParcelState.CANCELLED}  # Cancelled here, and on its way all the same.
    return Parcel.objects.exclude(failure="").exclude(state__in=over).order_by("created_at")
