"""What the coming night will remove: counted in the light of day, while a hold still helps."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.models import Run, RunStep
from privacy.registry.ends import ZONE
from privacy.retention import rules, sweeping
from privacy.runs import engine
from privacy.runs.enums import LIVE, RunState
from privacy.runs.kinds import Chunk, Cursor, run_kind

FORECAST = "privacy.retention_forecast"


def next_night(now: datetime) -> datetime:
    """When the next sweep begins."""
    here = now.astimezone(ZONE)
    night = datetime.combine(here.date(), sweeping.NIGHT, ZONE)
    if night <= here:
        night = datetime.combine(here.date() + timedelta(days=1), sweeping.NIGHT, ZONE)
    return night


def start(*, requested_by: UUID | None = None) -> Run:
    """Count what the next sweep would do. A forecast that is still being made is left to end."""
    running = Run.objects.filter(kind=FORECAST, state__in=LIVE).order_by("pk").first()
    if running is not None:
        return running
    return engine.start(
        FORECAST,
        plan={"as_of": next_night(timezone.now()).isoformat(), "then_sweep": False},
        parts=[engine.Part(one.label) for one in rules.swept()],
        requested_by=requested_by,
    )


@run_kind(FORECAST, label=_("Retention: forecast"), cancel_is_safe=True, target=10)
def forecast(step: RunStep, _cursor: Cursor) -> Chunk:
    """Count one table as the night will find it, by the clock that the database will have then."""
    night = sweeping.as_of_of(step.run)
    return sweeping.count_at(step, rules.Moment(night, database_clock=night))


def newest() -> "tuple[Run | None, dict[str, dict[str, Any]]]":
    """The newest forecast that was made, and its numbers by table."""
    ended = [RunState.DONE, RunState.PARTIAL]
    run = Run.objects.filter(kind=FORECAST, state__in=ended).order_by("-pk").first()
    return run, sweeping.forecasts_of(run) if run else {}
