"""Sealing: which entries a batch takes, and how it follows from the one before.

A number of a row is drawn before its transaction commits, so a late commit appears behind rows
that were sealed long ago. Each entry therefore carries the number of the transaction that wrote it
(the database's own default), and a batch takes what was written before the oldest transaction that
still runs: behind that line nothing can appear any more.
"""

import logging
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from privacy import keyring, signing
from privacy.canonical import canonical
from privacy.enums import KeyClass, Ledger
from privacy.ledger import tree
from privacy.ledger.entries import (
    SEALED,
    Entry,
    actor_token,
    content_of,
    instant,
    leaf_of,
    person_token,
    read,
)
from privacy.models import LedgerBatch, LedgerLeaf
from privacy.models.batches import PLACES

log = logging.getLogger(__name__)

FIRST = "0" * 64
FORMAT = 1
LOCK = 7_244_002
MOST = 5000
"""Entries of one batch; what waits beyond that goes into the next, at once."""
LATE = timedelta(minutes=2)
BEYOND = 2**63 - 1
assert MOST <= PLACES

Place = tuple[int, int]
"""A transaction and an entry: where a ledger is taken up to."""


@dataclass
class _Server:
    """What the database server says about itself and its transactions."""

    cluster: str
    oldest: int


@dataclass
class _Taken:
    """What goes into a batch, in its order."""

    entries: list[Entry] = field(default_factory=list)
    reached: dict[str, list[int]] = field(default_factory=dict)
    is_whole: bool = True


def seal() -> int:
    """Seal one batch; returns how many entries it took, 0 when nothing waits.

    Of several sealers at once one works and the others return 0. Call it outside a transaction.
    """
    with transaction.atomic():
        if not _lock():
            return 0
        last = LedgerBatch.objects.order_by("-pk").first()
        server = _server()
        # On another server transactions count anew: then whatever has no leaf is looked for.
        moved = last is not None and last.cluster != server.cluster
        taken = _take(last, server, moved=moved)
        if not taken.entries and not (moved and taken.is_whole):
            return 0
        _write(last, taken, server)
    return len(taken.entries)


def seal_all(*, most: int = 200) -> int:
    """Seal until nothing waits, in at most so many batches; returns how many entries."""
    total = 0
    for _round in range(most):
        sealed = seal()
        total += sealed
        if sealed == 0:
            break
    return total


def oldest_waiting() -> datetime | None:
    """When the oldest entry that is not sealed yet was written; None when all are."""
    found = []
    last = LedgerBatch.objects.order_by("-pk").first()
    for ledger, sealed in SEALED.items():
        rows = sealed.model._default_manager.all()
        if last is not None:
            since = last.reached.get(ledger.value, [-1])[0]
            taken = LedgerLeaf.objects.filter(ledger=ledger).values("entry")
            rows = rows.filter(written_xid__gte=since).exclude(pk__in=taken)
        oldest = rows.aggregate(oldest=Min("at"))["oldest"]
        if oldest is not None:
            found.append(oldest)
    return min(found, default=None)


def oldest_writer() -> datetime | None:
    """Since when the oldest transaction that wrote something runs; sealing waits for its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(xact_start) FROM pg_stat_activity
             WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
            """
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


def batch_content(batch: LedgerBatch) -> dict[str, Any]:
    """What the hash and the signature of a batch cover."""
    return {
        "format": FORMAT,
        "number": batch.pk,
        "previous": batch.previous,
        "root": batch.root,
        "sealed_at": instant(batch.sealed_at),
        "size": batch.size,
        "total": batch.total,
    }


def batch_hash(content: dict[str, Any]) -> str:
    """The hash by which the next batch and the published heads name a batch."""
    return tree.leaf_hash(canonical(content)).hex()


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _server() -> _Server:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT system_identifier::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              FROM pg_control_system()
            """
        )
        cluster, oldest = cursor.fetchone()
    return _Server(cluster, oldest)


def _take(last: LedgerBatch | None, server: _Server, *, moved: bool) -> _Taken:
    taken = _Taken()
    for ledger in SEALED:
        room = MOST - len(taken.entries)
        known = last.reached.get(ledger.value, [-1, 0]) if last else [-1, 0]
        since: Place = (-1, 0) if moved else (known[0], known[1])
        places = _waiting(ledger, since, server, room, moved=moved) if room else []
        if len(places) < room:
            taken.reached[ledger.value] = [server.oldest - 1, BEYOND]
        else:
            taken.is_whole = False
            taken.reached[ledger.value] = list(places[-1]) if places and not moved else known
        numbers = [number for _xid, number in places]
        found = read(ledger, numbers)
        taken.entries += [found[number] for number in numbers]
    return taken


def _waiting(
    ledger: Ledger, since: Place, server: _Server, most: int, *, moved: bool
) -> list[Place]:
    """Entries after `since` that every running transaction is younger than, oldest first."""
    table = connection.ops.quote_name(SEALED[ledger].table)
    # A visible row of a transaction that this server has not reached was brought by a restore.
    foreign = (
        "OR e.written_xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint" if moved else ""
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT e.written_xid, e.id FROM {table} e
             WHERE (e.written_xid, e.id) > (%s, %s) AND (e.written_xid < %s {foreign})
               AND NOT EXISTS (
                   SELECT 1 FROM privacy_ledgerleaf l WHERE l.ledger = %s AND l.entry = e.id)
             ORDER BY e.written_xid, e.id LIMIT %s
            """,  # noqa: S608 - the table's name is our own
            [*since, server.oldest, ledger.value, most],
        )
        return list(cursor.fetchall())


def _write(last: LedgerBatch | None, taken: _Taken, server: _Server) -> None:
    number = last.pk + 1 if last else 1
    leaves = _leaves(number, taken.entries)
    batch = LedgerBatch(
        id=number,
        sealed_at=timezone.now(),
        size=len(leaves),
        total=(last.total if last else 0) + len(leaves),
        root=tree.root([leaf_of(one.at, bytes(one.content), one.kept_as) for one in leaves]).hex(),
        previous=last.hash if last else FIRST,
        reached=taken.reached,
        # Half a catching-up is none: the next batch goes on with it.
        cluster=server.cluster if taken.is_whole or last is None else last.cluster,
    )
    content = batch_content(batch)
    batch.hash = batch_hash(content)
    document = signing.sign("ledger-batch", content)
    batch.key, batch.signature = document["key"], document["signature"]
    batch.save(force_insert=True)
    LedgerLeaf.objects.bulk_create(leaves, batch_size=1000)


def _leaves(batch: int, entries: list[Entry]) -> list[LedgerLeaf]:
    salts = keyring.keys_of(
        {entry.subject for entry in entries if entry.subject}, KeyClass.LEDGER, make=True
    )
    leaves = []
    for place, entry in enumerate(entries):
        actor, person = _tokens(entry, salts)
        leaves.append(
            LedgerLeaf(
                id=batch * PLACES + place,
                ledger=entry.ledger,
                entry=entry.pk,
                at=entry.at,
                kept_as=entry.kept_as,
                content=content_of(entry, actor, person),
                actor_token=actor,
                subject_token=person,
            )
        )
    return leaves


def _tokens(entry: Entry, salts: dict[Any, bytes | None]) -> tuple[bytes | None, bytes | None]:
    person = None
    if entry.subject is not None:
        salt = salts[entry.subject]
        # Gone before the entry was sealed: a token that nobody can make again.
        person = person_token(salt, entry.subject) if salt else os.urandom(32)
    if entry.actor is None:
        return None, person
    if entry.is_own_deed:
        return person, person
    return actor_token(entry.actor, entry.at), person
