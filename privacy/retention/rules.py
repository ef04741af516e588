"""Which rows may go at a moment, and which rule decided: one answer for simulation and sweep.

A row goes when its own time is over, no hold keeps it, its person did not ask for longer, and
nothing that refers to it stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CASCADE, Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.deletion import PROTECT, RESTRICT

from privacy.registry import (
    Declaration,
    Erasure,
    declarations_in_order,
    expired,
    registry,
    subject_path,
)
from privacy.retention import holding, ledgers, strategies, wishes
from privacy.retention.enums import RefusalCode, Rule

KEEPING = {CASCADE, PROTECT, RESTRICT}


@dataclass(frozen=True)
class Moment:
    """What counts at one moment: the clock, and what holds by the real one."""

    as_of: datetime
    holds: holding.Holds = field(default_factory=holding.in_force)
    database_clock: datetime = field(default_factory=ledgers.database_clock)


def swept() -> list[Declaration]:
    """The tables whose rows end by age, those that refer before those referred to."""
    return [
        one
        for one in declarations_in_order()
        if any(not rule.is_account_life for rule in one.rules)
    ]


def refusal(declaration: Declaration, moment: Moment) -> RefusalCode | None:
    """Why a sweep leaves this table alone, whatever its clock says."""
    if declaration.alias != "default":
        return RefusalCode.JOURNAL
    if ledgers.is_ledger(declaration) and (
        ledgers.own_clock(declaration) is None
        or moment.as_of > moment.database_clock + ledgers.SKEW
    ):
        return RefusalCode.DATABASE_CLOCK
    return None


def past(declaration: Declaration, as_of: datetime) -> "QuerySet[Any]":
    """Rows whose own time is over, and on which there is still something to do."""
    rows = expired(declaration, as_of, guarded=False)
    if ledgers.is_ledger(declaration):
        rows = rows.filter(ledgers.own_time_over(declaration, as_of))
    if declaration.data.at_end != Erasure.DELETE:
        rows = rows.filter(strategies.left_to_do(declaration))
    return rows


def held(declaration: Declaration, moment: Moment) -> Q:
    """Rows that a hold keeps."""
    if declaration.label in moment.holds.tables:
        return Q(pk__isnull=False)
    people = moment.holds.people_in(declaration.label)
    path = subject_path(declaration)
    if not people or path is None:
        return Q(pk__in=[])
    return Q(**{f"{path}__in": sorted(people)})


def leaning(declaration: Declaration, moment: Moment) -> Q:
    """Rows to which a row refers that stays."""
    condition = Q(pk__in=[])
    if declaration.data.at_end != Erasure.DELETE:
        return condition
    for referring, column in _referring(declaration):
        rows = referring.model._base_manager.filter(**{column: OuterRef("pk")})
        condition |= Q(Exists(rows.exclude(pk__in=_removable_like(referring, moment, column))))
    return condition


def _removable_like(referring: Declaration, moment: Moment, column: str) -> "QuerySet[Any]":
    """The rows of a child table that go, for one parent row."""
    same = {column: OuterRef(column)}
    return removable(referring, moment).filter(**same).values("pk")


def _referring(declaration: Declaration) -> Iterator[tuple[Declaration, str]]:
    """Declared tables whose rows keep a row of this one."""
    for relation in declaration.model._meta.related_objects:
        child = registry.declaration_of(relation.related_model)
        if child is not None and relation.on_delete in KEEPING:
            yield child, relation.field.name


def removable(declaration: Declaration, moment: Moment) -> "QuerySet[Any]":
    """The rows that a sweep removes, or treats as the declaration says."""
    if refusal(declaration, moment) is not None:
        return declaration.model._base_manager.none()
    rows = past(declaration, moment.as_of).filter(
        ~held(declaration, moment), ~leaning(declaration, moment)
    )
    wished = wishes.wished(declaration)
    return rows if wished is None else rows.filter(~wished)


def decision(declaration: Declaration, moment: Moment) -> Case:
    """Which rule decides about a row of `past`, as an expression."""
    cases = [When(held(declaration, moment), then=Value(Rule.HOLD))]
    wished = wishes.wished(declaration)
    if wished is not None:
        cases.append(When(wished, then=Value(Rule.LONGER)))
    cases.append(When(leaning(declaration, moment), then=Value(Rule.DEPENDENTS)))
    return Case(*cases, default=Value(Rule.PERIOD), output_field=CharField())
