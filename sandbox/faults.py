"""Outages on demand."""

from collections.abc import Callable
from threading import Event

from sandbox.store import Store
from sandbox.web import HangUp, Refused, Response, json_response

KINDS = frozenset({"503", "hang", "reset", "slow", "lost", "refuse", "too_many"})
PARTS = frozenset({"pay", "carrier", "sms"})


class Faults:
    """The faults that were asked for; each call takes one."""

    def __init__(self, store: Store, stop: Event) -> None:
        self._store = store
        self._stop = stop

    def plan(self, content: dict[str, object]) -> None:
        """Remember a fault for the next calls; raises `Refused` on nonsense."""
        part, kind = content.get("part"), str(content.get("kind", ""))
        times, seconds = content.get("times", 1), content.get("seconds", 5)
        if part not in PARTS or kind not in KINDS:
            raise Refused(400, "unknown_fault")
        if not (times is None or (isinstance(times, int) and times > 0)):
            raise Refused(400, "unknown_fault")
        if not isinstance(seconds, (int, float)) or not 0 <= seconds <= 120:
            raise Refused(400, "unknown_fault")
        self._store.change(
            "INSERT INTO faults (part, operation, kind, times, seconds) VALUES (?, ?, ?, ?, ?)",
            part,
            str(content.get("operation", "*")),
            kind,
            times,
            seconds,
        )

    def around(
        self,
        part: str,
        operation: str,
        answer: Callable[[], Response],
        refusal: Callable[[], Response],
    ) -> Response:
        """Answer, unless a fault was asked for."""
        kind, seconds = self._take(part, operation)
        match kind:
            case "503":
                return json_response({"error": "unavailable"}, 503)
            case "hang":
                self._stop.wait(seconds)
                return json_response({"error": "unavailable"}, 503)
            case "reset":
                raise HangUp(reset=True)
            case "slow":
                self._stop.wait(seconds)
                return answer()
            case "lost":
                answer()
                raise HangUp(reset=False)
            case "refuse":
                return refusal()
            case "too_many":
                return json_response({"error": "too_many"}, 429)
            case _:
                return answer()

    def _take(self, part: str, operation: str) -> tuple[str, float]:
        with self._store.transaction():
            fault = self._store.row(
                "SELECT * FROM faults WHERE part = ? AND operation IN (?, '*') ORDER BY id LIMIT 1",
                part,
                operation,
            )
            if fault is None:
                return "", 0.0
            if fault["times"] is not None:
                self._store.change("UPDATE faults SET times = times - 1 WHERE id = ?", fault["id"])
                self._store.change("DELETE FROM faults WHERE times = 0")
        return str(fault["kind"]), float(fault["seconds"])
