"""What the demo and the tests would have sent: one JSON line for each message."""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from common.codes import public_code

FILE = "messages.jsonl"


def path() -> Path | None:
    """The outbox file, or None where messages go to real people."""
    return settings.OUTBOX_DIR / FILE if settings.OUTBOX_DIR else None


def append(
    *,
    channel: str,
    to: str,
    kind: str,
    subject: str,
    text: str,
    headers: Mapping[str, str] | None = None,
    key: str = "",
) -> None:
    """Add a message; one write of one line, so that several processes never mix theirs."""
    file = path()
    if file is None:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = {
        "id": key or public_code(),
        "at": timezone.now().isoformat(),
        "channel": channel.lower(),
        "to": to,
        "kind": kind,
        "subject": subject,
        "text": text,
        "headers": dict(headers or {}),
    }
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def forget(*, keys: Collection[str] = (), addresses: Collection[str] = ()) -> int:
    """Empty the messages with these keys or to these addresses; returns how many.

    Each line is overwritten in its place, so that nothing that is being added gets lost.
    """
    file = path()
    if file is None or not file.exists():
        return 0
    forgotten = 0
    with file.open("r+b") as stream:
        while line := stream.readline():
            if not line.endswith(b"\n"):
                break
            entry = json.loads(line)
            if entry["to"] and (_key_of(entry) in keys or entry["to"] in addresses):
                empty = entry | {"to": "", "subject": "", "text": "", "headers": {}}
                after = stream.tell()
                stream.seek(after - len(line))
                content = json.dumps(empty, ensure_ascii=False).encode()
                stream.write(content.ljust(len(line) - 1) + b"\n")
                stream.seek(after)
                forgotten += 1
    return forgotten


def _key_of(entry: Mapping[str, Any]) -> str:
    """An e-mail carries its key in its Message-ID."""
    message_id = str(entry["headers"].get("Message-ID", ""))
    return message_id.strip("<>").partition("@")[0] or str(entry["id"])


def holds(key: str) -> bool:
    """Whether the message of this key is among the newest."""
    return any(entry["id"] == key for entry in latest(200))


def latest(limit: int) -> list[dict[str, Any]]:
    """The newest messages, newest first; reads the end of the file only."""
    file = path()
    if file is None or not file.exists():
        return []
    lines = list(_last_lines(file, limit))
    return [json.loads(line) for line in reversed(lines)]


def _last_lines(file: Path, limit: int) -> Iterator[str]:
    with file.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - limit * 8_192))
        whole = stream.tell() == 0
        lines = stream.read().decode(errors="replace").splitlines()
    yield from (lines if whole else lines[1:])[-limit:]
