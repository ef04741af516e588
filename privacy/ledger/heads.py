"""Published heads: once a day the state of the ledgers is signed and given away.

Whoever kept one can tell later whether the ledgers still continue what they were. A head stands in
a table, in a file outside databases and `VAR`, and at `/transparency/heads/`.
"""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from privacy import signing
from privacy.keyring import ALIAS
from privacy.ledger.entries import instant
from privacy.models import JournalEntry, LedgerBatch, LedgerHead

KIND = "ledger-head"
FILE = "ledger-heads.jsonl"


def publish() -> LedgerHead | None:
    """Publish today's head unless that was done, or nothing was ever sealed."""
    _complete_file()
    today = timezone.localdate()
    if LedgerHead.objects.filter(day=today).exists():
        return None
    last = LedgerBatch.objects.order_by("-pk").first()
    if last is None:
        return None
    document = signing.sign(KIND, _content(today, last))
    LedgerHead.objects.bulk_create(
        [LedgerHead(day=today, document=document)], ignore_conflicts=True
    )
    head = LedgerHead.objects.get(day=today)
    _append([head.document])
    return head


def published(most: int = 400) -> list[LedgerHead]:
    """The heads of the last year, the newest first."""
    return list(LedgerHead.objects.order_by("-day")[:most])


def head_of(day: date) -> LedgerHead | None:
    """The head of this day."""
    return LedgerHead.objects.filter(day=day).first()


def file() -> Path:
    """Where heads stand outside the databases."""
    return Path(settings.VAULT_DIR) / FILE


def in_file() -> list[dict[str, Any]]:
    """The heads of the file; a line that cannot be read is an empty one, which verifies as such."""
    if not file().exists():
        return []
    found = []
    for line in file().read_text().splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            document = {}
        found.append(document if isinstance(document, dict) else {})
    return found


def _content(day: date, last: LedgerBatch) -> dict[str, Any]:
    decided = JournalEntry.objects.using(ALIAS).order_by("-number").first()
    return {
        "day": day.isoformat(),
        "batch": last.pk,
        "hash": last.hash,
        "entries": last.total,
        "sealed_at": instant(last.sealed_at),
        "published_at": instant(timezone.now()),
        "journal": {
            "number": decided.number if decided else 0,
            "hash": decided.hash if decided else "",
        },
    }


def _complete_file() -> None:
    """What a crash or a lost disk left out of the file."""
    known = {json.dumps(document, sort_keys=True) for document in in_file()}
    missing = [
        head.document
        for head in LedgerHead.objects.order_by("day").iterator()
        if json.dumps(head.document, sort_keys=True) not in known
    ]
    if missing:
        _append(missing)


def _append(documents: list[dict[str, Any]]) -> None:
    file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents)
    with os.fdopen(os.open(file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
