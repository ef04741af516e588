"""Every decision of the journal takes effect in both databases, also in one that was restored.

A decision is carried out by its handler, at once and again after a restore: the same code, and
harmless when it runs twice. What was carried out is marked in each database, so a restored one
lacks the marks together with the effects, and is behind by itself.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.utils import timezone

from privacy import journal, keyring, signing
from privacy.enums import Decision
from privacy.keyring import ALIAS
from privacy.models import (
    AppliedDecision,
    AppliedKeyDecision,
    JournalEntry,
    JournalHead,
    Restoration,
)
from privacy.models.vault import Applied

log = logging.getLogger(__name__)

Handler = Callable[[JournalEntry], int]

MAIN, KEYRING = "default", ALIAS
MARKS: dict[str, type[Applied]] = {MAIN: AppliedDecision, KEYRING: AppliedKeyDecision}
LOCK = 7_244_002
AT_ONCE = 1000

_handlers: dict[str, Handler] = {}


class NoHandler(Exception):
    """Nobody declared how this kind of decision is carried out."""


def replays(decision: Decision) -> Callable[[Handler], Handler]:
    """Declare what carries out a kind of decision, in an app's `decisions.py`.

    The handler takes the entry, touches only what existed when it was written, may run twice
    without harm and beside itself, and returns how many things it changed.
    """

    def register(handler: Handler) -> Handler:
        if decision in _handlers:
            raise ValueError(f"{decision} has two handlers.")
        _handlers[str(decision)] = handler
        return handler

    return register


def carry_out(entry: JournalEntry) -> int:
    """Let the decision take effect and mark it; returns how many things its handler changed."""
    handler = _handlers.get(str(entry.decision))
    if handler is None:
        raise NoHandler(str(entry.decision))
    changed = handler(entry)
    mark(entry)
    return changed


def mark(entry: JournalEntry) -> None:
    """Note in both databases that the entry has taken effect, there and in the other one."""
    for alias, model in MARKS.items():
        rows = [model(number=entry.number, hash=entry.hash)]
        model._default_manager.using(alias).bulk_create(rows, ignore_conflicts=True)


# --- Looking ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """What a process learns about the journal before it serves anybody."""

    head: journal.Head
    published: journal.Head | None
    pending: int
    faults: tuple[str, ...]
    waiting: tuple[Restoration, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Nothing is missing and nothing waits: people may come in."""
        return not (self.faults or self.pending or self.waiting)


def look() -> Look:
    """Compare journal, witnesses and databases: a few small queries and the ends of two files.

    Brings table and file to the longer of the two, and publishes the head where no witness says
    otherwise. Decides nothing else.
    """
    waiting = tuple(Restoration.objects.filter(finished_at=None).order_by("pk"))
    try:
        journal.begin()
        head = journal.table_head()
        if journal.file_head() != head:
            head = journal.reconcile()
        published = journal.published_head()
    except journal.JournalBroken as broken:
        return Look(journal.NOTHING, None, 0, (str(broken),), waiting)
    except keyring.MasterKeyMissing:
        told = (
            "Another master key wraps this keyring: put it into MASTER_KEY_OLD, and run `manage.py "
            "keyring rotate-master` afterwards."
        )
        return Look(journal.NOTHING, None, 0, (told,), waiting)
    except keyring.HouseKeyMissing as missing:
        return Look(journal.NOTHING, None, 0, (str(missing),), waiting)
    except OSError as error:
        told = f"{error.filename or 'The journal'} cannot be used: {error.strerror}."
        return Look(journal.NOTHING, None, 0, (told,), waiting)
    faults = _faults(head, published, waiting)
    if not faults and published != head:
        try:
            journal.publish(head)
        except OSError as error:
            faults.append(f"VAULT_DIR cannot be written: {error.strerror}.")
    return Look(head, published, pending_count(head), tuple(faults), waiting)


def _faults(
    head: journal.Head, published: journal.Head | None, waiting: tuple[Restoration, ...]
) -> list[str]:
    noted = JournalHead.objects.using(KEYRING).filter(pk=1).first()
    faults = []
    if published is None and ((noted and noted.witnessed) or waiting):
        faults.append(
            "No published head of the journal is here, so nobody can say whether the journal is "
            "whole. Put VAULT_DIR back, or see `manage.py journal trust`."
        )
    for name, known in _witnesses(published, noted, waiting):
        if known.number > head.number:
            faults.append(
                f"The journal ends at entry {head.number}, and {name} knows entry {known.number}: "
                "decisions of people are missing. Put the newest JOURNAL_DIR back."
            )
        elif journal.hash_at(known.number) != known.hash:
            faults.append(f"{name[0].upper()}{name[1:]} knows another entry {known.number}.")
    return faults


