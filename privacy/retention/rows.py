"""One row on demand: when it ends, which rule decides, and what keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from privacy.registry import Declaration, Text, ends_at, winning_rule
from privacy.retention import rules
from privacy.retention.enums import Rule


class NoSuchRow(LookupError):
    """This table has no such row."""


@dataclass(frozen=True)
class RowPlan:
    """What will become of a row, and why."""

    ends_at: datetime | None
    because: Text
    is_past: bool
    decided: Rule | None
    strategy: Text


def plan_of(declaration: Declaration, key: str, as_of: datetime | None = None) -> RowPlan:
    """Ask about the row with this key. Raises `NoSuchRow`."""
    moment = rules.Moment(as_of or timezone.now())
    rows: Any = declaration.model._base_manager.using(declaration.alias)
    try:
        found = (
            rows.filter(pk=key)
            .annotate(plan_end=ends_at(declaration), plan_rule=winning_rule(declaration))
            .values("plan_end", "plan_rule")
            .first()
        )
        over = rules.past(declaration, moment.as_of).filter(pk=key)
        decided = (
            over.annotate(decided=rules.decision(declaration, moment))
            .values_list("decided", flat=True)
            .first()
        )
    except (ValueError, ValidationError, OverflowError):
        raise NoSuchRow(key) from None
    if found is None:
        raise NoSuchRow(key)
    winner = found["plan_rule"]
    return RowPlan(
        ends_at=found["plan_end"],
        because=declaration.rules[winner or 0].because,
        is_past=decided is not None,
        decided=Rule(decided) if decided else None,
        strategy=declaration.data.at_end.label,
    )
