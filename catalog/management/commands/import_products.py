"""`manage.py import_products FILE [--dry-run]`: see docs/import.md."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.services.importing import FileError
from catalog.services.importing_apply import Report, import_products
from catalog.services.importing_open import reader_for
from stores.models import Store


class Command(BaseCommand):
    """Takes a product file over into a store; exits with 1 when a row was skipped."""

    help = "Import products from a hosted shop's CSV or a Google Merchant feed (TSV, XML)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, --store, --dry-run."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--store", default="", help="The store's slug; the first one by default."
        )
        parser.add_argument("--dry-run", action="store_true", help="Show what would change.")

    def handle(self, *, file: Path, store: str, dry_run: bool, **options: object) -> None:
        """Import and report."""
        home = Store.objects.filter(**({"slug": store} if store else {})).order_by("pk").first()
        if home is None:
            raise CommandError("There is no such store." if store else "There is no store yet.")
        try:
            with (
                file.open("rb") as opened,
                reader_for(opened, name=file.name, currency=settings.CURRENCY) as reader,
            ):
                report = import_products(reader, store=home, dry_run=dry_run)
        except (FileError, OSError) as error:
            raise CommandError(str(error)) from error
        self._show(report, dry_run=dry_run)
        if report.problems:
            raise SystemExit(1)

    def _show(self, report: Report, *, dry_run: bool) -> None:
        if dry_run:
            for change in report.changes:
                self.stdout.write(f"line {change.line}: {change.handle}: {', '.join(change.what)}")
        for problem in report.problems:
            self.stderr.write(f"line {problem.line}: {problem.reason}")
        if report.unknown:
            self.stdout.write(f"Columns nobody reads: {', '.join(report.unknown)}")
        verb = "would be" if dry_run else "were"
        self.stdout.write(
            f"{report.created} products {verb} created, {report.changed} changed, "
            f"{report.unchanged} stay as they are; {report.variants} variants, "
            f"{report.pictures} pictures to fetch, {len(report.problems)} rows skipped."
        )
