"""Which address belongs to whom, and the controls."""

import hmac
import threading
from collections.abc import Callable
from pathlib import Path

from sandbox import erasures, pages
from sandbox.carrier import Carrier
from sandbox.faults import Faults
from sandbox.keys import Keys
from sandbox.outbox import Outbox
from sandbox.payment import PaymentPartner
from sandbox.sms import SmsGateway
from sandbox.store import Store
from sandbox.web import Refused, Request, Response, json_response

STATE_FILE = "sandbox.sqlite3"


class App:
    """The three partners over one store."""

    def __init__(self, keys: Keys, state: Path, *, parcel_seconds: float) -> None:
        self._token = keys.control["token"]
        self._stop = threading.Event()
        self._store = Store(state / STATE_FILE)
        self._outbox = Outbox(self._store)
        self._faults = Faults(self._store, self._stop)
        self._payment = PaymentPartner(keys, self._store, self._outbox, self._faults)
        self._carrier = Carrier(keys, self._store, self._outbox, parcel_seconds=parcel_seconds)
        self._sms = SmsGateway(keys, self._store)
        self._programs: dict[str, tuple[str, str, Callable[[Request], Response], str]] = {
            "/carrier/v1/shipments": ("carrier", "create", self._carrier.create, "refused"),
            "/carrier/v1/shipments/query": ("carrier", "query", self._carrier.query, "refused"),
            "/carrier/v1/shipments/cancel": ("carrier", "cancel", self._carrier.cancel, "refused"),
            "/carrier/v1/erasures": ("carrier", "erase", self._carrier.erase, "refused"),
            "/sms/erasures": ("sms", "erase", self._sms.erase, "refused"),
            "/sms/send": ("sms", "send", self._sms.send, "unknown_subscriber"),
        }

        self._addresses: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/pay/gateway"): self._payment.gateway,
            ("POST", "/pay/gateway"): self._payment.gateway,
            ("GET", "/carrier/"): self._carrier.page,
            ("POST", "/carrier/move"): self._carrier.move_by_hand,
            ("GET", "/style.css"): lambda _request: pages.style(),
            ("GET", "/healthz"): lambda _request: Response(200, b"ok\n", "text/plain"),
            **{("POST", address): self._program for address in self._programs},
        }

    def start(self) -> None:
        """Begin to send what is due."""
        self._outbox.start()

    def stop(self) -> None:
        """Let go of everyone who waits, finish what can be finished, close the store."""
        self._stop.set()
        self._outbox.stop()
        self._store.close()

    def answer(self, request: Request) -> Response:
        """Find who answers this address."""
        path = request.path
        if path.startswith("/pay/trade/"):
            return self._payment.page(request, path.removeprefix("/pay/trade/"))
        if path.startswith("/control/"):
            return self._control(request)
        action = self._addresses.get((request.method, path))
        if action is None:
            raise Refused(404, "unknown_address")
        return action(request)

    def _program(self, request: Request) -> Response:
        part, operation, action, refusal = self._programs[request.path]
        return self._faults.around(
            part, operation, lambda: action(request), lambda: json_response({"error": refusal}, 400)
        )

    # --- Controls -------------------------------------------------------------------------

    def _control(self, request: Request) -> Response:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            raise Refused(401, "bad_token")
        call = request.path.removeprefix("/control/")
        if request.method == "GET":
            return json_response(self._look(call))
        what, _, name = call.partition("/")
        content = request.json()
        match what:
            case "faults":
                self._faults.plan(content)
            case "notices":
                self._outbox.adopt(content)
            case "release":
                return json_response({"sent": self._outbox.release()})
            case "reset":
                self._store.change("DELETE FROM faults")
                self._outbox.forget()
            case "trades":
                self._payment.describe(name)
                self._payment.act(name, str(content.get("action", "")))
                return json_response(self._payment.describe(name))
            case "shipments":
                return json_response(self._carrier.put(name, str(content.get("state", ""))))
            case _:
                raise Refused(404, "unknown_control")
        return json_response({"ok": True})

    def _look(self, call: str) -> object:
        what, _, name = call.partition("/")
        if what == "trades" and name:
            return self._payment.describe(name)
        if call != "state":
            raise Refused(404, "unknown_control")
        return {
            "trades": self._payment.trades(),
            "shipments": self._carrier.shipments(),
            "messages": self._sms.messages(),
            "erasures": erasures.taken(self._store),
            "faults": self._store.rows(
                "SELECT part, operation, kind, times, seconds FROM faults ORDER BY id"
            ),
            "habits": {part: self._outbox.habit(part) for part in ("pay", "carrier")},
            "notices": self._store.rows(
                "SELECT id, part, about, state, attempts, answer, forged FROM outbox"
                " ORDER BY id DESC LIMIT 500"
            ),
        }
