"""The decision journal: written before an irreversible decision takes effect.

It stands twice, in a table of the keyring database and in a signed file under `JOURNAL_DIR`, so
that no restored backup undoes what a person decided. Each entry carries the hash of the one
before it. The newest is witnessed by a published head under `VAULT_DIR` and by a row of the
keyring; a journal shorter than a witness takes no further entry.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.utils import timezone

from privacy import signing
from privacy.enums import Decision
from privacy.keyring import ALIAS
from privacy.models import AppliedDecision, JournalEntry, JournalHead
from privacy.vault.files import read_json, sync_folder, write_json

FILE = "decisions.jsonl"
PUBLISHED = "journal-head.json"
FIRST = "0" * 64
LOCK = 7_244_001
BLOCK = 65_536


class JournalBroken(Exception):
    """The journal was changed, or entries are missing; the message names the entry."""


@dataclass(frozen=True)
class Head:
    """The newest entry that somebody knows of: number 0 is a journal without entries."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}" if self.number else "0"


NOTHING = Head(0, "")
ENTRY, HEAD = "journal-entry", "journal-head"


def write(
    decision: Decision,
    *,
    subject: UUID,
    scope: str = "",
    counters: Mapping[str, int] | None = None,
) -> JournalEntry:
    """Write a decision to table and file; it is on disk when this returns."""
    begin()
    with transaction.atomic(using=ALIAS):
        _lock()
        last = _catch_up()
        _refuse_shorter(_head_of(last))
        entry = JournalEntry(
            number=(last.number if last else 0) + 1,
            decision=Decision(decision),
            subject=subject,
            scope=scope,
            counters=dict(counters or {}),
            written_at=timezone.now(),
            previous_hash=last.hash if last else FIRST,
        )
        entry.hash = _hash(entry)
        entry.signature = signing.sign_briefly(ENTRY, _said(entry.number, entry.hash))
        _append([entry])
        _witness(_head_of(entry))
        entry.save(using=ALIAS, force_insert=True)
    return entry


def reconcile() -> Head:
    """Bring table and file to the longer of the two, and return its head.

    Raises `JournalBroken` where one does not continue the other.
    """
    begin()
    with transaction.atomic(using=ALIAS):
        _lock()
        return _head_of(_catch_up())


def table_head() -> Head:
    """The newest entry of the table."""
    return _head_of(JournalEntry.objects.using(ALIAS).order_by("-number").first())


def file_head() -> Head:
    """The newest whole line of the file."""
    for line in _last_lines_first():
        entry = _read(line, "The last line")
        return Head(entry["number"], str(entry.get("hash", "")))
    return NOTHING


def published_head() -> Head | None:
    """The newest head that stands outside the databases and `VAR`; None when there is none.

    Raises `JournalBroken` when this mall did not sign it.
    """
    try:
        content = read_json(_published())
        if content is None:
            return None
        if "content" in content:
            signed = signing.check(content, kind=HEAD)
            return Head(int(signed["number"]), str(signed["hash"]))
        head = Head(int(content["number"]), str(content["hash"]))
        _check_first(content["signature"], f"journal-head|{head.number}|{head.hash}")
    except (ValueError, TypeError, KeyError):
        raise JournalBroken(f"The published head ({_published()}) is not readable.") from None
    except (InvalidSignature, signing.SignatureWrong):
        raise JournalBroken(
            f"The published head ({_published()}) is not signed by this mall."
        ) from None
    return head


def publish(head: Head) -> None:
    """Write the head outside the databases and `VAR`, and note in the keyring that it is there."""
    begin()
    with transaction.atomic(using=ALIAS):
        _lock()
        _witness(head)


def hash_at(number: int) -> str | None:
    """The hash of entry `number` of the table; an empty text for 0, None for an unknown entry."""
    if number == 0:
        return ""
    rows = JournalEntry.objects.using(ALIAS).filter(number=number)
    return rows.values_list("hash", flat=True).first()


def begin() -> None:
    """Make the key that signs entries, in a transaction of its own and before any backup.

    A mall that begins anew where another one stood puts that one's published head aside.
    """
    signing.ready()
    if JournalHead.objects.using(ALIAS).exists():
        return
    new = not (
        signing.first_key_of_journal()
        or JournalEntry.objects.using(ALIAS).exists()
        or AppliedDecision.objects.exists()
        or get_user_model().objects.exists()
        or file_head().number
    )
    if new and _published().exists():
        aside = f"{PUBLISHED}.{timezone.now():%Y%m%d%H%M%S}"
        _published().rename(_published().with_name(aside))
    JournalHead.objects.using(ALIAS).get_or_create(pk=1)


def verify() -> int:
    """Check chain and signatures of table and file; returns the number of entries.

    Raises `JournalBroken`. The file may be one entry ahead of the table (a crash between the
    two): the longer of the two counts.
    """
    rows = list(JournalEntry.objects.using(ALIAS).order_by("number"))
    _check_chain([_content(row) | _seal(row) for row in rows])
    lines = list(_lines())
    _check_chain(lines)
    for row, line in zip(rows, lines, strict=False):
        if row.hash != line["hash"]:
            raise JournalBroken(f"Table and file differ at entry {row.number}.")
    if len(lines) < len(rows):
        raise JournalBroken(f"The file ends at entry {len(lines)}, the table at {len(rows)}.")
    return len(lines)


