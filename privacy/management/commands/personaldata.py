"""Write the inventory of personal data."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from privacy.inventory import as_markdown, inventory


class Command(BaseCommand):
    """`manage.py personaldata [--markdown | --json]`."""

    help = "Writes what the mall holds about people, from each app's declarations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Two forms."""
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--markdown", action="store_true", help="As docs/personal-data.md.")
        form.add_argument("--json", action="store_true", help="For programs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        if options["json"]:
            self.stdout.write(json.dumps(inventory(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(as_markdown(), ending="")
