"""Back up both databases and the uploaded files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mall.vault import program
from privacy.vault import backup, backup_keys, postgres


class Command(BaseCommand):
    """`manage.py backup FILE`."""

    help = "Writes FILE, FILE.keys and FILE.statutory, each sealed under a key that ends."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them, or nothing."""
        try:
            files = backup.back_up(options["file"], program, self.stdout.write)
        except (postgres.CannotUse, OSError) as error:
            raise CommandError(str(error)) from error
        for kind in backup_keys.Kind:
            file = files.of(kind)
            days = kind.keep.days
            self.stdout.write(f"{file} ({file.stat().st_size:,} bytes) opens for {days} days.")
