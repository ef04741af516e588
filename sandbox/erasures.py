"""Notices that a person's data is to be deleted: taken once, carried out, acknowledged."""

import json
import time
from collections.abc import Callable

from sandbox.store import Row, Store
from sandbox.web import Refused

MOST_REFERENCES = 1000


def take(
    store: Store, part: str, document: object, delete: Callable[[str], int]
) -> dict[str, object]:
    """Delete what is held under the references of a signed notice, and say so.

    The same part of the same notice again answers as it did the first time.
    """
    content = document.get("content") if isinstance(document, dict) else None
    if not isinstance(content, dict) or not isinstance(document, dict):
        raise Refused(400, "invalid_notice")
    notice, number = content.get("notice"), content.get("part")
    references = content.get("references")
    if not isinstance(notice, str) or not isinstance(number, int) or not document.get("signature"):
        raise Refused(400, "invalid_notice")
    if not isinstance(references, list) or len(references) > MOST_REFERENCES:
        raise Refused(400, "invalid_references")
    with store.transaction():
        known = _known(store, part, notice, number)
        if known is None:
            deleted = sum(delete(str(reference)) for reference in references)
            store.change(
                "INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?)",
                part,
                notice,
                number,
                json.dumps(document, ensure_ascii=False),
                deleted,
                time.time(),
            )
            known = _known(store, part, notice, number)
    assert known is not None
    return {"notice": notice, "part": number, "deleted": known["deleted"], "acknowledged": True}


def taken(store: Store) -> list[Row]:
    """The latest notices for the controls."""
    rows = store.rows("SELECT * FROM erasures ORDER BY at DESC LIMIT 200")
    return [{**row, "document": json.loads(row["document"])} for row in rows]


def _known(store: Store, part: str, notice: str, number: int) -> Row | None:
    return store.row(
        "SELECT * FROM erasures WHERE part = ? AND notice = ? AND number = ?", part, notice, number
    )
