"""How the nights went: what each count expected, and what the sweep after it came to."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from privacy.models import Run
from privacy.registry.ends import ZONE
from privacy.retention import sweeping

SHOWN = 14


@dataclass(frozen=True)
class Night:
    """One sweep beside the count that it followed."""

    run: Run
    counted: int
    removed: int
    spared: int
    locked: int

    @property
    def left(self) -> int:
        """What was counted and is still here: locked, failed, held back, or kept by a new hold."""
        return max(0, self.counted - self.removed)

    @property
    def is_as_counted(self) -> bool:
        """Whether the sweep removed exactly what was counted."""
        return self.counted == self.removed

    @property
    def began(self) -> datetime:
        """When."""
        return self.run.created_at

    def day(self, zone: ZoneInfo = ZONE) -> date:
        """The day in Shanghai."""
        return self.run.created_at.astimezone(zone).date()


def nights(most: int = SHOWN) -> list[Night]:
    """The newest sweeps, the newest first; two queries."""
    runs = list(Run.objects.filter(kind=sweeping.SWEEP).order_by("-created_at")[:most])
    counts = Run.objects.in_bulk([run.plan.get("simulation") for run in runs])
    return [_night(run, counts.get(run.plan.get("simulation"))) for run in runs]


def _night(run: Run, count: Run | None) -> Night:
    return Night(
        run=run,
        counted=int(count.counters.get("removed", 0)) if count else 0,
        removed=int(run.counters.get("rows", 0)),
        spared=int(run.counters.get("spared", 0)),
        locked=int(run.counters.get("locked", 0)),
    )
