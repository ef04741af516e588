"""What a sweep would do at a moment: counted first, and the sweep's numbers equal these."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from privacy.registry import Declaration, registry
from privacy.retention import rules
from privacy.retention.enums import Rule

SHORT = 31
"""Tables whose rows live for days only lose most of them every night; no share alarms there."""


@dataclass(frozen=True)
class Forecast:
    """One table: how many rows are past their time, which rule decides about them, and the share.

    `first` and `last` are the keys between which the rows that go are found.
    """

    table: int
    past: int
    removed: int
    hold: int
    longer: int
    dependents: int
    first: Any
    last: Any
    strategy: str
    refused: str

    @property
    def share(self) -> float:
        """How much of the table goes, in percent."""
        return 100 * self.removed / self.table if self.table else 0.0

    def as_plan(self) -> dict[str, Any]:
        """Plain values for a frozen plan."""
        return asdict(self)


def simulate(declaration: Declaration, moment: rules.Moment) -> Forecast:
    """Count, with one pass over the rows that are past their time."""
    refused = rules.refusal(declaration, moment)
    strategy = str(declaration.data.at_end)
    table = declaration.model._base_manager.using(declaration.alias).count()
    if refused is not None:
        return Forecast(table, 0, 0, 0, 0, 0, None, None, strategy, refused)
    goes = Q(decided=Rule.PERIOD)
    found = (
        rules.past(declaration, moment.as_of)
        .annotate(decided=rules.decision(declaration, moment))
        .aggregate(
            past=Count("pk"),
            removed=Count("pk", filter=goes),
            hold=Count("pk", filter=Q(decided=Rule.HOLD)),
            longer=Count("pk", filter=Q(decided=Rule.LONGER)),
            dependents=Count("pk", filter=Q(decided=Rule.DEPENDENTS)),
            first=Min("pk", filter=goes),
            last=Max("pk", filter=goes),
        )
    )
    return Forecast(table=table, strategy=strategy, refused="", **found)


def simulate_all(as_of: datetime | None = None) -> dict[str, Forecast]:
    """Every table whose rows end by age, in the order in which they are swept."""
    moment = rules.Moment(as_of or timezone.now())
    return {one.label: simulate(one, moment) for one in rules.swept()}


def is_over_cap(declaration: Declaration, plan: dict[str, Any]) -> bool:
    """Whether a person must confirm what the plan would remove from this table.

    A few rows alarm nobody, nor a table of things that live for days only.
    """
    removed, table = int(plan.get("removed", 0)), int(plan.get("table", 0))
    if removed <= settings.RETENTION_CAP_ROWS or is_short_lived(declaration):
        return False
    return bool(removed * 100 > table * settings.RETENTION_CAP_PERCENT)


def is_short_lived(declaration: Declaration) -> bool:
    """Whether every period of its rows is shorter than a month."""
    timed = [rule for rule in declaration.rules if not rule.is_account_life]
    return all(not rule.years and not rule.months and rule.days < SHORT for rule in timed)


def declaration_of(label: str) -> Declaration:
    """The declaration of `app.Model`; raises `LookupError`."""
    for one in registry.declarations():
        if one.label == label:
            return one
    raise LookupError(label)
