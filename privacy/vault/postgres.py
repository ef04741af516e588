"""PostgreSQL's own programs, as the owner of the tables, of the server's own version."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from psycopg import sql

MAINTENANCE = "postgres"
PG_OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT"}


class CannotUse(Exception):
    """Something is missing or in the way; the message says what to do."""


Finder = Callable[[str], Path]
"""Gives the path of a program of PostgreSQL. Raises `CannotUse`."""


@dataclass(frozen=True)
class Database:
    """A configured database, reached as its owner."""

    alias: str
    name: str
    settings: dict[str, Any]
    role: str

    @classmethod
    def of(cls, alias: str) -> "Database":
        """The one that the mall is configured for."""
        owner = settings.OWNER_DATABASES[alias]
        name = settings.DATABASES[alias]["NAME"]
        return cls(alias, str(name), dict(owner), settings.APPLICATION_ROLES[alias])

    @property
    def server(self) -> tuple[str, str]:
        """Two databases of one server have the same."""
        return str(self.settings.get("HOST") or ""), str(self.settings.get("PORT") or "")

    def connect(self, name: str = "", *, autocommit: bool = True) -> psycopg.Connection[Any]:
        """Connect to this database, or to another one of its server."""
        given = {
            "host": self.settings.get("HOST"),
            "port": self.settings.get("PORT"),
            "user": self.settings.get("USER"),
            "password": self.settings.get("PASSWORD"),
        }
        options = self.settings.get("OPTIONS", {})
        given |= {option: options[option] for option in PG_OPTIONS if option in options}
        return psycopg.connect(
            dbname=name or self.name,
            autocommit=autocommit,
            **{name: value for name, value in given.items() if value},
        )

    def environment(self, name: str = "") -> dict[str, str]:
        """What a program of PostgreSQL is told; a password in no command line."""
        told = {
            "PGHOST": self.settings.get("HOST"),
            "PGPORT": self.settings.get("PORT"),
            "PGUSER": self.settings.get("USER"),
            "PGPASSWORD": self.settings.get("PASSWORD"),
            "PGDATABASE": name or self.name,
        }
        options = self.settings.get("OPTIONS", {})
        told |= {PG_OPTIONS[key]: options[key] for key in PG_OPTIONS if key in options}
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", "LANG") if key in os.environ}
        return kept | {key: str(value) for key, value in told.items() if value}


def fitting(find: Finder, name: str, connection: psycopg.Connection[Any]) -> Path:
    """The program, when it is of the server's major version. Raises `CannotUse`."""
    program = find(name)
    said = subprocess.run(  # noqa: S603 - a path of ours
        [program, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)", said)
    server = connection.info.server_version // 10_000
    if found is None or int(found.group(1)) != server:
        here = found.group(1) if found else "an unknown version"
        raise CannotUse(
            f"The server is PostgreSQL {server} and {program} is {here}: install the programs of "
            f"PostgreSQL {server}, or set POSTGRES_PROGRAMS to their folder."
        )
    return program


@contextmanager
def running(
    command: list[str | Path], environment: dict[str, str], *, feeds: bool
) -> Iterator[IO[bytes]]:
    """Run a program: `feeds` writes to it, else its output is read. Raises `CannotUse`.

    Its complaints are kept in a file, so that a full pipe never stops it.
    """
    import tempfile  # noqa: PLC0415 - the one place

    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(  # noqa: S603 - our own arguments
            [str(part) for part in command],
            env=environment,
            stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if feeds else subprocess.PIPE,
            stderr=complaints,
        )
        pipe = child.stdin if feeds else child.stdout
        assert pipe is not None
        try:
            yield pipe
            pipe.close()
        except BrokenPipeError:
            pass  # It ended early; why, it has said.
        except BaseException:
            child.kill()
            child.wait()
            raise
        if child.wait():
            complaints.seek(0)
            # Only its first sentence: what follows may quote rows.
            said = complaints.read(4000).decode(errors="replace").strip().splitlines()
            told = said[0] if said else "no word"
            raise CannotUse(f"{Path(command[0]).name} failed: {told}")


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
    ).fetchall()
    result = {}
    for (table,) in found:
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        ).fetchone()
        assert row is not None
        result[table] = int(row[0])
    return result


def migrations(connection: psycopg.Connection[Any]) -> list[str]:
    """The migrations that this database has seen: its schema's version."""
    rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return [f"{app}.{name}" for app, name in rows.fetchall()]
