"""Notices to the mall: repeated until they are answered, and badly behaved on demand."""

import http.client
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from sandbox.store import Row, Store
from sandbox.web import Refused, is_loopback

MOST_ATTEMPTS = 12
MOST_AT_ONCE = 32
WAIT_FOR_ANSWER = 10
PLAIN = {"copies": 1, "delay": 0.0, "hold": 0, "reverse": 0, "forge": 0}

Headers = Callable[[Row], dict[str, str]]
Accepted = Callable[[int, bytes], bool]
Timer = Callable[[float], float | None]


class Outbox:
    """One thread that sleeps until something is due, and one for each notice on its way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = threading.Event()
        self._stopped = False
        self._sending: set[threading.Thread] = set()
        self._speakers: dict[str, tuple[Headers, Accepted]] = {}
        self._timers: list[Timer] = []
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def speak_for(self, part: str, headers: Headers, accepted: Accepted) -> None:
        """How notices of a part are headed, and which answers end them."""
        self._speakers[part] = (headers, accepted)

    def watch(self, timer: Timer) -> None:
        """Ask `timer(now)` to do what is due and to say when it wants to be asked again."""
        self._timers.append(timer)

    def start(self) -> None:
        """Begin; what was under way when the last process ended is sent again."""
        self._store.change("UPDATE outbox SET state = 'waiting' WHERE state = 'sending'")
        self._thread.start()

    def stop(self) -> None:
        """End; what is not answered within a moment stays in the store."""
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)
        patience = time.monotonic() + 2
        for thread in list(self._sending):
            thread.join(max(0.0, patience - time.monotonic()))

    def nudge(self) -> None:
        """Something may be due earlier than the thread believes."""
        self._wake.set()

    # --- Habits ---------------------------------------------------------------------------

    def habit(self, part: str) -> Row:
        """How notices of this part are sent at the moment."""
        found = self._store.row("SELECT * FROM habits WHERE part = ?", part)
        return found or {"part": part, **PLAIN}

    def adopt(self, content: dict[str, object]) -> None:
        """Change the habits of a part; raises `Refused` on nonsense."""
        part, copies, delay = content.get("part"), content.get("copies", 1), content.get("delay", 0)
        if part not in {"pay", "carrier"}:
            raise Refused(400, "unknown_part")
        if not isinstance(copies, int) or not 1 <= copies <= 50:
            raise Refused(400, "copies")
        if not isinstance(delay, (int, float)) or not 0 <= delay <= 3600:
            raise Refused(400, "delay")
        self._store.change(
            "INSERT OR REPLACE INTO habits VALUES (?, ?, ?, ?, ?, ?)",
            part,
            copies,
            delay,
            *(int(bool(content.get(name))) for name in ("hold", "reverse", "forge")),
        )

    def forget(self) -> None:
        """Drop habits and every notice that is not answered yet."""
        self._store.change("DELETE FROM habits")
        self._store.change(
            "UPDATE outbox SET state = 'dropped' WHERE state IN ('waiting', 'held', 'sending')"
        )

    # --- Sending --------------------------------------------------------------------------

    def add(self, part: str, *, about: str, url: str, body: str) -> None:
        """Plan a notice by the habits of its part."""
        habit, now = self.habit(part), time.time()
        for _copy in range(habit["copies"]):
            self._store.change(
                "INSERT INTO outbox (part, about, url, body, forged, state, due_at, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                part,
                about,
                url,
                body,
                habit["forge"],
                "held" if habit["hold"] else "waiting",
                now + habit["delay"],
                now,
            )
        self.nudge()

    def repeat_last(self, about: str) -> bool:
        """Send the last notice about something once more, with its old id."""
        last = self._store.row("SELECT * FROM outbox WHERE about = ? ORDER BY id DESC", about)
        if last is None:
            return False
        self.add(last["part"], about=about, url=last["url"], body=last["body"])
        return True

    def release(self) -> int:
        """Send what was held, one after the other; returns once each was tried."""
        held = self._store.rows("SELECT * FROM outbox WHERE state = 'held' ORDER BY id")
        if any(self.habit(row["part"])["reverse"] for row in held):
            held.reverse()
        for row in held:
            self._store.change("UPDATE outbox SET state = 'sending' WHERE id = ?", row["id"])
            self._send(row)
        return len(held)

    def _run(self) -> None:
        while not self._stopped:
            pause = self._do_what_is_due()
            if pause is None or pause > 0:
                self._wake.wait(pause)
            self._wake.clear()

    def _do_what_is_due(self) -> float | None:
        """Hand out what is due; seconds until the next thing, or None for nothing at all."""
        now = time.time()
        moments = [moment for timer in self._timers if (moment := timer(now)) is not None]
        self._sending = {thread for thread in self._sending if thread.is_alive()}
        for row in self._store.rows(
            "SELECT * FROM outbox WHERE state = 'waiting' AND due_at <= ? ORDER BY id LIMIT ?",
            now,
            MOST_AT_ONCE - len(self._sending),
        ):
            self._store.change("UPDATE outbox SET state = 'sending' WHERE id = ?", row["id"])
            thread = threading.Thread(target=self._send, args=[row], daemon=True)
            self._sending.add(thread)
            thread.start()
        if len(self._sending) >= MOST_AT_ONCE:
            return 0.05
        coming = self._store.row("SELECT min(due_at) AS at FROM outbox WHERE state = 'waiting'")
        if coming and coming["at"] is not None:
            moments.append(coming["at"])
        return max(0.0, min(moments) - time.time()) if moments else None

    def _send(self, row: Row) -> None:
        headers, accepted = self._speakers[row["part"]]
        try:
            status, body = _post(row["url"], row["body"].encode(), headers(row))
            answer, done = str(status), accepted(status, body)
        except (OSError, http.client.HTTPException) as error:
            answer, done = type(error).__name__, False
        if self._stopped:
            return  # The next process sends it again.
        attempts = row["attempts"] + 1
        if done:
            state = "answered"
        elif row["forged"] or attempts >= MOST_ATTEMPTS:
            state = "given_up"
        else:
            state = "waiting"
        self._store.change(
            "UPDATE outbox SET state = ?, attempts = ?, answer = ?, due_at = ?"
            " WHERE id = ? AND state = 'sending'",
            state,
            attempts,
            answer,
            time.time() + 2 ** (attempts - 1),
            row["id"],
        )
        self.nudge()


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    if not is_loopback(url):
        raise OSError("not on loopback")
    parts = urlsplit(url)
    line = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=WAIT_FOR_ANSWER
    )
    try:
        path = parts.path or "/"
        line.request("POST", path + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = line.getresponse()
        return answer.status, answer.read(10_000)
    finally:
        line.close()
