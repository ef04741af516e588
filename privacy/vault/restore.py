"""A restore: into fresh databases, checked there, then exchanged for the present ones at once.

Nothing is replaced before everything was read to its end, every hash and count fits, and the
migrations of this release have run. What waits for the journal is noted in the restored main
database, so the door stays shut until the decisions made since were replayed.
"""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from privacy import keyring
from privacy.models import Restoration
from privacy.vault import backup_keys, gate, postgres
from privacy.vault.backup import (
    DUMP,
    FIRST_KEY_COLUMNS,
    FORMAT,
    KEY_COLUMNS,
    KEY_TABLE,
    KEYS,
    MEDIA,
    Files,
    Say,
)
from privacy.vault.backup_keys import Kind
from privacy.vault.postgres import CannotUse, Database
from privacy.vault.sealing import Damaged, SealedReader, read_head

FRESH, REPLACED = "restoring", "replaced"
KNOWN_KEY_COLUMNS = {columns: columns for columns in (FIRST_KEY_COLUMNS, KEY_COLUMNS)}
"""What may stand in a statement; a backup names the columns of its keys."""
PIECE = 1 << 20


@dataclass
class _Source:
    """One sealed file that is to be read."""

    kind: Kind
    file: Path
    key: bytes
    about: dict[str, Any]
    manifest: dict[str, Any] = field(default_factory=dict)


def check(file: Path, *, say: Say = lambda _text: None) -> dict[str, Any]:
    """Read a whole backup without touching anything. Raises when a byte of it is wrong."""
    found = {}
    for source in _sources(Files(file.resolve()), list(Kind)):
        _read(source, _Nowhere())
        say(f"{source.file.name} is whole.")
        found[str(source.kind)] = source.manifest
    return found


def restore(
    file: Path, find: postgres.Finder, kinds: list[Kind], *, say: Say = lambda _text: None
) -> None:
    """Restore these kinds (the two kinds of keys go together). All or nothing.

    1. Find the keys of the files, compare versions, and see that nobody uses the databases.
    2. Restore into fresh databases beside the present ones; check hashes and counts; migrate.
    3. Exchange them in one transaction for each server, note the restore, drop what was replaced.
    """
    sources = _sources(Files(file.resolve()), kinds)
    aliases = [
        alias
        for alias, kind in (("default", Kind.MAIN), (keyring.ALIAS, Kind.KEYS))
        if kind in kinds
    ]
    databases = [Database.of(alias) for alias in aliases]
    for alias in ("default", keyring.ALIAS):
        connections[alias].close()
    for database in databases:
        refuse_used(database)
    for source in sources:
        _refuse_newer(source)
    work = _Restore(find, sources, databases, say)
    try:
        work.fill()
        work.exchange()
    except BaseException:
        work.drop_fresh()
        raise
    work.drop_replaced()
    keyring.forget_purpose_keys()
    gate.stamp()


def refuse_used(database: Database) -> None:
    """Raise `CannotUse` while anybody is connected to the database."""
    with database.connect(postgres.MAINTENANCE) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [database.name],
        ).fetchone()
    if row and row[0]:
        raise CannotUse(
            f"{row[0]} connections use the database {database.name}: stop web, worker, bulk and "
            "beat first."
        )


def _sources(files: Files, kinds: list[Kind]) -> list[_Source]:
    """The files with their keys; they belong together."""
    found = []
    for kind in kinds:
        file = files.of(kind)
        try:
            with file.open("rb") as stream:
                head = read_head(stream)
        except FileNotFoundError:
            raise CannotUse(f"{file} is missing; it belongs to this backup.") from None
        if head.get("kind") != str(kind):
            raise CannotUse(f"{file} is not the {kind} file of a backup.")
        found.append(_Source(kind, file, backup_keys.find(str(head["key"])), head))
    if len({source.about["backup"] for source in found}) > 1:
        raise CannotUse("These files are of different backups.")
    return found


