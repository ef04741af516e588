"""What is kept about one person until when: one query for all the tables of a database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Value
from django.utils import timezone

from privacy.models import Hold
from privacy.registry import (
    Declaration,
    Erasure,
    Family,
    Retention,
    Text,
    ends_at,
    registry,
    rows_of,
    winning_rule,
)
from privacy.registry.ends import ZONE
from privacy.retention import wishes

MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Kept:
    """Rows of one table that the same rule keeps."""

    declaration: Declaration
    rule: Retention
    number: int
    still_open: int
    first: datetime | None
    last: datetime | None
    is_wished: bool
    holds: tuple[Hold, ...]

    @property
    def name(self) -> str:
        """What people call such rows."""
        return self.declaration.title

    @property
    def first_day(self) -> date | None:
        """The last day of the row that ends first."""
        return _last_day(self.first)

    @property
    def last_day(self) -> date | None:
        """The last day of the row that ends last."""
        return _last_day(self.last)

    @property
    def is_past(self) -> bool:
        """Whether a row of these goes with the next night."""
        return self.first is not None and self.first <= timezone.now() and not self.is_wished

    @property
    def then(self) -> Text:
        """What happens at the end."""
        return Erasure(self.declaration.data.at_end).label


def _last_day(end: datetime | None) -> date | None:
    """Rows end at the midnight after their last day."""
    return (end - MOMENT).astimezone(ZONE).date() if end else None


def kept_of(person: Any) -> list[Kept]:
    """Everything kept about this person, by family, then by table."""
    counted = [*_counted(person, "default"), *_counted(person, "keyring")]
    found = [line for line in counted if line["number"]]
    wished = wishes.chosen_by(person.subject)
    holds = _holds(person)
    kept = [_kept(line, wished, holds) for line in found]
    order = {str(family): number for number, family in enumerate(Family)}
    return sorted(
        kept, key=lambda one: (order[str(one.declaration.data.family)], one.declaration.label)
    )


def _counted(person: Any, alias: str) -> "Iterator[dict[str, Any]]":
    parts = [_part(one, person) for one in _owned(alias)]
    if not parts:
        return iter(())
    first, *others = parts
    return iter(first.union(*others, all=True) if others else first)


def _owned(alias: str) -> list[Declaration]:
    return [
        one
        for one in registry.declarations()
        if one.data.person is not None and one.rules and one.alias == alias
    ]


def _part(declaration: Declaration, person: Any) -> "QuerySet[Any, dict[str, Any]]":
    found: QuerySet[Any, dict[str, Any]] = (
        rows_of(declaration, person)
        .order_by()
        .annotate(kept_table=Value(declaration.label), kept_rule=winning_rule(declaration))
        .annotate(kept_end=ends_at(declaration))
        .values("kept_table", "kept_rule")
        .annotate(
            number=Count("pk"),
            still_open=Count("pk", filter=Q(kept_end__isnull=True)),
            first=Min("kept_end"),
            last=Max("kept_end"),
        )
        .values("kept_table", "kept_rule", "number", "still_open", "first", "last")
    )
    return found


def _kept(line: dict[str, Any], wished: set[Family], holds: list[Hold]) -> Kept:
    declaration = _by_label()[line["kept_table"]]
    label = declaration.label
    return Kept(
        declaration=declaration,
        rule=declaration.rules[line["kept_rule"] or 0],
        number=line["number"],
        still_open=line["still_open"],
        first=line["first"],
        last=line["last"],
        is_wished=declaration.data.family in wished and wishes.is_stretchable(declaration),
        holds=tuple(one for one in holds if one.declaration in {"", label}),
    )


def _by_label() -> dict[str, Declaration]:
    return {one.label: one for one in registry.declarations()}


def _holds(person: Any) -> list[Hold]:
    """Those on the person and on whole tables, unless the law forbids to tell."""
    found = Hold.objects.in_force(timezone.now()).filter(is_barred=False)
    found = found.filter(Q(subject=person.subject) | Q(subject__isnull=True))
    return list(found.order_by("placed_at"))
