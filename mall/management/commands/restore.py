"""Put the mall back from a backup."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mall.vault import not_running, program
from privacy.vault import postgres, replay, restore
from privacy.vault.backup_keys import KeyEnded, Kind
from privacy.vault.sealing import Damaged

PARTS = {
    "both": [Kind.MAIN, Kind.KEYS, Kind.STATUTORY],
    "main": [Kind.MAIN],
    "keyring": [Kind.KEYS, Kind.STATUTORY],
}


class Command(BaseCommand):
    """`manage.py restore FILE [--only main|keyring] [--check]`."""

    help = "Restores from FILE, FILE.keys and FILE.statutory, all or nothing, and replays."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What from."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--only", choices=["main", "keyring"], default="both")
        parser.add_argument("--check", action="store_true", help="Read the backup, change nothing.")
        parser.add_argument(
            "--no-replay", action="store_true", help="Leave the journal to the first process."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, then replay; a door that stays shut is told and is an error."""
        try:
            if options["check"]:
                restore.check(options["file"], say=self.stdout.write)
                return
            with not_running(settings.VAR):
                kinds = PARTS[options["only"]]
                restore.restore(options["file"], program, kinds, say=self.stdout.write)
                self.stdout.write("Restored.")
                if options["no_replay"]:
                    self.stdout.write("The door is shut until the journal was replayed.")
                else:
                    self._replay()
        except (postgres.CannotUse, KeyEnded, Damaged, OSError) as error:
            raise CommandError(str(error)) from error

    def _replay(self) -> None:
        result = replay.replay()
        if result is None:
            raise CommandError("Another process replays; ask `manage.py journal status`.")
        self.stdout.write(f"Replayed {result.done} decisions.")
        if result.faults:
            raise CommandError("The door stays shut:\n" + "\n".join(result.faults))