def _refuse_newer(source: _Source) -> None:
    """A backup of a newer release has tables that this one does not know."""
    if source.kind == Kind.STATUTORY:
        return
    with source.file.open("rb") as stream:
        tar = tarfile.open(fileobj=SealedReader(stream, source.key), mode="r|")  # noqa: SIM115
        about = _json_of(tar, tar.next())
    if about["format"] != FORMAT:
        raise CannotUse(f"The format of {source.file.name} is unknown to this release.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    strange = sorted(set(about["migrations"]) - known)
    if strange:
        raise CannotUse(
            f"{source.file.name} was made by another release: it knows the migration "
            f"{strange[0]}. Restore with that release."
        )
    source.about = about


# --- Reading a file ---------------------------------------------------------------------


class _Nowhere:
    """Takes everything and keeps nothing."""

    @contextmanager
    def open(self, _name: str) -> Iterator[Any]:
        """A sink."""
        yield self

    def write(self, data: bytes) -> int:
        """Forget it."""
        return len(data)

    def media(self, _name: str, _stream: IO[bytes]) -> None:
        """Forget it."""


def _read(source: _Source, target: Any) -> None:
    """Read the file to its end into `target`; compare what came with the manifest."""
    seen: dict[str, dict[str, Any]] = {}
    with source.file.open("rb") as stream:
        sealed = SealedReader(stream, source.key)
        with tarfile.open(fileobj=sealed, mode="r|") as tar:
            entry = tar.next()
            while entry is not None:
                name = entry.name.partition("/")[0]
                if entry.name == "about.json":
                    source.about = _json_of(tar, entry)
                elif entry.name == "manifest.json":
                    source.manifest = _json_of(tar, entry)
                elif name == MEDIA:
                    _take_media(tar, entry, target, seen)
                else:
                    entry = _take_pieces(tar, entry, name, target, seen)
                    continue
                entry = tar.next()
        while sealed.read(PIECE):
            pass  # To the last chunk, which says that nothing is missing.
    expected = source.manifest.get("parts")
    if expected is None:
        raise Damaged(f"{source.file.name} has no manifest.")
    for name, part in expected.items():
        nothing = {"bytes": 0, "pieces": 0, "sha256": hashlib.sha256().hexdigest()}
        found = seen.get(name, nothing)
        if any(found[key] != part[key] for key in nothing):
            raise Damaged(f"{name} of {source.file.name} does not fit its manifest.")


def _take_pieces(
    tar: tarfile.TarFile,
    first: tarfile.TarInfo,
    name: str,
    target: Any,
    seen: dict[str, dict[str, Any]],
) -> tarfile.TarInfo | None:
    """Hand on a stream, piece after piece; returns the entry that follows."""
    digest, size, number = hashlib.sha256(), 0, 0
    entry: tarfile.TarInfo | None = first
    with target.open(name) as sink:
        while entry is not None and entry.name.partition("/")[0] == name:
            stream = tar.extractfile(entry)
            assert stream is not None
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
                sink.write(piece)
            number += 1
            entry = tar.next()
    seen[name] = {"bytes": size, "sha256": digest.hexdigest(), "pieces": number}
    return entry


def _take_media(
    tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Any, seen: dict[str, dict[str, Any]]
) -> None:
    parts = PurePosixPath(entry.name).parts[1:]
    if not entry.isfile() or not parts or ".." in parts or PurePosixPath(*parts).is_absolute():
        raise Damaged(f"A file of the backup has a name that leads elsewhere: {entry.name!r}.")
    stream = tar.extractfile(entry)
    assert stream is not None
    target.media("/".join(parts), stream)
    known = seen.setdefault(MEDIA, {"bytes": 0, "pieces": 0, "digest": hashlib.sha256()})
    known["digest"].update(f"{entry.name} {entry.size}\n".encode())
    known |= {"bytes": known["bytes"] + entry.size, "pieces": known["pieces"] + 1}
    known["sha256"] = known["digest"].hexdigest()


def _json_of(tar: tarfile.TarFile, entry: tarfile.TarInfo | None) -> dict[str, Any]:
    stream = tar.extractfile(entry) if entry is not None else None
    if stream is None:
        raise Damaged("The backup is empty.")
    content: dict[str, Any] = json.loads(stream.read())
    return content


# --- Restoring --------------------------------------------------------------------------


class _Restore:
    """Fresh databases beside the present ones, until they take their place."""

    def __init__(
        self,
        find: postgres.Finder,
        sources: list[_Source],
        databases: list[Database],
        say: Say,
    ) -> None:
        self.find, self.databases, self.say = find, databases, say
        self.sources = {source.kind: source for source in sources}
        self.media = Path(settings.MEDIA_ROOT)

    def fill(self) -> None:
        """Read every file into a fresh database, check it there, and bring it up to date."""
        for database in self.databases:
            self.say(f"Restoring {database.name} beside the present one")
            _drop(database, FRESH)
            _create(database, FRESH)
            main = database.alias == "default"
            source = self.sources[Kind.MAIN if main else Kind.KEYS]
            target = _Target(self, database)
            if main:
                shutil.rmtree(target.folder, ignore_errors=True)
                target.folder.mkdir(parents=True)
            _read(source, target)
            expected = dict(source.manifest["rows"])
            if not main:
                statutory = self.sources[Kind.STATUTORY]
                _read(statutory, target)
                expected[KEY_TABLE] += statutory.manifest["rows"][KEY_TABLE]
            _compare(database, expected)
            with _connected(database):
                call_command("migrate", database=database.alias, verbosity=0)
                if main:
                    self._note()

    def key_columns(self) -> str:
        """The columns of the keys in this backup; an older release had fewer."""
        about = self.sources[Kind.KEYS].about
        return KNOWN_KEY_COLUMNS[str(about.get("key_columns", FIRST_KEY_COLUMNS))]

    def exchange(self) -> None:
        """The fresh databases take the names of the present ones."""
        for database in self.databases:
            refuse_used(database)
            _drop(database, REPLACED)
        # The keyring first, where it has a server of its own: keys older than their rows are told
        # to people as "not readable at the moment", rows without a mark are replayed.
        for server in dict.fromkeys(database.server for database in reversed(self.databases)):
            together = [database for database in self.databases if database.server == server]
            with together[0].connect(postgres.MAINTENANCE, autocommit=False) as connection:
                for database in together:
                    _take_place(connection, database)
        if Kind.MAIN in self.sources:
            _take_place_of_folder(_beside(self.media, FRESH), self.media)
        else:
            self._note()

    def _note(self) -> None:
        """Write down in the main database that this restore waits for the journal."""
        abouts = [one.about for one in self.sources.values() if "journal_head" in one.about]
        about = max(abouts, key=lambda one: int(one["journal_head"]["number"]))
        head = about["journal_head"]
        Restoration.objects.create(
            backup=about["backup"],
            parts="+".join(self.sources),
            made_at=datetime.fromisoformat(about["made_at"]),
            head_number=head["number"],
            head_hash=head["hash"],
        )

    def drop_fresh(self) -> None:
        """After a failure nothing of the attempt stays."""
        for database in self.databases:
            _drop(database, FRESH)
        shutil.rmtree(_beside(self.media, FRESH), ignore_errors=True)

    def drop_replaced(self) -> None:
        """What was replaced holds people's data and has no owner any more."""
        for database in self.databases:
            _drop(database, REPLACED)
        shutil.rmtree(_beside(self.media, REPLACED), ignore_errors=True)


class _Target:
    """Where the parts of a file go: into the fresh database, and a folder beside MEDIA_ROOT."""

    def __init__(self, work: _Restore, database: Database) -> None:
        self._work, self._database = work, database
        self._name = _name(database, FRESH)
        self.folder = _beside(work.media, FRESH)

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        """Something to write to, for a dump or for rows of keys."""
        if name == DUMP:
            with self._database.connect(self._name) as connection:
                program = postgres.fitting(self._work.find, "pg_restore", connection)
            command: list[str | Path] = [program, f"--dbname={self._name}", "--exit-on-error"]
            command += ["--no-owner", "--no-acl", "--single-transaction", "--no-password"]
            environment = self._database.environment(self._name)
            with postgres.running(command, environment, feeds=True) as sink:
                yield sink
        elif name == KEYS:
            statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
                sql.Identifier(KEY_TABLE), sql.SQL(self._work.key_columns())
            )
            with (
                self._database.connect(self._name) as connection,
                connection.cursor() as cursor,
                cursor.copy(statement) as sink,
            ):
                yield sink
        else:
            raise Damaged(f"Nobody knows what {name!r} is.")

    def media(self, name: str, stream: IO[bytes]) -> None:
        """An uploaded file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            shutil.copyfileobj(stream, out, PIECE)


def _name(database: Database, what: str) -> str:
    return f"{database.name}_{what}"


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f"{folder.name}.{what}")


def _create(database: Database, what: str) -> None:
    name = sql.Identifier(_name(database, what))
    role = sql.Identifier(database.role)
    with database.connect(postgres.MAINTENANCE) as connection:
        try:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name)
            )
        except psycopg.errors.InsufficientPrivilege:
            raise CannotUse(
                f"The role {database.settings.get('USER')} may not create databases: "
                "ALTER ROLE … CREATEDB for the time of the restore."
            ) from None
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, role))


def _drop(database: Database, what: str) -> None:
    name = sql.Identifier(_name(database, what))
    with database.connect(postgres.MAINTENANCE) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def _take_place(connection: "psycopg.Connection[Any]", database: Database) -> None:
    present, fresh = sql.Identifier(database.name), sql.Identifier(_name(database, FRESH))
    replaced = sql.Identifier(_name(database, REPLACED))
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database.name])
    if known.fetchone():
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(present, replaced))
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, present))


def _take_place_of_folder(fresh: Path, present: Path) -> None:
    replaced = _beside(present, REPLACED)
    shutil.rmtree(replaced, ignore_errors=True)
    if present.exists():
        present.rename(replaced)
    fresh.rename(present)


def _compare(database: Database, expected: dict[str, int]) -> None:
    with database.connect(_name(database, FRESH)) as connection:
        found = postgres.counts(connection)
    different = sorted(name for name in expected if found.get(name) != expected[name])
    if different:
        raise Damaged(
            f"{different[0]} has {found.get(different[0])} rows after the restore, and the backup "
            f"says {expected[different[0]]}."
        )


@contextmanager
def _connected(database: Database) -> Iterator[None]:
    """Django's connection leads to the fresh database, as its owner."""
    present = connections[database.alias].settings_dict
    names = ("HOST", "PORT", "USER", "PASSWORD")
    before = {name: present[name] for name in (*names, "NAME")}
    connections[database.alias].close()
    present.update({name: database.settings[name] for name in names})
    present["NAME"] = _name(database, FRESH)
    try:
        yield
    finally:
        connections[database.alias].close()
        present.update(before)
