"""The door between a restore and people: it opens once the decision journal was replayed.

A process looks when it starts, and again when a restore leaves its stamp; a request costs one
question to the file system and none to a database. While the door is shut it looks every other
second and replays by itself what can be replayed.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections

from jobs.errors import TryLater
from privacy.vault import replay

log = logging.getLogger(__name__)

STAMP = "restored"
PAUSE = 2.0
JOBS_WAIT = 15


@dataclass
class _Door:
    """What this process knows. A process that serves nobody (a command, a test) has no door."""

    serves: bool = False
    is_open: bool = False
    stamp: int = -1
    looked_at: float = 0.0
    faults: tuple[str, ...] = ()
    replaying: threading.Thread | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_door = _Door()


def begin() -> None:
    """From now on this process serves people or jobs, and the door is shut until it looked."""
    global _door  # noqa: PLW0603 - one door for each process
    _door = _Door(serves=True)


def is_open() -> bool:
    """Whether every decision of the journal has taken effect in both databases."""
    door = _door
    if not door.serves:
        return True
    if door.is_open and door.stamp == _stamp():
        return True
    return _look(door)


def faults() -> tuple[str, ...]:
    """Why the door stays shut, in sentences for the operator."""
    return _door.faults


def stamp() -> None:
    """Tell the processes of this machine to look again."""
    file = Path(settings.VAR) / STAMP
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{time.time_ns()}\n")


@contextmanager
def for_jobs() -> Iterator[None]:
    """No job runs behind a shut door; it is tried again soon."""
    if not is_open():
        raise TryLater(seconds=JOBS_WAIT, reason="restoring")
    yield


def _stamp() -> int:
    try:
        return (Path(settings.VAR) / STAMP).stat().st_mtime_ns
    except OSError:
        return 0


def _look(door: _Door) -> bool:
    """Look, unless somebody just did; start a replay when that is what it takes."""
    with door.lock:
        now, stamped = time.monotonic(), _stamp()
        if door.stamp == stamped and now - door.looked_at < PAUSE:
            return door.is_open
        door.looked_at, door.stamp = now, stamped
        try:
            seen = replay.look()
        except DatabaseError:
            door.is_open = False
            return False
        if seen.faults != door.faults:
            for fault in seen.faults:
                log.error("the door stays shut: %s", fault)
            door.faults = seen.faults
        door.is_open = seen.is_sound
        if not seen.is_sound and not seen.faults:
            _replay_behind(door)
        return door.is_open


def _replay_behind(door: _Door) -> None:
    if door.replaying is None or not door.replaying.is_alive():
        door.replaying = threading.Thread(target=_replay, args=(door,), daemon=True, name="replay")
        door.replaying.start()


def _replay(door: _Door) -> None:
    try:
        result = replay.replay()
    except DatabaseError:
        return
    finally:
        connections.close_all()
    if result is None:
        return
    for fault in result.faults:
        log.error("the door stays shut: %s", fault)
    log.info("journal replayed", extra={"count": result.done})
    if not result.faults:
        door.looked_at = 0.0  # The next question looks at once.
