"""What an erasure would do to a person's data: what goes, what stays, why, and until when.

The fingerprint of a plan is what a confirmation carries. It does not change by itself: not with
the day, and not with lines that the mall writes into its logs in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, Max

from privacy.enums import LegalGround
from privacy.erasure import rows
from privacy.registry import (
    Blocker,
    Declaration,
    Elsewhere,
    Erasure,
    Family,
    Retention,
    blockers_of,
    ends_at,
    registry,
    rows_of,
    winning_rule,
)
from privacy.registry.ends import ZONE
from privacy.runs.engine import plan_hash

STEADY = frozenset({Family.REGISTRATION, Family.TRANSACTION})
"""Families in which a row more or less is a change that people should see."""


@dataclass(frozen=True)
class Kept:
    """Rows of one table that stay by the same rule."""

    rule: int
    because: Any
    ground: LegalGround | None
    count: int
    last: date | None


@dataclass(frozen=True)
class Table:
    """What happens to the person's rows of one table."""

    declaration: Declaration
    count: int
    kept: tuple[Kept, ...] = ()

    @property
    def label(self) -> str:
        """What people call these rows."""
        return self.declaration.title

    @property
    def strategy(self) -> str:
        """What is done, in a word."""
        return str(Erasure(self.declaration.data.on_erasure or Erasure.DELETE).label)


@dataclass(frozen=True)
class Law:
    """What stays on one legal ground."""

    ground: LegalGround
    tables: tuple[str, ...]
    until: date | None
    is_open: bool


@dataclass(frozen=True)
class Plan:
    """The plan for one person."""

    tables: tuple[Table, ...]
    blockers: tuple[Blocker, ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def goes(self) -> list[Table]:
        """Tables whose rows go, or lose what is personal."""
        return [table for table in self.tables if not table.declaration.is_kept]

    @property
    def stays(self) -> list[Law]:
        """What the law keeps, by its ground."""
        grounds: dict[LegalGround, list[tuple[Table, Kept]]] = {}
        for table in self.tables:
            for kept in table.kept:
                if kept.ground is not None:
                    grounds.setdefault(kept.ground, []).append((table, kept))
        return [_law(ground, found) for ground, found in sorted(grounds.items())]

    @property
    def must_do(self) -> list[Blocker]:
        """What the person has to settle first."""
        return [one for one in self.blockers if one.in_persons_hands]

    @property
    def waits_for(self) -> list[Blocker]:
        """What ends by itself."""
        return [one for one in self.blockers if not one.in_persons_hands]

    @cached_property
    def fingerprint(self) -> str:
        """Equal for equal plans."""
        content = {
            "rules": [[one.label, str(one.data.on_erasure)] for one in rows.tables()],
            "tables": [_content(one) for one in self.tables if _is_steady(one)],
            "blockers": sorted(one.code for one in self.blockers),
            "elsewhere": sorted(f"{one.name}:{one.on_erasure}" for one in self.elsewhere),
        }
        return plan_hash(content)

    def numbers(self) -> dict[str, int]:
        """How many rows by table, for a receipt."""
        return {table.declaration.label: table.count for table in self.tables}


def plan_for(subject: UUID) -> Plan:
    """Count and date everything that is held about the person."""
    found = (_table(one, subject) for one in rows.tables())
    return Plan(
        tables=tuple(table for table in found if table is not None),
        blockers=tuple(blockers_of(subject)),
        elsewhere=tuple(registry.elsewhere),
    )


def _table(declaration: Declaration, subject: UUID) -> Table | None:
    chosen = rows_of(declaration, subject)
    if not declaration.is_kept:
        count = chosen.count()
        return Table(declaration, count) if count else None
    groups = (
        chosen.annotate(
            rule=winning_rule(declaration, account_over=True),
            end=ends_at(declaration, account_over=True),
        )
        .values("rule")
        .order_by("rule")
        .annotate(count=Count("pk"), last=Max("end"), dated=Count("end"))
    )
    # A constant rule makes no groups, and then a person without rows one empty line.
    found = (one for one in groups if one["count"])
    kept = tuple(_kept(declaration.rules[one["rule"]], one) for one in found)
    return Table(declaration, sum(one.count for one in kept), kept) if kept else None


def _kept(rule: Retention, group: dict[str, Any]) -> Kept:
    is_dated = group["dated"] == group["count"]
    return Kept(
        rule=group["rule"],
        because=rule.because,
        ground=rule.ground,
        count=group["count"],
        last=_day(group["last"]) if is_dated else None,
    )


def _day(end: datetime) -> date:
    return end.astimezone(ZONE).date()


def _law(ground: LegalGround, found: Iterable[tuple[Table, Kept]]) -> Law:
    pairs = list(found)
    days = [kept.last for _table, kept in pairs if kept.last is not None]
    return Law(
        ground=ground,
        tables=tuple(dict.fromkeys(table.label for table, _kept in pairs)),
        until=max(days) if days else None,
        is_open=any(kept.last is None for _table, kept in pairs),
    )


def _is_steady(table: Table) -> bool:
    return table.declaration.data.family in STEADY


def _content(table: Table) -> list[Any]:
    kept = [[one.rule, one.count, one.last.isoformat() if one.last else ""] for one in table.kept]
    return [table.declaration.label, table.count, kept]
