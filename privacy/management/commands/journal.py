"""Look at the decision journal, replay it, vouch for it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy import journal
from privacy.vault import replay


class Command(BaseCommand):
    """`manage.py journal status [--json] | replay | trust HEAD [--lost N]`."""

    help = "Says whether every decision of the journal has taken effect, and makes it so."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        status = verbs.add_parser("status", help="What stands in the way of opening.")
        status.add_argument("--json", action="store_true")
        verbs.add_parser("replay", help="Carry out what a database does not know.")
        trust = verbs.add_parser("trust", help="Vouch for the journal's present head.")
        trust.add_argument("head", help="NUMBER:HASH as `status` shows it; 0 for an empty journal.")
        trust.add_argument(
            "--lost", type=int, default=0, help="How many published entries are gone for ever."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 while the door stays shut."""
        {"status": self._status, "replay": self._replay, "trust": self._trust}[options["verb"]](
            options
        )

    def _status(self, options: dict[str, Any]) -> None:
        found = replay.status()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1))
        else:
            for name in ("head", "published", "pending"):
                self.stdout.write(f"{name}: {found[name]}")
            for backup in found["restores_unfinished"]:
                self.stdout.write(f"waits for the journal: the restore of backup {backup}")
        if not found["open"]:
            raise CommandError(
                "\n".join(found["faults"]) or "Decisions wait: `manage.py journal replay`."
            )

    def _replay(self, _options: dict[str, Any]) -> None:
        result = replay.replay()
        if result is None:
            raise CommandError("Another process replays at this moment.")
        self.stdout.write(
            f"Replayed {result.done} decisions; they changed {result.changed} things."
        )
        if result.faults:
            raise CommandError("The door stays shut:\n" + "\n".join(result.faults))

    def _trust(self, options: dict[str, Any]) -> None:
        number, _, told = options["head"].partition(":")
        try:
            replay.trust(journal.Head(int(number), told), lost=options["lost"])
        except (ValueError, journal.JournalBroken) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Published. `manage.py journal replay` goes on.")
