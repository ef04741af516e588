"""Exchange keys, and look at them."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy import signing
from privacy.enums import KeyClass
from privacy.models import Run
from privacy.rotation import indexes, master, people, status
from privacy.runs import engine
from privacy.runs.enums import RunState


class Command(BaseCommand):
    """`manage.py keyring status | rotate-master | rotate-index | rotate-data | rotate-signing`.

    A rotation is a run: when this command is stopped, the worker goes on with it.
    """

    help = "Says how the keys stand, and exchanges them for new ones."

    def add_arguments(self, parser: CommandParser) -> None:
        """One verb for each kind of key."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        state = verbs.add_parser("status", help="How the keys stand; exit status 1 when one lacks.")
        state.add_argument("--json", action="store_true")
        verbs.add_parser("rotate-master", help="Wrap every key under MASTER_KEY.")
        index = verbs.add_parser("rotate-index", help="New keys of blind indexes.")
        index.add_argument("names", nargs="*", help="Table and column; all when none is named.")
        data = verbs.add_parser("rotate-data", help="New keys of people.")
        data.add_argument("--person", type=UUID, metavar="SUBJECT", help="One person only.")
        data.add_argument("--older-than", type=int, default=0, metavar="DAYS")
        data.add_argument(
            "--class", dest="key_class", default="ACCOUNT", choices=[str(c) for c in people.ROTATED]
        )
        verbs.add_parser("rotate-signing", help="Sign with a new key from now on.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 when something is missing, 2 when a run ended badly."""
        verb = options["verb"]
        if verb == "status":
            self._status(as_json=options["json"])
        elif verb == "rotate-master":
            self._finish(master.start())
            self._say(status.status())
        elif verb == "rotate-index":
            self._rotate_index(options["names"])
        elif verb == "rotate-data":
            older = timedelta(days=options["older_than"])
            key_class = KeyClass(options["key_class"])
            run = people.start(subject=options["person"], key_class=key_class, older_than=older)
            self._finish(run)
        else:
            self.stdout.write(f"Documents are signed by the key {signing.rotate()} from now on.")

    def _rotate_index(self, names: list[str]) -> None:
        try:
            run = indexes.start(names or None)
        except indexes.NoSuchIndex as unknown:
            known = "\n  ".join(indexes.all_indexes())
            raise CommandError(
                f"{unknown} is no blind index. Name one of these:\n  {known}"
            ) from None
        self._finish(run)

    def _finish(self, run: Run) -> None:
        engine.finish_now(run)
        told = ", ".join(f"{name} {number}" for name, number in run.counters.items()) or "nothing"
        if run.is_live:
            self.stdout.write(f"{told}. The worker goes on with the run {run.code}.")
        elif run.state == RunState.DONE:
            self.stdout.write(f"Done: {told}.")
        else:
            raise CommandError(
                f"The run {run.code} ended as {run.state}: {run.last_error}.", returncode=2
            )

    def _status(self, *, as_json: bool) -> None:
        found = status.status()
        if as_json:
            self.stdout.write(json.dumps(found, indent=1))
        else:
            self._say(found)
        if found["missing"] or found["closed"]:
            raise CommandError(
                "Keys are missing. Restore the keyring of the main database's own backup or a "
                "younger one, or put the lacking master key into MASTER_KEY_OLD."
            )

    def _say(self, found: dict[str, Any]) -> None:
        for line in status.lines(found):
            self.stdout.write(line)
