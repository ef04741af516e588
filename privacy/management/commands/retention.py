"""Sweep what is past its time, or say what a sweep would do."""

import json
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from privacy.models import Run
from privacy.registry.ends import ZONE
from privacy.retention import simulating, sweeping
from privacy.runs import engine
from privacy.runs.enums import RunState, StepState


class Command(BaseCommand):
    """`manage.py retention [--dry-run] [--as-of DATE] [--json]`.

    A dry run takes any day. A real run takes another day than today with DEMO=1 or under test
    only. A table that would lose more than the allowed share is confirmed in the administration,
    never here.
    """

    help = "Removes what is past its time; with --dry-run it only counts."

    def add_arguments(self, parser: CommandParser) -> None:
        """There is deliberately no switch that confirms."""
        parser.add_argument("--dry-run", action="store_true", help="Count, and remove nothing.")
        parser.add_argument("--as-of", metavar="DATE", help="2027-01-31, or with a time.")
        parser.add_argument("--json", action="store_true", help="For programs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, or count and sweep in this process."""
        as_of = _moment(options["as_of"])
        if options["dry_run"]:
            found = simulating.simulate_all(as_of)
            self._say(
                {
                    "as_of": (as_of or timezone.now()).isoformat(),
                    "dry_run": True,
                    "tables": {label: one.as_plan() for label, one in found.items()},
                },
                as_json=options["json"],
            )
            return
        if as_of is not None and not (settings.DEMO or settings.TESTING):
            raise CommandError(
                "A sweep takes today only. Another day works with --dry-run, or in the demo."
            )
        self._say(self._sweep(as_of), as_json=options["json"])

    def _sweep(self, as_of: datetime | None) -> dict[str, Any]:
        try:
            simulation = sweeping.start(as_of=as_of, then_sweep=True)
        except sweeping.NotToday:
            raise CommandError("A sweep takes today only.") from None
        except sweeping.ClockWrong:
            raise CommandError("This machine and the database disagree about the time.") from None
        engine.finish_now(simulation)
        run = Run.objects.filter(kind=sweeping.SWEEP, plan__simulation=simulation.pk).first()
        if run is None:
            raise CommandError(f"The count failed: {simulation.last_error}.")
        engine.finish_now(run)
        return _result(simulation, run)

    def _say(self, found: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        else:
            for line in _lines(found):
                self.stdout.write(line)
        if found.get("held_back"):
            raise CommandError(
                f"Too large a share: {', '.join(found['held_back'])}. "
                "Confirm it in the administration.",
                returncode=3,
            )
        if found.get("state") in {RunState.PARTIAL, RunState.FAILED}:
            raise CommandError(f"Not everything went well: {found['last_error']}.", returncode=2)


def _moment(text: str | None) -> datetime | None:
    """A day means its beginning in Shanghai, where the periods are counted."""
    if text is None:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time(), ZONE) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError("Give a day like 2027-01-31.")
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=ZONE)


def _result(simulation: Run, run: Run) -> dict[str, Any]:
    steps = {step.name: step for step in run.steps.all()}
    tables = {}
    for step in simulation.steps.order_by("position"):
        forecast = dict(step.cursor.get("forecast", {}))
        swept = steps.get(step.name)
        tables[step.name] = {**forecast, "done": swept.done_rows if swept else 0}
    return {
        "as_of": run.plan["as_of"],
        "dry_run": False,
        "run": run.pk,
        "state": run.state,
        "last_error": run.last_error,
        "numbers": run.counters,
        "held_back": [s.name for s in steps.values() if s.state == StepState.HELD_BACK],
        "tables": tables,
    }


def _lines(found: dict[str, Any]) -> "list[str]":
    word = "would go" if found["dry_run"] else "went"
    lines = [f"As of {found['as_of']}"]
    for label, one in found["tables"].items():
        number = one.get("removed", 0) if found["dry_run"] else one.get("done", 0)
        kept = [
            f"{one[name]} {sentence}"
            for name, sentence in (
                ("hold", "kept by a hold"),
                ("longer", "kept by wish"),
                ("dependents", "kept by what hangs on them"),
            )
            if one.get(name)
        ]
        if one.get("refused"):
            kept.append(f"left alone: {one['refused']}")
        if number or kept:
            rest = f" ({', '.join(kept)})" if kept else ""
            lines.append(f"  {label}: {number} of {one.get('table', 0)} {word}{rest}")
    if len(lines) == 1:
        lines.append("  Nothing is past its time.")
    return lines
