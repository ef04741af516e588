"""One row under the glass: every rule that speaks of it, which one wins, and what keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q
from django.utils import timezone

from privacy.models import Hold
from privacy.registry import (
    Declaration,
    Retention,
    Text,
    ends_by_rule,
    registry,
    subject_path,
    winning_rule,
)
from privacy.registry.ends import LONG_AGO
from privacy.retention import rows
from privacy.retention.rows import NoSuchRow, RowPlan

LONGEST_KEY = 60


@dataclass(frozen=True)
class RuleOfRow:
    """A rule of the row's table, and what it says about this row."""

    rule: Retention
    ends_at: datetime | None
    is_open: bool
    applies: bool
    wins: bool


@dataclass(frozen=True)
class Answer:
    """What will become of a row, and why."""

    declaration: Declaration
    plan: RowPlan
    rules: tuple[RuleOfRow, ...]
    holds: tuple[Hold, ...]

    @property
    def name(self) -> Text:
        """What people call such a row."""
        return self.declaration.model._meta.verbose_name or self.declaration.label


def askable() -> list[Declaration]:
    """The tables whose rows one may ask about."""
    return [one for one in registry.declarations() if one.rules]


def ask(label: str, key: str) -> Answer:
    """Ask about the row with this public code or number. Raises `NoSuchRow`."""
    declaration = next((one for one in askable() if one.label == label), None)
    if declaration is None:
        raise NoSuchRow(key)
    found = _row(declaration, key.strip()[:LONGEST_KEY])
    plan = rows.plan_of(declaration, str(found["pk"]))
    return Answer(
        declaration=declaration,
        plan=plan,
        rules=_rules(declaration, found),
        holds=_holds(declaration, found.get("asked_subject")),
    )


def _row(declaration: Declaration, key: str) -> dict[str, Any]:
    path = subject_path(declaration)
    ends = {f"asked_{n}": end for n, end in enumerate(ends_by_rule(declaration))}
    columns = ["pk", *ends, "asked_winner", *([path] if path else [])]
    table: Any = declaration.model._base_manager.using(declaration.alias)
    table = table.annotate(asked_winner=winning_rule(declaration), **ends)
    for condition in _ways(declaration, key):
        try:
            found = table.filter(**condition).values(*columns).first()
        except (ValueError, ValidationError, OverflowError):
            continue
        if found is not None:
            return {**found, "asked_subject": found[path] if path else None}
    raise NoSuchRow(key)


def _ways(declaration: Declaration, key: str) -> list[dict[str, str]]:
    """By its public code where it has one, and by its number."""
    try:
        declaration.model._meta.get_field("code")
    except FieldDoesNotExist:
        return [{"pk": key}]
    return [{"code": key}, {"code": key.upper()}, {"pk": key}]


def _rules(declaration: Declaration, found: dict[str, Any]) -> tuple[RuleOfRow, ...]:
    winner = found["asked_winner"] or 0
    return tuple(
        RuleOfRow(
            rule=rule,
            ends_at=end if (end := found[f"asked_{number}"]) != LONG_AGO else None,
            is_open=end is None,
            applies=end != LONG_AGO,
            wins=number == winner,
        )
        for number, rule in enumerate(declaration.rules)
    )


def _holds(declaration: Declaration, subject: UUID | None) -> tuple[Hold, ...]:
    whose = Q(subject__isnull=True) if subject is None else Q(subject=None) | Q(subject=subject)
    found = Hold.objects.in_force(timezone.now()).filter(
        whose, declaration__in=["", declaration.label]
    )
    return tuple(found.order_by("placed_at"))
