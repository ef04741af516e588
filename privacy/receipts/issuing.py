"""Receipts are issued at the confirming click and completed when everything is done.

Both are documents under the mall's signature. The second refers to the fingerprint of the first,
so that nobody can exchange the promise afterwards. Neither names anybody.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import journal, signing
from privacy.canonical import canonical
from privacy.enums_proofs import ReceiptKind, ReceiptState
from privacy.ledger.entries import instant
from privacy.models import LedgerHead, Receipt
from privacy.receipts import codes

PROMISE = "receipt"
OUTCOME = "receipt-outcome"
SAYS = "The mall states here what it promised and what it did. It is the mall who says so."
LONGEST = 120
TEXT = re.compile(r"[^@\n]{0,120}")
PHONE = re.compile(r"(?<![0-9A-Za-z])\+?[0-9][0-9 -]{9,16}[0-9](?![0-9A-Za-z])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NamesSomebody(ValueError):
    """What was to be put on a receipt might name a person; the message says where, not what."""


class AlreadyEnded(Exception):
    """The receipt has an outcome, and another one was to be written."""


def issue(kind: ReceiptKind, content: Mapping[str, Any], *, subject: UUID) -> Receipt:
    """Sign what the mall will do, in the caller's transaction.

    `content` holds enumerated values, labels, counts, days and fingerprints under the keys of
    `personal_data_proofs.RECEIPT_KEYS`: `scope`, `plan_sha256`, `due`, `will` and `kept` (lists of
    flat objects), later `did`, `counts`, `unreadable_from`, `recipients`. Raises `NamesSomebody`
    for what looks like a person's own words.
    """
    _check(content, subject)
    now, code, salt = timezone.now(), codes.new_code(), secrets.token_hex(32)
    document = signing.sign(
        PROMISE,
        {
            **content,
            "receipt": code,
            "about": ReceiptKind(kind).value,
            "holder": holder(salt, subject),
            "mall": settings.SITE_NAME["en"],
            "says": SAYS,
            "issued_at": instant(now),
            **_witnesses(),
        },
    )
    return Receipt.objects.create(
        code=code,
        kind=ReceiptKind(kind),
        subject=subject,
        salt=salt,
        document=document,
        document_sha256=fingerprint(document),
        issued_at=now,
    )


def complete(receipt: Receipt, content: Mapping[str, Any]) -> Receipt:
    """Sign what was done. Repeatable: a receipt that is complete stays as it is."""
    return _end(receipt, ReceiptState.COMPLETE, content)


def cancel(receipt: Receipt) -> Receipt:
    """Sign that the person took it back before it was done. Repeatable."""
    return _end(receipt, ReceiptState.CANCELLED, {})


def holder(salt: str, subject: UUID) -> str:
    """The hash that stands for the person on their receipt; every receipt has a salt of its own."""
    return hashlib.sha256(f"{salt}|{subject}".encode()).hexdigest()


def fingerprint(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _end(receipt: Receipt, state: ReceiptState, content: Mapping[str, Any]) -> Receipt:
    _check(content, receipt.subject)
    with transaction.atomic():
        locked = Receipt.objects.select_for_update().get(pk=receipt.pk)
        if locked.state == ReceiptState.ISSUED:
            now = timezone.now()
            locked.outcome = signing.sign(
                OUTCOME,
                {
                    **content,
                    "receipt": locked.code,
                    "about": locked.kind,
                    "holder": holder(locked.salt, locked.subject),
                    "mall": settings.SITE_NAME["en"],
                    "says": SAYS,
                    "state": state.value,
                    "promise_sha256": locked.document_sha256,
                    "issued_at": instant(locked.issued_at),
                    "ended_at": instant(now),
                    **_witnesses(),
                },
            )
            locked.state, locked.ended_at = state, now
            locked.save(update_fields=["outcome", "state", "ended_at"])
        elif locked.state != state:
            raise AlreadyEnded(locked.code)
    for name in ("outcome", "state", "ended_at"):
        setattr(receipt, name, getattr(locked, name))
    return receipt


def _witnesses() -> dict[str, Any]:
    """The newest published head of the ledgers and of the journal: a rewrite of either shows."""
    head = LedgerHead.objects.order_by("-day").first()
    content = head.document["content"] if head else {}
    decided = journal.table_head()
    return {
        "ledger": {name: content.get(name, "") for name in ("day", "batch", "hash")},
        "journal": {"number": decided.number, "hash": decided.hash},
    }


def _check(content: Mapping[str, Any], subject: UUID) -> None:
    for path, value in _texts(content, ""):
        if len(value) > LONGEST or not TEXT.fullmatch(value):
            raise NamesSomebody(path)
        if str(subject) in value or (PHONE.search(value) and not DAY.match(value)):
            raise NamesSomebody(path)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield f"{path}.{name}", str(name)
            yield from _texts(inner, f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner, f"{path}[]")
