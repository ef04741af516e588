"""The carrier: shipments that move on by themselves or by hand, and pushes about them."""

import json
import secrets
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from sandbox import erasures, pages
from sandbox.keys import Keys
from sandbox.outbox import Outbox
from sandbox.signed_json import verified
from sandbox.signing import compact, hmac_headers
from sandbox.store import Row, Store
from sandbox.web import Refused, Request, Response, is_loopback, json_response, redirect

SHANGHAI = timezone(timedelta(hours=8))
ROAD = ("ACCEPTED", "COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")
ENDS = ("DELIVERED", "RETURNED", "LOST", "CANCELLED")
STATES = frozenset({*ROAD, *ENDS})
PLACES = {
    "ACCEPTED": "Hangzhou",
    "COLLECTED": "Hangzhou",
    "IN_TRANSIT": "Jiaxing",
    "OUT_FOR_DELIVERY": "Shanghai",
    "DELIVERED": "Shanghai",
}
BY_HAND: dict[str, tuple[str, ...]] = {
    "ACCEPTED": ("COLLECTED", "CANCELLED"),
    "COLLECTED": ("IN_TRANSIT", "RETURNED", "LOST"),
    "IN_TRANSIT": ("OUT_FOR_DELIVERY", "RETURNED", "LOST"),
    "OUT_FOR_DELIVERY": ("DELIVERED", "RETURNED", "LOST"),
    **dict.fromkeys(ENDS, ()),
}