def _witnesses(
    published: journal.Head | None, noted: JournalHead | None, waiting: tuple[Restoration, ...]
) -> Iterator[tuple[str, journal.Head]]:
    if published is not None:
        yield "the published head", published
    if noted is not None:
        yield "the keyring", journal.Head(noted.number, noted.hash)
    for restored in waiting:
        seen = journal.Head(restored.head_number, restored.head_hash)
        yield f"the backup of {restored.made_at:%Y-%m-%d %H:%M} UTC", seen
    for alias, name in ((MAIN, "the main database"), (KEYRING, "the keyring's own record")):
        last = MARKS[alias]._default_manager.using(alias).order_by("-number").first()
        if last is not None:
            yield name, journal.Head(last.number, last.hash)


def pending_count(head: journal.Head) -> int:
    """How many entries one of the databases does not know."""
    counts = {alias: model._default_manager.using(alias).count() for alias, model in MARKS.items()}
    if all(count == head.number for count in counts.values()):
        return 0
    return len(pending(head))


def pending(head: journal.Head) -> list[int]:
    """Their numbers, in order."""
    found: set[int] = set()
    for alias, model in MARKS.items():
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT n FROM generate_series(1, %s) AS n "  # noqa: S608 - a table's name
                f"WHERE NOT EXISTS (SELECT 1 FROM {model._meta.db_table} WHERE number = n)",
                [head.number],
            )
            found.update(number for (number,) in cursor.fetchall())
    return sorted(found)


# --- Replaying ----------------------------------------------------------------------------


@dataclass
class Replay:
    """What a replay did, and what keeps the door shut."""

    done: int = 0
    changed: int = 0
    faults: list[str] = field(default_factory=list)


def replay() -> Replay | None:
    """Carry out what a database does not know. None when another process is at it.

    1. Check the whole journal, every hash and signature, and every witness.
    2. Carry out what is pending, in order; what has no handler, or fails, is named, and the rest
       goes on.
    3. When nothing is left, note that the restore is finished.
    """
    with _alone() as alone:
        if not alone:
            return None
        result = Replay()
        seen = look()
        result.faults.extend(seen.faults)
        if result.faults:
            return result
        try:
            journal.verify()
        except journal.JournalBroken as broken:
            result.faults.append(str(broken))
            return result
        numbers = pending(seen.head)
        for start in range(0, len(numbers), AT_ONCE):
            _carry_out(numbers[start : start + AT_ONCE], result)
        if seen.waiting and not result.faults:
            _heal(result)
        if not result.faults:
            Restoration.objects.filter(finished_at=None).update(finished_at=timezone.now())
        return result


def _carry_out(numbers: list[int], result: Replay) -> None:
    rows = JournalEntry.objects.using(KEYRING).filter(number__in=numbers).order_by("number")
    for entry in rows:
        try:
            result.changed += carry_out(entry)
            result.done += 1
        except NoHandler:
            result.faults.append(
                f"Entry {entry.number} ({entry.decision}) has no handler in this release."
            )
        except Exception as error:
            # The boundary: one broken decision must not keep the others from taking effect.
            log.exception("a decision could not be replayed", extra={"reference": str(entry)})
            told = type(error).__name__
            result.faults.append(f"Entry {entry.number} ({entry.decision}) failed: {told}.")


def _heal(result: Replay) -> None:
    """A restored keyring may lack keys that find people, or the one that signs."""
    from privacy.rotation import indexes  # noqa: PLC0415 - it writes to the journal

    try:
        result.changed += indexes.heal()
        signing.succeed()
        keyring.note_names()
    except Exception as error:
        # The boundary: the door stays shut and says why.
        log.exception("indexes could not be made anew")
        result.faults.append(f"The blind indexes could not be made anew: {type(error).__name__}.")


@contextmanager
def _alone() -> Iterator[bool]:
    """One replay at a time, of whatever process or machine."""
    with connections[KEYRING].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        alone = bool(cursor.fetchone()[0])
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def trust(head: journal.Head, *, lost: int = 0) -> None:
    """Publish the head of the present journal because a person vouches for it.

    Serves when the published head itself was lost, or when it tells of entries that nobody has any
    more: then `lost` must be their number. Raises `JournalBroken` with the reason otherwise.
    """
    present = journal.reconcile()
    if head != present:
        raise journal.JournalBroken(f"The journal's head is {present}, not {head}.")
    try:
        published = journal.published_head()
    except journal.JournalBroken:
        published = None
    missing = max(0, (published.number if published else 0) - present.number)
    if missing != lost:
        raise journal.JournalBroken(
            f"{missing} published entries are missing here; say --lost {missing} to go on for ever "
            "without them."
        )
    noted = JournalHead.objects.using(KEYRING).filter(pk=1).first()
    waiting = tuple(Restoration.objects.filter(finished_at=None))
    for fault in _faults(present, present, waiting) if noted else []:
        raise journal.JournalBroken(fault)
    journal.publish(present)
    log.warning("a head was trusted", extra={"count": lost, "reference": str(present)})


def status() -> dict[str, Any]:
    """What `manage.py journal status` says."""
    seen = look()
    return {
        "head": str(seen.head),
        "published": str(seen.published) if seen.published else None,
        "pending": seen.pending,
        "restores_unfinished": [restored.backup for restored in seen.waiting],
        "faults": list(seen.faults),
        "open": seen.is_sound,
    }
