"""`migrate` works as the owner of the tables, in both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

FROM_OWNER = ("HOST", "PORT", "USER", "PASSWORD")


class Command(migrate.Command):
    """Django's `migrate`, for every database unless one is named."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The arguments of Django's own, without a database that is taken for granted."""
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: Any) -> Any:
        """Check the databases that are migrated."""
        return {**super().get_check_kwargs(options), "databases": _chosen(options)}

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate."""
        for alias in _chosen(options):
            with as_owner(alias):
                if not options["database"] and options["verbosity"] >= 1:
                    self.stdout.write(self.style.MIGRATE_HEADING(f"Database {alias}:"))
                super().handle(*args, **{**options, "database": alias})


def _chosen(options: dict[str, Any]) -> list[str]:
    return [options["database"]] if options["database"] else list(connections)


@contextmanager
def as_owner(alias: str) -> Iterator[None]:
    """Connect as the owner of the tables, then as before."""
    present = connections[alias].settings_dict
    owner = settings.OWNER_DATABASES[alias]
    if all(present[name] == owner[name] for name in FROM_OWNER):
        yield
        return
    if present["NAME"] != owner["NAME"]:
        raise ImproperlyConfigured(
            f"The addresses of owner and application name different databases for {alias}."
        )
    before = {name: present[name] for name in FROM_OWNER}
    connections[alias].close()
    present.update({name: owner[name] for name in FROM_OWNER})
    try:
        yield
    finally:
        connections[alias].close()
        present.update(before)
