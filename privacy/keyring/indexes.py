"""Under which keys blind indexes are found and written while their key is exchanged.

    STEADY      found and written under the present key
    ANNOUNCED   found under both, written under the present one
    MOVING      found under both, written under the next one; the run moves what is there

Whoever writes reads the phase in the transaction of the write and holds it until the commit, so a
phase begins when nobody writes by the former one any more. Whoever looks up may know the phase of a
few seconds ago; a phase lasts longer than that before anything depends on it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db import IntegrityError, connection

from privacy.keyring import house
from privacy.keyring.errors import HouseKeyMissing
from privacy.keyring.house import purpose_key, token
from privacy.models.house import IndexKey, IndexPhase

REMEMBERED = 5.0
"""For how many seconds a process that looks up remembers the phases."""


class Fingerprint(str):
    """A blind index as it is looked up: under the present key, and another that it may have."""

    __slots__ = ("others",)
    others: tuple[str, ...]

    @classmethod
    def under(cls, names: Iterable[str], value: str) -> "Fingerprint":
        """The fingerprints of a value under these keys, the first one first."""
        found = [token(name, value) for name in names]
        made = cls(found[0])
        made.others = tuple(found[1:])
        return made

    @property
    def all(self) -> list[str]:
        """Everything that the column may hold for the value."""
        return [str(self), *getattr(self, "others", ())]


@dataclass(frozen=True)
class Phase:
    """The keys of one column."""

    present: str
    next: str = ""
    phase: str = IndexPhase.STEADY

    @property
    def written(self) -> str:
        """The key under which a new index is made."""
        return self.next if self.phase == IndexPhase.MOVING else self.present

    @property
    def found(self) -> list[str]:
        """The keys under which an index may stand."""
        return list(dict.fromkeys(name for name in (self.written, self.present, self.next) if name))


def first_name(column: str) -> str:
    """The key of a column that was never rotated."""
    return f"blind:{column}"


# --- Looking up -------------------------------------------------------------------------

_remembered: tuple[float, dict[str, Phase]] = (-REMEMBERED, {})


def forget_phases() -> None:
    """Ask anew."""
    global _remembered  # noqa: PLW0603 - what one process remembers
    _remembered = (-REMEMBERED, {})
    _written.clear()


def fingerprint(column: str, value: str) -> Fingerprint:
    """What `value` is looked up by. A key that is gone meanwhile finds nothing."""
    names: list[str] = []
    for name in _phase(column).found:
        try:
            purpose_key(name)
        except HouseKeyMissing:
            if not names and name == _phase(column).written:
                raise
            continue
        names.append(name)
    return Fingerprint.under(names, value)


def _phase(column: str) -> Phase:
    global _remembered  # noqa: PLW0603 - what one process remembers
    at, phases = _remembered
    now = time.monotonic()
    if now - at > REMEMBERED:
        phases = {row.column: _of(row) for row in IndexKey.objects.all()}
        _remembered = (now, phases)
    return phases.get(column) or Phase(first_name(column))


def _of(row: IndexKey) -> Phase:
    return Phase(row.key_name, row.next_name, row.phase)


# --- Writing ----------------------------------------------------------------------------

_written: "WeakKeyDictionary[Any, dict[str, Phase]]" = WeakKeyDictionary()


def phase_of_write(column: str) -> Phase:
    """The phase, held until the end of the transaction that writes."""
    blocks = connection.atomic_blocks
    if not blocks:
        return _held(column)
    known = _written.setdefault(blocks[0], {})
    if column not in known:
        known[column] = _held(column)
    return known[column]


def _held(column: str) -> Phase:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT key_name, next_name, phase FROM privacy_indexkey WHERE "column" = %s '
            "FOR KEY SHARE",
            [column],
        )
        row = cursor.fetchone()
    return Phase(*row) if row else Phase(first_name(column))


def refuse_double(column: str, value: str, phase: Phase, others: Any) -> None:
    """While indexes move, no constraint sees that two rows mean the same: look, one at a time.

    Raises `IntegrityError`, as the constraint would.
    """
    if phase.phase != IndexPhase.MOVING:
        return
    both = Fingerprint.under(phase.found, value)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{column}:{both}"]
        )
    if others(both.all).exists():
        raise IntegrityError(f"duplicate value in {column}")


house._also.append(forget_phases)