class Carrier:
    """Three calls for programs, one page for people."""

    def __init__(self, keys: Keys, store: Store, outbox: Outbox, *, parcel_seconds: float) -> None:
        self._keys = keys.carrier
        self._store = store
        self._outbox = outbox
        self._pace = parcel_seconds
        outbox.speak_for("carrier", self._push_headers, _is_accepted)
        outbox.watch(self._move_on)

    # --- Calls ----------------------------------------------------------------------------

    def create(self, request: Request) -> Response:
        """Take a parcel; the same reference answers the first number."""
        content = self._verified(request)
        reference, push_url = str(content.get("reference", "")), str(content.get("push_url", ""))
        recipient, weight = content.get("recipient"), content.get("weight_g")
        if not 1 <= len(reference) <= 64:
            raise Refused(400, "invalid_reference")
        if not isinstance(recipient, dict) or not all(
            isinstance(recipient.get(name), str) and recipient[name].strip()
            for name in ("name", "phone", "address")
        ):
            raise Refused(400, "invalid_recipient")
        if not isinstance(weight, int) or isinstance(weight, bool) or weight < 0:
            raise Refused(400, "invalid_weight")
        if not is_loopback(push_url):
            raise Refused(400, "invalid_push_url")
        with self._store.transaction():
            new = self._store.change(
                "INSERT OR IGNORE INTO shipments VALUES (?, ?, 'ACCEPTED', ?, ?, ?, ?, ?)",
                reference,
                f"SB{secrets.randbelow(10**12):012d}",
                push_url,
                compact(recipient),
                weight,
                time.time(),
                time.time() + self._pace if self._pace else None,
            )
            if new:
                self._happen(self._shipment(reference))
            row = self._shipment(reference)
        self._outbox.nudge()
        return json_response(
            {
                "tracking_number": row["tracking_number"],
                "state": row["state"],
                "duplicate": not new,
            }
        )

    def query(self, request: Request) -> Response:
        """Where a parcel is."""
        row = self._shipment(str(self._verified(request).get("reference", "")))
        events = self._store.rows(
            "SELECT event_id, sequence, state, happened_at, place, signed_by FROM events"
            " WHERE reference = ? ORDER BY sequence",
            row["reference"],
        )
        return json_response(
            {"tracking_number": row["tracking_number"], "state": row["state"], "events": events}
        )

    def cancel(self, request: Request) -> Response:
        """Give up a parcel that nobody collected yet."""
        row = self._shipment(str(self._verified(request).get("reference", "")))
        if row["state"] != "CANCELLED" and not self._move(row, "CANCELLED"):
            raise Refused(409, "already_collected")
        return json_response({"state": "CANCELLED"})

    def erase(self, request: Request) -> Response:
        """Forget who the recipients of some parcels were; the parcels themselves stay."""
        return json_response(
            erasures.take(self._store, "carrier", self._verified(request), self._forget)
        )

    def _forget(self, reference: str) -> int:
        nobody = compact({"name": "", "phone": "", "address": ""})
        return self._store.change(
            "UPDATE shipments SET recipient = ? WHERE reference = ?", nobody, reference
        )

    # --- People ---------------------------------------------------------------------------

    def page(self, request: Request) -> Response:
        """The control page."""
        rows = self._store.rows("SELECT * FROM shipments ORDER BY rowid DESC LIMIT 200")
        return pages.parcels(request, rows, BY_HAND)

    def move_by_hand(self, request: Request) -> Response:
        """A button of the control page; only that page may press it."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin" or not (
            _is_own_origin(request)
        ):
            raise Refused(403, "own_page_only")
        form = request.form()
        row = self._shipment(form.get("reference", ""))
        if form.get("state", "") in BY_HAND[row["state"]]:
            self._move(row, form["state"])
        return redirect("/carrier/")

    def put(self, reference: str, state: str) -> Row:
        """Move a parcel to any state, as the controls say; sensible or not."""
        if state not in STATES:
            raise Refused(400, "unknown_state")
        with self._store.transaction():
            self._shipment(reference)
            self._store.change(
                "UPDATE shipments SET state = ?, moves_at = ? WHERE reference = ?",
                state,
                time.time() + self._pace if self._pace and state not in ENDS else None,
                reference,
            )
            row = self._shipment(reference)
            self._happen(row)
        return _described(row)

    def shipments(self) -> list[Row]:
        """The latest parcels for the controls."""
        rows = self._store.rows("SELECT * FROM shipments ORDER BY rowid DESC LIMIT 500")
        return [_described(row) for row in rows]

    # --- Moving ---------------------------------------------------------------------------

    def _verified(self, request: Request) -> dict[str, object]:
        return verified(request, self._store, self._keys["account"], self._keys["secret"])

    def _shipment(self, reference: str) -> Row:
        row = self._store.row("SELECT * FROM shipments WHERE reference = ?", reference)
        if row is None:
            raise Refused(404, "unknown_shipment")
        return row

    def _move(self, row: Row, state: str) -> bool:
        """One step that is allowed from where the parcel was a moment ago."""
        if state not in BY_HAND[row["state"]]:
            return False
        with self._store.transaction():
            moved = self._store.change(
                "UPDATE shipments SET state = ?, moves_at = ? WHERE reference = ? AND state = ?",
                state,
                time.time() + self._pace if self._pace and state not in ENDS else None,
                row["reference"],
                row["state"],
            )
            if moved:
                self._happen(self._shipment(row["reference"]))
        return bool(moved)

    def _move_on(self, now: float) -> float | None:
        for row in self._store.rows("SELECT * FROM shipments WHERE moves_at <= ?", now):
            self._move(row, ROAD[ROAD.index(row["state"]) + 1])
        coming = self._store.row("SELECT min(moves_at) AS at FROM shipments")
        return coming["at"] if coming else None

    def _happen(self, row: Row) -> None:
        """Write an event and push it."""
        reference, state = row["reference"], row["state"]
        last = self._store.row(
            "SELECT coalesce(max(sequence), 0) AS number FROM events WHERE reference = ?", reference
        )
        assert last is not None
        event = {
            "event_id": f"E{secrets.token_hex(8)}",
            "sequence": last["number"] + 1,
            "reference": reference,
            "tracking_number": row["tracking_number"],
            "state": state,
            "happened_at": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
            "place": PLACES.get(state, ""),
            "signed_by": "recipient" if state == "DELIVERED" else "",
        }
        self._store.change(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
            reference,
            event["sequence"],
            event["event_id"],
            state,
            event["happened_at"],
            event["place"],
            event["signed_by"],
        )
        self._outbox.add("carrier", about=reference, url=row["push_url"], body=compact(event))

    def _push_headers(self, row: Row) -> dict[str, str]:
        body, path = row["body"].encode(), urlsplit(row["url"]).path or "/"
        secret = self._keys["secret"] if not row["forged"] else secrets.token_urlsafe(32)
        headers = hmac_headers(self._keys["account"], secret, "POST", path, body)
        return {"Content-Type": "application/json", **headers}


def _described(row: Row) -> Row:
    kept = ("reference", "tracking_number", "state", "weight_g")
    return {name: row[name] for name in kept} | {"recipient": json.loads(row["recipient"])}


def _is_accepted(status: int, _body: bytes) -> bool:
    return 200 <= status < 300


def _is_own_origin(request: Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host", "")
