"""Parts of what is held that people may delete for themselves, without closing the account.

    declare_part(
        "addresses",
        label=_("Addresses"),
        what=_("…"),
        rows=RowsOf(Address, clock="created_at", named=lambda row: row.recipient),
    )

Each deletion stands in the decision journal first, so that no restored backup brings it back. A
part without rows of its own names the function that clears it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from privacy import audit, journal
from privacy.enums import Action, Decision
from privacy.erasure import rows as one_table
from privacy.erasure.enums import CaseScope, CaseState
from privacy.erasure.errors import Held, NothingThere
from privacy.fields import SealedModel, open_rows
from privacy.models import ErasureCase
from privacy.registry import Declaration, Text, registry, rows_of
from privacy.retention import holding, strategies
from privacy.signals import part_erased
from privacy.vault import replay

AT_ONCE = 1000
SHOWN = 50


class UnknownPart(LookupError):
    """Nobody declared a part of this name."""


@dataclass(frozen=True)
class Item:
    """One entry that can be deleted by itself."""

    key: UUID
    label: str


@dataclass(frozen=True)
class RowsOf:
    """A part that is the person's rows of one table.

    `clock` says when a row was written: what is younger than a decision is not meant by it. With
    `named` each row of a table with sealed columns can be deleted by itself.
    """

    model: type[models.Model]
    clock: str
    named: Callable[[Any], str] | None = None
    first: tuple[type[models.Model], ...] = ()
    """Tables whose rows refer to these, and go before them."""

    def count(self, subject: UUID) -> int:
        """How many there are."""
        return rows_of(self.declaration, subject).count()

    def items(self, subject: UUID) -> list[Item]:
        """The newest of them, opened."""
        if self.named is None:
            return []
        found = rows_of(self.declaration, subject).order_by("-pk")[:SHOWN]
        return [Item(row.seal_id, self.named(row)) for row in open_rows(found)]

    def erase(self, subject: UUID, before: datetime, key: UUID | None) -> int:
        """Delete all that were written before, or the one of this key."""
        if key is not None:
            assert issubclass(self.model, SealedModel)
            return _delete(self.declaration, subject, models.Q(seal_id=key))
        for model in self.first:
            child = registry.declaration_of(model)
            assert child is not None
            _delete(child, subject, models.Q())
        return _delete(self.declaration, subject, models.Q(**{f"{self.clock}__lte": before}))

    @property
    def declaration(self) -> Declaration:
        """The table's declaration."""
        found = registry.declaration_of(self.model)
        assert found is not None
        return found


def _delete(declaration: Declaration, subject: UUID, which: models.Q) -> int:
    chosen = rows_of(declaration, subject).filter(which).order_by("pk")
    number = 0
    while True:
        deleted, _last = strategies.remove(declaration, chosen[:AT_ONCE])
        number += deleted
        if deleted < AT_ONCE:
            return number


@dataclass(frozen=True)
class Cleared:
    """A part that an app clears by itself; only what it holds is asked."""

    model: type[models.Model]
    holds: Callable[[UUID], int]
    clear: Callable[[UUID], int]

    def count(self, subject: UUID) -> int:
        """How much there is."""
        return self.holds(subject)

    def items(self, _subject: UUID) -> list[Item]:
        """Nothing by itself."""
        return []

    def erase(self, subject: UUID, _before: datetime, _key: UUID | None) -> int:
        """Clear it."""
        return self.clear(subject)

    @property
    def declaration(self) -> Declaration:
        """The declaration of the table in which it stands."""
        found = registry.declaration_of(self.model)
        assert found is not None
        return found


@dataclass(frozen=True)
class Part:
    """A declared part: what it is called, and what its deletion means."""

    code: str
    label: Text
    what: Text
    rows: RowsOf | Cleared
    is_risky: bool = False

    @property
    def has_items(self) -> bool:
        """Whether entries can be deleted one by one."""
        return isinstance(self.rows, RowsOf) and self.rows.named is not None


_parts: dict[str, Part] = {}


def declare_part(
    code: str,
    *,
    label: Text,
    what: Text,
    rows: RowsOf | Cleared,
    is_risky: bool = False,
) -> Part:
    """Offer a part to people. One whose deletion could harm them asks for a fresh proof."""
    if code in _parts:
        raise ValueError(f"The part {code} is declared twice.")
    _parts[code] = Part(code, label, what, rows, is_risky)
    return _parts[code]


def all_parts() -> list[Part]:
    """Every declared part, in the order of their declaration."""
    return list(_parts.values())


def part_of(code: str) -> Part:
    """The part of this name; raises `UnknownPart`."""
    try:
        return _parts[code]
    except KeyError:
        raise UnknownPart(code) from None


@dataclass(frozen=True)
class Offered:
    """A part with what there is of it for one person."""

    part: Part
    count: int
    items: list[Item] = field(default_factory=list)


def offered_to(subject: UUID) -> list[Offered]:
    """Every part with its count."""
    return [Offered(part, part.rows.count(subject)) for part in all_parts()]


def erase(subject: UUID, part: Part, *, item: UUID | None = None, actor: Any = None) -> ErasureCase:
    """Delete a part, or one entry of it, at once. Raises `NothingThere` and `Held`."""
    with transaction.atomic():
        holding.wait_for_holds()
        if one_table.is_held(part.rows.declaration, subject, holding.in_force()):
            raise Held
        before = part.rows.count(subject)
        if not before:
            raise NothingThere
        now = timezone.now()
        case = ErasureCase.objects.create(
            subject=subject,
            scope=CaseScope.CATEGORY if item is None else CaseScope.ROW,
            part=part.code,
            state=CaseState.DONE,
            asked_at=now,
            erase_after=now,
            latest_at=now,
            begun_at=now,
            finished_at=now,
        )
        audit.record(Action.PART_ERASED, actor=actor, subject=subject, detail={"case": case.code})
        decision = Decision.ERASE_CATEGORY if item is None else Decision.ERASE_ROW
        scope = part.code if item is None else f"{part.code}:{item}"
        number = replay.carry_out(journal.write(decision, subject=subject, scope=scope))
        if not number:
            raise NothingThere
        case.counters = {f"erased:{part.rows.declaration.label}": number}
        case.save(update_fields=["counters"])
        part_erased.send(ErasureCase, case=case)
    return case
