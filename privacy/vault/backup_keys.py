"""The keys of backups: one for each file, ended with the rotation, in a file under `VAULT_DIR`.

They lie outside of every database and of every backup, wrapped by the master key. Without its key
a backup opens for nobody, wherever a copy of it still lies.
See docs/decisions/0008-a-backup-ends-with-its-key.md.
"""

import base64
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from privacy import keyring
from privacy.keyring import master
from privacy.vault.files import locked, read_json, write_json

log = logging.getLogger(__name__)

FILE = "backup-keys.json"


class Kind(StrEnum):
    """What a backup file holds, and so how long it may open."""

    MAIN = "main"
    KEYS = "keys"
    STATUTORY = "statutory"

    @property
    def keep(self) -> timedelta:
        """How long its key lives."""
        days = {
            Kind.MAIN: settings.BACKUP_KEEP_DAYS,
            Kind.KEYS: settings.KEY_BACKUP_KEEP_DAYS,
            Kind.STATUTORY: settings.STATUTORY_KEY_BACKUP_KEEP_DAYS,
        }
        return timedelta(days=days[self])


class KeyEnded(Exception):
    """The key of a backup is gone; the message says why as far as anybody knows."""


@dataclass(frozen=True)
class BackupKey:
    """The key of one file."""

    id: str
    kind: Kind
    ends_at: datetime
    key: bytes


def draw(kind: Kind, now: datetime) -> BackupKey:
    """Draw a key for a new file and write it down before anything is sealed under it."""
    made = BackupKey(uuid.uuid4().hex, kind, now + kind.keep, AESGCM.generate_key(256))
    wrapped = keyring.wrap(_name(made.id), made.key)
    row = {
        "id": made.id,
        "kind": str(kind),
        "made_at": now.isoformat(),
        "ends_at": made.ends_at.isoformat(),
        "wrapped": base64.b64encode(wrapped).decode(),
    }
    with locked(_file()):
        write_json(_file(), {"keys": [*_rows(), row]})
    return made


def find(key_id: str) -> bytes:
    """The key of a file. Raises `KeyEnded`."""
    row = next((row for row in _rows() if row["id"] == key_id), None)
    if row is None:
        raise KeyEnded(f"The key of this backup is not in {_file()}: it ended, or lies elsewhere.")
    ends_at = datetime.fromisoformat(row["ends_at"])
    if ends_at <= timezone.now():
        raise KeyEnded(f"The key of this backup ended on {ends_at:%Y-%m-%d}.")
    try:
        return keyring.unwrap(_name(key_id), base64.b64decode(row["wrapped"]))
    except InvalidTag:
        raise KeyEnded(
            "Another master key made this backup: MASTER_KEY does not open it."
        ) from None


def oldest_living(now: datetime) -> datetime | None:
    """When the oldest backup of rows or of people's keys that still opens was begun, if any."""
    made = [
        datetime.fromisoformat(row["made_at"])
        for row in _rows()
        if row["kind"] != Kind.STATUTORY and datetime.fromisoformat(row["ends_at"]) > now
    ]
    return min(made, default=None)


def end_old(now: datetime) -> int:
    """Destroy the keys whose time is over; returns how many. Nothing brings them back."""
    if not _file().exists():
        return 0
    with locked(_file()):
        rows = _rows()
        kept = [row for row in rows if datetime.fromisoformat(row["ends_at"]) > now]
        if len(kept) < len(rows):
            write_json(_file(), {"keys": kept})
    ended = len(rows) - len(kept)
    if ended:
        log.info("keys of backups ended", extra={"count": ended})
    return ended


def wrapped_keys() -> list[bytes]:
    """The wrapped keys of all backups that may still open."""
    return [base64.b64decode(row["wrapped"]) for row in _rows()]


def rewrap() -> tuple[int, int]:
    """Wrap every key under the present master key; returns how many, and how many do not open."""
    if not _file().exists():
        return 0, 0
    done = closed = 0
    with locked(_file()):
        rows = _rows()
        for row in rows:
            name, wrapped = _name(row["id"]), base64.b64decode(row["wrapped"])
            if wrapped.startswith(master.present_mark()):
                continue
            try:
                fresh = keyring.wrap(name, keyring.unwrap(name, wrapped))
            except InvalidTag:
                closed += 1
                continue
            row["wrapped"] = base64.b64encode(fresh).decode()
            done += 1
        if done:
            write_json(_file(), {"keys": rows})
    return done, closed


def last_end_of(before: datetime) -> datetime | None:
    """When the last backup ends that was begun before this moment."""
    ends = [
        datetime.fromisoformat(row["ends_at"])
        for row in _rows()
        if datetime.fromisoformat(row["made_at"]) < before
    ]
    return max(ends, default=None)


def forget(key_ids: set[str]) -> None:
    """Destroy the keys of a backup that did not come about."""
    with locked(_file()):
        write_json(_file(), {"keys": [row for row in _rows() if row["id"] not in key_ids]})


def _rows() -> list[dict[str, Any]]:
    content = read_json(_file())
    return list(content["keys"]) if content else []


def _file() -> Path:
    return Path(settings.VAULT_DIR) / FILE


def _name(key_id: str) -> str:
    return f"backup|{key_id}"
