"""A carrier that speaks signed JSON (HMAC-SHA256) and pushes its news.

The protocol stands in sandbox/README.md; every request and every push carries the account, a
time, a nonce and a signature over the raw body (`common.hmac_signing`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.hmac_signing import is_signed, signed_headers
from common.outbound import PartnerUnreachable, call
from common.partner_keys import sandbox_section
from delivery.carriers.base import CarrierRefused, Shipment, ShipmentRequest, TrackingEvent
from delivery.enums import ParcelState
from delivery.errors import BadPush, MalformedPush

STATES = {
    "ACCEPTED": ParcelState.ACCEPTED,
    "COLLECTED": ParcelState.COLLECTED,
    "IN_TRANSIT": ParcelState.IN_TRANSIT,
    "OUT_FOR_DELIVERY": ParcelState.OUT_FOR_DELIVERY,
    "DELIVERED": ParcelState.DELIVERED,
    "RETURNED": ParcelState.RETURNED,
    "LOST": ParcelState.LOST,
    "CANCELLED": ParcelState.CANCELLED,
}


@dataclass(frozen=True)
class Account:
    """The contract with the carrier."""

    url: str
    account: str
    secret: str


def account() -> Account:
    """The configured contract; raises `ImproperlyConfigured` when there is none."""
    if not settings.CARRIER_URL:
        raise ImproperlyConfigured("Set CARRIER_URL, CARRIER_ACCOUNT and CARRIER_SECRET to ship.")
    if settings.CARRIER_ACCOUNT and settings.CARRIER_SECRET:
        return Account(settings.CARRIER_URL, settings.CARRIER_ACCOUNT, settings.CARRIER_SECRET)
    section = sandbox_section("carrier")
    return Account(settings.CARRIER_URL, section["account"], section["secret"])


class HmacJsonCarrier:
    """The adapter. Its code stands in the address to which the carrier pushes."""

    code = "parcel-line"

    @property
    def label(self) -> "str | Promise":
        """The carrier's name, for people."""
        return _("Parcel Line")

    def ship(self, request: ShipmentRequest) -> Shipment:
        """See `Carrier`."""
        answer = self._call(
            "shipments",
            {
                "reference": request.reference,
                "push_url": request.push_url,
                "recipient": {
                    "name": request.name,
                    "phone": request.phone,
                    "address": request.address,
                },
                "weight_g": request.weight_g,
            },
        )
        return Shipment(self._number(answer))

    def track(self, reference: str) -> Shipment | None:
        """See `Carrier`."""
        try:
            answer = self._call("shipments/query", {"reference": reference})
        except CarrierRefused as refused:
            if refused.code == "unknown_shipment":
                return None
            raise
        told = [event for event in answer.get("events") or [] if isinstance(event, dict)]
        events = [_event({**event, "reference": reference}) for event in told]
        return Shipment(self._number(answer), tuple(sorted(events, key=lambda e: e.sequence)))

    def cancel(self, reference: str) -> bool:
        """See `Carrier`; a parcel that the carrier never heard of is cancelled as well."""
        try:
            self._call("shipments/cancel", {"reference": reference})
        except CarrierRefused as refused:
            if refused.code == "unknown_shipment":
                return True
            if refused.code == "already_collected":
                return False
            raise
        return True

    def ask_to_delete(self, notice: Mapping[str, object]) -> bool:
        """See `Carrier`."""
        return self._call("erasures", notice).get("acknowledged") is True

    def read_push(
        self, body: bytes, headers: Mapping[str, str], *, method: str, path: str
    ) -> TrackingEvent:
        """See `Carrier`. Who signed for the parcel is not taken over: we have no use for it."""
        ours = account()
        if not is_signed(
            headers, ours.secret, account=ours.account, method=method, path=path, body=body
        ):
            raise BadPush
        try:
            content = json.loads(body)
        except ValueError:
            raise MalformedPush from None
        if not isinstance(content, dict):
            raise MalformedPush
        try:
            return _event(content)
        except PartnerUnreachable:
            raise MalformedPush from None

    def _call(self, operation: str, content: Mapping[str, object]) -> dict[str, Any]:
        ours = account()
        url = f"{ours.url.rstrip('/')}/v1/{operation}"
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = signed_headers(
            ours.secret, account=ours.account, method="POST", path=urlsplit(url).path, body=body
        )
        response = call("POST", url, partner="carrier", body=body, headers=headers)
        answer = _json(response)
        if response.status_code in {401, 429}:
            # Our clock, our keys or our pace: worth another try, and no fault of the parcel.
            raise PartnerUnreachable("carrier_busy", str(answer.get("error", "")))
        if response.status_code != 200:
            raise CarrierRefused(str(answer.get("error") or response.status_code)[:60])
        return answer

    def _number(self, answer: Mapping[str, Any]) -> str:
        number = answer.get("tracking_number")
        if not isinstance(number, str) or not number:
            raise PartnerUnreachable("no_number", "The carrier's answer holds no number.")
        return number


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as error:
        raise PartnerUnreachable("no_json", "The carrier's answer makes no sense.") from error
    return answer if isinstance(answer, dict) else {}


def _event(content: Mapping[str, Any]) -> TrackingEvent:
    """Read one event; raises `PartnerUnreachable` when it is not what was agreed."""
    try:
        happened_at = datetime.fromisoformat(content["happened_at"])
        sequence = int(content["sequence"])
        event = TrackingEvent(
            event_id=str(content["event_id"]),
            reference=str(content["reference"]),
            state=STATES[content["state"]],
            sequence=sequence,
            happened_at=happened_at
            if timezone.is_aware(happened_at)
            else timezone.make_aware(happened_at),
            place=str(content.get("place") or "")[:60],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PartnerUnreachable("bad_event", "The carrier's event makes no sense.") from error
    if not 0 < len(event.event_id) <= 128 or not 0 <= sequence <= 1_000_000:
        raise PartnerUnreachable("bad_event", "The carrier's event makes no sense.")
    return event
