"""Verification: what is there is proven, what ended by rule is counted, all else is located.

It reads in order of the batches, some thousand leaves at a time, so that memory stays small and a
long verification can be done in several steps.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from privacy import keyring, signing
from privacy.enums import CheckState, Finding, KeptAs, KeyClass, KeyState, Ledger
from privacy.keyring import ALIAS
from privacy.ledger import heads, tree
from privacy.ledger.doors import ended
from privacy.ledger.entries import (
    SEALED,
    Entry,
    actor_token,
    content_of,
    leaf_of,
    person_token,
    read,
)
from privacy.ledger.sealing import FIRST, batch_content, batch_hash
from privacy.models import DataKey, LedgerBatch, LedgerCheck, LedgerHead, LedgerLeaf
from privacy.models.batches import PLACES

AT_ONCE = 20_000
KEPT_FINDINGS = 200
"""So many findings are kept word for word; all are counted."""
TOLERANCE = timedelta(hours=1)
"""An entry may be sealed so much later than its own time says, besides the time between batches."""
SUSPECTS = 100_000
LEAF_COLUMNS = (
    "pk",
    "ledger",
    "entry",
    "at",
    "kept_as",
    "content",
    "actor_token",
    "subject_token",
)


@dataclass
class _Leaf:
    """A leaf as it was read."""

    place: int
    ledger: Ledger
    entry: int
    at: datetime
    kept_as: KeptAs
    content: bytes
    actor_token: bytes | None
    subject_token: bytes | None


@dataclass
class _Before:
    """What the next batch must follow from."""

    number: int = 0
    hash: str = FIRST
    total: int = 0
    sealed_at: datetime | None = None


@dataclass
class _Step:
    """The work of one step; its result is written to the check's row at the end."""

    check: LedgerCheck
    before: _Before
    ended: dict[KeptAs, datetime]
    suspects: dict[bytes, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def found(self, kind: Finding, **where: Any) -> None:
        """Note a finding."""
        self.check.found += 1
        if len(self.check.findings) < KEPT_FINDINGS:
            self.check.findings.append({"kind": str(kind), **where})


def verify(*, extra_heads: Iterable[dict[str, Any]] = ()) -> LedgerCheck:
    """Verify everything now; `extra_heads` are signed heads that somebody kept."""
    check = LedgerCheck.objects.create()
    while not advance(check, extra_heads=extra_heads):
        pass
    return check


def advance(
    check: LedgerCheck, *, seconds: float = 3600, extra_heads: Iterable[dict[str, Any]] = ()
) -> bool:
    """Verify for so long; True when the verification has come to its end."""
    until = time.monotonic() + seconds
    step = _Step(check, _before(check), ended(timezone.now()))
    check.state = CheckState.RUNNING
    at_end = False
    while not at_end:
        at_end = not _next_batches(step)
        if time.monotonic() > until:
            break
    _find_living(step)
    if at_end:
        _find_what_is_beside(step)
        _compare_heads(step, extra_heads)
        check.state = CheckState.FOUND if check.found else CheckState.CLEAN
        check.finished_at = timezone.now()
    check.progress = _progress(step.before)
    check.save()
    return at_end


def _before(check: LedgerCheck) -> _Before:
    if not check.progress:
        return _Before()
    known = dict(check.progress)
    at = known.pop("sealed_at")
    return _Before(**known, sealed_at=datetime.fromisoformat(at) if at else None)


def _progress(before: _Before) -> dict[str, Any]:
    return {
        "number": before.number,
        "hash": before.hash,
        "total": before.total,
        "sealed_at": before.sealed_at.isoformat() if before.sealed_at else "",
    }


# --- Batches and leaves -----------------------------------------------------------------


def _next_batches(step: _Step) -> bool:
    """Check some batches with their leaves and entries; False when there are no more."""
    batches: list[LedgerBatch] = []
    size = 0
    waiting = LedgerBatch.objects.filter(pk__gt=step.before.number).order_by("pk")
    for batch in waiting[:500]:
        if batches and size + batch.size > AT_ONCE:
            break
        batches.append(batch)
        size += batch.size
    if not batches:
        return False
    leaves = _leaves(step.before.number + 1, batches[-1].pk)
    entries = _entries(leaves)
    salts = keyring.keys_of(
        {e.subject for of in entries.values() for e in of.values() if e.subject}, KeyClass.LEDGER
    )
    for batch in batches:
        _check_batch(step, batch, leaves.pop(batch.pk, []), entries, salts)
    for number in leaves:
        step.found(Finding.LEAF_WITHOUT_BATCH, batch=number, entries=len(leaves[number]))
    return True


def _leaves(first: int, last: int) -> dict[int, list[_Leaf]]:
    rows = (
        LedgerLeaf.objects.filter(pk__gte=first * PLACES, pk__lt=(last + 1) * PLACES)
        .order_by("pk")
        .values_list(*LEAF_COLUMNS)
    )
    found: dict[int, list[_Leaf]] = defaultdict(list)
    for pk, ledger, entry, at, kept_as, content, actor, subject in rows.iterator(chunk_size=5000):
        found[pk // PLACES].append(
            _Leaf(
                pk % PLACES,
                Ledger(ledger),
                entry,
                at,
                KeptAs(kept_as),
                bytes(content),
                bytes(actor) if actor is not None else None,
                bytes(subject) if subject is not None else None,
            )
        )
    return found


def _entries(leaves: dict[int, list[_Leaf]]) -> dict[Ledger, dict[int, Entry]]:
    numbers: dict[Ledger, list[int]] = defaultdict(list)
    for of_batch in leaves.values():
        for leaf in of_batch:
            numbers[leaf.ledger].append(leaf.entry)
    return {ledger: read(ledger, of_ledger) for ledger, of_ledger in numbers.items()}


def _check_batch(
    step: _Step,
    batch: LedgerBatch,
    leaves: list[_Leaf],
    entries: dict[Ledger, dict[int, Entry]],
    salts: dict[UUID, bytes | None],
) -> None:
    before = step.before
    if batch.pk != before.number + 1:
        step.found(Finding.MISSING_BATCH, batch=before.number + 1, last=batch.pk - 1)
    elif batch.previous != before.hash or batch.total != before.total + batch.size:
        step.found(Finding.BROKEN_CHAIN, batch=batch.pk)
    content = batch_content(batch)
    if batch.hash != batch_hash(content):
        step.found(Finding.CHANGED_BATCH, batch=batch.pk, part="hash")
    document = {
        "kind": "ledger-batch",
        "content": content,
        "key": batch.key,
        "signature": batch.signature,
    }
    try:
        signing.check(document, kind="ledger-batch")
    except signing.SignatureWrong:
        step.found(Finding.WRONG_SIGNATURE, batch=batch.pk)
    if [leaf.place for leaf in leaves] != list(range(batch.size)):
        step.found(Finding.CHANGED_BATCH, batch=batch.pk, part="leaves")
    elif batch.root != tree.root([leaf_of(o.at, o.content, o.kept_as) for o in leaves]).hex():
        step.found(Finding.CHANGED_BATCH, batch=batch.pk, part="root")
    for leaf in leaves:
        _check_leaf(step, batch, leaf, entries[leaf.ledger].get(leaf.entry), salts)
    step.check.batches += 1
    step.check.entries += len(leaves)
    step.before = _Before(batch.pk, batch.hash, batch.total, batch.sealed_at)


def _check_leaf(
    step: _Step,
    batch: LedgerBatch,
    leaf: _Leaf,
    entry: Entry | None,
    salts: dict[UUID, bytes | None],
) -> None:
    where = {
        "batch": batch.pk,
        "place": leaf.place,
        "ledger": str(leaf.ledger),
        "entry": leaf.entry,
    }
    if entry is None:
        if leaf.at < step.ended[leaf.kept_as]:
            step.check.expired += 1
        else:
            step.found(Finding.MISSING_ENTRY, **where)
        return
    sealed = step.before.sealed_at
    if sealed is not None and leaf.at < sealed - TOLERANCE:
        step.found(Finding.BACKDATED_ENTRY, **where)
    content = content_of(entry, leaf.actor_token, leaf.subject_token)
    if content != leaf.content or entry.at != leaf.at:
        step.found(Finding.CHANGED_ENTRY, **where)
        return
    _check_names(step, where, leaf, entry, salts)


def _check_names(
    step: _Step,
    where: dict[str, Any],
    leaf: _Leaf,
    entry: Entry,
    salts: dict[UUID, bytes | None],
) -> None:
    """Whether the entry names whom it named when it was sealed, or whom it may not name any more.

    A person whose salt is destroyed cannot be told from another; nobody who lives may be behind
    such a token, which `_find_living` looks for.
    """
    token = leaf.subject_token
    if not _names_its_actor(leaf, entry) or (token is None and entry.subject is not None):
        step.found(Finding.CHANGED_IDENTITY, **where)
        return
    if token is None:
        return
    if entry.subject is not None and entry.subject not in salts:
        step.found(Finding.LOST_SALT, **where)
        return
    salt = salts[entry.subject] if entry.subject else None
    if salt is None:
        step.suspects[token].append(where)
        if len(step.suspects) >= SUSPECTS:
            _find_living(step)
    elif entry.subject and person_token(salt, entry.subject) != token:
        step.found(Finding.CHANGED_IDENTITY, **where)


def _names_its_actor(leaf: _Leaf, entry: Entry) -> bool:
    if leaf.actor_token is not None and leaf.actor_token == leaf.subject_token:
        # Their own deed: both names are there, or both are gone.
        return entry.is_own_deed or (entry.actor is None and entry.subject is None)
    if entry.is_own_deed:
        return False
    expected = actor_token(entry.actor, leaf.at) if entry.actor else None
    return leaf.actor_token == expected


def _find_living(step: _Step) -> None:
    """Tokens without a name must not be those of somebody whose salt lives."""
    if not step.suspects:
        return
    total = sum(len(where) for where in step.suspects.values())
    living = DataKey.objects.using(ALIAS).filter(key_class=KeyClass.LEDGER, state=KeyState.ACTIVE)
    subjects: list[UUID] = []
    for subject in living.values_list("subject", flat=True).iterator(chunk_size=5000):
        subjects.append(subject)
        if len(subjects) == 5000:
            total -= _report_living(step, subjects)
            subjects = []
    total -= _report_living(step, subjects)
    step.check.forgotten += total
    step.suspects.clear()


def _report_living(step: _Step, subjects: list[UUID]) -> int:
    found = 0
    for subject, salt in keyring.keys_of(subjects, KeyClass.LEDGER).items():
        for where in step.suspects.get(person_token(salt, subject), []) if salt else []:
            step.found(Finding.CHANGED_IDENTITY, **where)
            found += 1
    return found


# --- Beside the batches -----------------------------------------------------------------


def _find_what_is_beside(step: _Step) -> None:
    """Entries without a leaf, which either wait for the next batch or were put in, and leaves
    behind the last batch."""
    last = LedgerBatch.objects.order_by("-pk").first()
    behind = LedgerLeaf.objects.filter(pk__gte=(step.before.number + 1) * PLACES)
    if last is None or last.pk == step.before.number:
        highest = behind.aggregate(last=Max("pk"))["last"]
        if highest is not None:
            step.found(Finding.LEAF_WITHOUT_BATCH, batch=highest // PLACES, entries=behind.count())
    moved = last is not None and last.cluster != _cluster()
    for ledger in SEALED:
        reached = last.reached.get(ledger.value, [-1, 0]) if last else [-1, 0]
        for number, waits in _without_leaf(ledger, reached):
            if waits or moved:
                step.check.pending += 1
            else:
                step.found(Finding.INSERTED_ENTRY, ledger=str(ledger), entry=number)


def _without_leaf(ledger: Ledger, reached: list[int]) -> Iterable[tuple[int, bool]]:
    table = connection.ops.quote_name(SEALED[ledger].table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT e.id, (e.written_xid, e.id) > (%s, %s) FROM {table} e
             WHERE NOT EXISTS (
                   SELECT 1 FROM privacy_ledgerleaf l WHERE l.ledger = %s AND l.entry = e.id)
             ORDER BY e.id LIMIT 1000000
            """,  # noqa: S608 - the table's name is our own
            [*reached, ledger.value],
        )
        yield from cursor.fetchall()


def _cluster() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def _compare_heads(step: _Step, extra: Iterable[dict[str, Any]]) -> None:
    """What was published must still be part of the chain."""
    stored = [head.document for head in LedgerHead.objects.order_by("day").iterator()]
    seen = set()
    for place, documents in (("table", stored), ("file", heads.in_file()), ("given", extra)):
        for document in documents:
            if str(document) not in seen:
                seen.add(str(document))
                _compare_head(step, place, document)


def _compare_head(step: _Step, place: str, document: dict[str, Any]) -> None:
    content = document.get("content")
    day = str(content.get("day", "")) if isinstance(content, dict) else ""
    try:
        head = signing.check(document, kind=heads.KIND)
        number, expected = int(head["batch"]), str(head["hash"])
    except (signing.SignatureWrong, KeyError, ValueError):
        step.found(Finding.HEAD_NOT_OURS, day=day, place=place)
        return
    batch = LedgerBatch.objects.filter(pk=number).first()
    if batch is None and number > step.before.number:
        step.found(Finding.OLDER_THAN_HEAD, day=day, place=place, batch=number)
    elif batch is None or batch.hash != expected:
        step.found(Finding.DIFFERS_FROM_HEAD, day=day, place=place, batch=number)
