"""What the mall asks of a carrier's adapter. Adapters hold no rows and write none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

from delivery.enums import ParcelState


class CarrierRefused(Exception):
    """The carrier understood and said no; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class ShipmentRequest:
    """All that a carrier gets to know: no order, no goods, no sender but the mall's account."""

    reference: str
    name: str
    phone: str
    address: str
    weight_g: int
    push_url: str


@dataclass(frozen=True)
class TrackingEvent:
    """One piece of the carrier's news, in the mall's words."""

    event_id: str
    reference: str
    state: ParcelState
    sequence: int
    happened_at: datetime
    place: str = ""


@dataclass(frozen=True)
class Shipment:
    """What the carrier knows of a parcel."""

    tracking_number: str
    events: tuple[TrackingEvent, ...] = ()


class Carrier(Protocol):
    """An adapter: four calls, and the reading of what the carrier pushes.

    Calls raise `common.outbound.PartnerUnreachable` when no answer came and `CarrierRefused`.
    """

    code: str

    @property
    def label(self) -> "str | Promise":
        """The carrier's name, for people."""

    def ship(self, request: ShipmentRequest) -> Shipment:
        """Announce a parcel; the same reference again gives the same tracking number."""

    def track(self, reference: str) -> Shipment | None:
        """Ask how the parcel stands; None when the carrier never heard of it."""

    def cancel(self, reference: str) -> bool:
        """Take the announcement back; False when the carrier already holds the parcel."""

    def ask_to_delete(self, notice: Mapping[str, object]) -> bool:
        """Hand a signed notice over; True when the carrier confirmed that it deleted."""

    def read_push(
        self, body: bytes, headers: Mapping[str, str], *, method: str, path: str
    ) -> TrackingEvent:
        """Verify news on its raw body; raises `BadPush` and `MalformedPush`."""