def _catch_up() -> JournalEntry | None:
    """The last entry, after taking over what a crash left in the file only.

    What the file has in addition must follow from the table's last entry, and be signed by us.
    What the table has in addition is written to the file. Only the end of the file is read;
    `verify` reads all of it.
    """
    last = JournalEntry.objects.using(ALIAS).order_by("-number").first()
    ahead = _lines_after(last.number if last else 0)
    if ahead:
        _check_chain(ahead, after=last)
    for line in ahead:
        at = datetime.fromisoformat(line["written_at"])
        last = JournalEntry(**{**line, "written_at": at})
        last.save(using=ALIAS, force_insert=True)
    if not ahead:
        _complete_file(last)
    return last


def _complete_file(last: JournalEntry | None) -> None:
    """The file was lost or is older than the table: write what it lacks."""
    known = file_head()
    if last is None or known.number >= last.number:
        return
    if hash_at(known.number) != known.hash:
        raise JournalBroken(f"Table and file differ at entry {known.number}.")
    rows = JournalEntry.objects.using(ALIAS).filter(number__gt=known.number).order_by("number")
    before = JournalEntry.objects.using(ALIAS).filter(number=known.number).first()
    missing = list(rows)
    _check_chain([_content(row) | _seal(row) for row in missing], after=before)
    _append(missing)


def _lock() -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _head_of(entry: JournalEntry | None) -> Head:
    return Head(entry.number, entry.hash) if entry else NOTHING


def _refuse_shorter(present: Head) -> None:
    """No entry is added to a journal of which a witness knows more: it would be a second one."""
    published = published_head()
    if published and published.number > present.number:
        raise JournalBroken(
            f"The journal ends at entry {present.number}, and entry {published.number} was "
            "published. Entries are missing; `manage.py journal status` says more."
        )


def _witness(head: Head) -> None:
    content = {**_said(head.number, head.hash), "at": timezone.now().isoformat()}
    write_json(_published(), signing.sign(HEAD, content))
    JournalHead.objects.using(ALIAS).update_or_create(
        pk=1, defaults={"number": head.number, "hash": head.hash, "witnessed": True}
    )


def _published() -> Path:
    return Path(settings.VAULT_DIR) / PUBLISHED


def _said(number: int, digest: str) -> dict[str, Any]:
    """What a signature under an entry covers; the hash covers everything else."""
    return {"number": number, "hash": digest}


def _check_first(signature: str, text: str) -> None:
    """What was signed before there was one signing service. Raises `InvalidSignature`."""
    key = signing.first_key_of_journal()
    if key is None:
        raise InvalidSignature
    key.verify(base64.b64decode(signature), text.encode())


def _check_chain(entries: list[dict[str, Any]], *, after: JournalEntry | None = None) -> None:
    before = after.hash if after else FIRST
    for number, entry in enumerate(entries, start=after.number + 1 if after else 1):
        content = {
            name: value for name, value in entry.items() if name not in {"hash", "signature"}
        }
        sound = entry["previous_hash"] == before and entry["number"] == number
        if not sound or entry["hash"] != _digest(content):
            raise JournalBroken(f"Entry {number} does not follow from the one before it.")
        try:
            _check_signature(number, entry["hash"], entry["signature"])
        except (InvalidSignature, ValueError, signing.SignatureWrong):
            raise JournalBroken(f"Entry {number} is not signed by this mall.") from None
        before = entry["hash"]


def _check_signature(number: int, digest: str, signature: str) -> None:
    if "." in signature:
        signing.check_brief(ENTRY, _said(number, digest), signature)
    else:
        _check_first(signature, digest)


def _content(entry: JournalEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "decision": str(entry.decision),
        "subject": str(entry.subject),
        "scope": entry.scope,
        "counters": entry.counters,
        "written_at": entry.written_at.isoformat(),
        "previous_hash": entry.previous_hash,
    }


def _seal(entry: JournalEntry) -> dict[str, str]:
    return {"hash": entry.hash, "signature": entry.signature}


def _hash(entry: JournalEntry) -> str:
    return _digest(_content(entry))


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _file() -> Path:
    return Path(settings.JOURNAL_DIR) / FILE


def _append(entries: list[JournalEntry]) -> None:
    """Add lines and wait until the disk has them. Half a line of a crash is cut off first."""
    file = _file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [json.dumps(_content(one) | _seal(one), ensure_ascii=False) + "\n" for one in entries]
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        stream.seek(_whole_bytes(stream))
        stream.truncate()
        stream.write("".join(lines).encode())
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(file.parent)


def _whole_bytes(stream: BinaryIO) -> int:
    """How many bytes at the beginning of the file are whole lines."""
    end = stream.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - BLOCK)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _lines_after(number: int) -> list[dict[str, Any]]:
    """The whole lines that follow entry `number`, found from the end of the file."""
    found: list[dict[str, Any]] = []
    for line in _last_lines_first():
        entry = _read(line, f"Line {len(found) + 1} from the end")
        if entry["number"] <= number:
            break
        found.append(entry)
    return found[::-1]


def _last_lines_first() -> Iterator[bytes]:
    """Whole lines from the last to the first, a block at a time."""
    if not _file().exists():
        return
    with _file().open("rb") as stream:
        start = _whole_bytes(stream)
        rest = b""
        while start > 0:
            end, start = start, max(0, start - BLOCK)
            stream.seek(start)
            rest, *lines = (stream.read(end - start) + rest).splitlines(keepends=True)
            yield from reversed(lines)
        if rest:
            yield rest


def _lines() -> Iterator[dict[str, Any]]:
    """Every whole line. A crash may have left half of one at the end, which decided nothing."""
    if not _file().exists():
        return
    with _file().open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.endswith(b"\n"):
                return
            yield _read(line, f"Line {number}")


def _read(line: bytes, name: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
        int(entry["number"])
    except (ValueError, TypeError, KeyError):
        raise JournalBroken(f"{name} of the file is not readable.") from None
    return entry
