"""A backup: the main database with its files first, the keyring after it, apart.

    FILE             main database, uploaded files       ends after BACKUP_KEEP_DAYS
    FILE.keys        keyring without the journal         ends after KEY_BACKUP_KEEP_DAYS
    FILE.statutory   keys of what the law keeps          ends after STATUTORY_KEY_BACKUP_KEEP_DAYS

In this order every key is at least as young as the rows that it opens. Inside each sealed file is
a plain tar: `about.json`, the dump in numbered pieces, then `manifest.json` with counts, sizes and
hashes. The journal is in none of them.
"""

import hashlib
import io
import json
import os
import tarfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.utils import timezone
from psycopg import sql

from privacy import journal, keyring
from privacy.enums import KeyClass
from privacy.vault import backup_keys, postgres
from privacy.vault.backup_keys import Kind
from privacy.vault.files import sync_folder
from privacy.vault.sealing import SealedWriter

FORMAT = 1
PIECE = 8 << 20
DUMP, KEYS, MEDIA = "database.dump", "datakeys.copy", "media"
KEY_TABLE, JOURNAL_TABLE = "privacy_datakey", "privacy_journalentry"
KEY_COLUMNS = "id, subject, key_class, bucket, state, wrapped, created_at, retired_at, destroyed_at"
FIRST_KEY_COLUMNS = KEY_COLUMNS.replace(" retired_at,", "")
"""What a backup holds that does not name its columns."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Files:
    """The three files of a backup."""

    main: Path

    @property
    def keys(self) -> Path:
        """The keyring's."""
        return self.main.with_name(f"{self.main.name}.keys")

    @property
    def statutory(self) -> Path:
        """The keys of what the law keeps."""
        return self.main.with_name(f"{self.main.name}.statutory")

    def of(self, kind: Kind) -> Path:
        """The file of a kind."""
        return {Kind.MAIN: self.main, Kind.KEYS: self.keys, Kind.STATUTORY: self.statutory}[kind]


def back_up(file: Path, find: postgres.Finder, say: Say = lambda _text: None) -> Files:
    """Write the three files, or none. Raises `CannotUse`; existing files are never replaced.

    Ends the keys of old backups first, so that the rotation needs nobody to remember it.
    """
    files = Files(file.resolve())
    for kind in Kind:
        if files.of(kind).exists():
            raise postgres.CannotUse(f"{files.of(kind)} exists already; name another file.")
    now = timezone.now()
    ended = backup_keys.end_old(now)
    if ended:
        say(f"Ended the keys of {ended} old backup files.")
    journal.begin()
    made = _Backup(uuid.uuid4().hex, files, now, find, say)
    try:
        made.main()
        made.keyring()
        made.keep()
    except BaseException:
        made.drop()
        raise
    return files


class _Archive:
    """The tar inside one sealed file, with what its manifest will say."""

    def __init__(self, stream: SealedWriter) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self.parts: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o600
        self._tar.addfile(entry, io.BytesIO(content))

    def add_json(self, name: str, content: Any) -> None:
        self.add(name, json.dumps(content, indent=1, sort_keys=True).encode())

    def add_pieces(self, name: str, read: Callable[[int], bytes]) -> None:
        """A stream of unknown length, in numbered pieces."""
        digest, size, number = hashlib.sha256(), 0, 0
        while piece := _filled(read):
            number += 1
            digest.update(piece)
            size += len(piece)
            self.add(f"{name}/{number:06}", piece)
        self.parts[name] = {"bytes": size, "sha256": digest.hexdigest(), "pieces": number}

    def add_folder(self, name: str, folder: Path) -> None:
        """Every file below `folder`. One that is deleted meanwhile is left out."""
        digest, size, number = hashlib.sha256(), 0, 0
        for file in sorted(folder.rglob("*")):
            if not file.is_file() or file.is_symlink():
                continue
            try:
                stream = file.open("rb")
            except FileNotFoundError:
                continue
            with stream:
                entry = tarfile.TarInfo(f"{name}/{file.relative_to(folder).as_posix()}")
                entry.size, entry.mode = os.fstat(stream.fileno()).st_size, 0o600
                self._tar.addfile(entry, stream)
            digest.update(f"{entry.name} {entry.size}\n".encode())
            size, number = size + entry.size, number + 1
        self.parts[name] = {"bytes": size, "sha256": digest.hexdigest(), "pieces": number}

    def finish(self) -> None:
        self._tar.close()


def _filled(read: Callable[[int], bytes]) -> bytes:
    """A whole piece, or what is left of the stream."""
    found = bytearray()
    while len(found) < PIECE and (more := read(PIECE - len(found))):
        found += more
    return bytes(found)


class _Backup:
    """One backup while it is written."""

    def __init__(
        self, name: str, files: Files, now: datetime, find: postgres.Finder, say: Say
    ) -> None:
        self.id, self.files, self.now, self.find, self.say = name, files, now, find, say
        self.drawn: set[str] = set()

    def main(self) -> None:
        """The main database and the uploaded files."""
        database = postgres.Database.of("default")
        with self._sealed(Kind.MAIN) as archive, _snapshot(database) as (connection, snapshot):
            self.say(f"Main database {database.name}")
            about = self._about(Kind.MAIN, connection)
            archive.add_json("about.json", about)
            with self._dump(database, connection, snapshot) as output:
                archive.add_pieces(DUMP, output.read)
            archive.add_folder(MEDIA, Path(settings.MEDIA_ROOT))
            rows = postgres.counts(connection)
            archive.add_json("manifest.json", {**about, "rows": rows, "parts": archive.parts})

    def keyring(self) -> None:
        """The keyring after it: every key is older than what it seals."""
        database = postgres.Database.of(keyring.ALIAS)
        with _snapshot(database) as (connection, snapshot):
            self.say(f"Keyring {database.name}")
            with self._sealed(Kind.KEYS) as archive:
                about = self._about(Kind.KEYS, connection)
                archive.add_json("about.json", about)
                with self._dump(
                    database, connection, snapshot, without=(KEY_TABLE, JOURNAL_TABLE)
                ) as output:
                    archive.add_pieces(DUMP, output.read)
                _add_keys(archive, connection, statutory=False)
                rows = postgres.counts(connection)
                rows[JOURNAL_TABLE] = 0
                rows[KEY_TABLE] = _count_keys(connection, statutory=False)
                archive.add_json("manifest.json", {**about, "rows": rows, "parts": archive.parts})
            with self._sealed(Kind.STATUTORY) as archive:
                about = self._about(Kind.STATUTORY, connection)
                archive.add_json("about.json", about)
                _add_keys(archive, connection, statutory=True)
                rows = {KEY_TABLE: _count_keys(connection, statutory=True)}
                archive.add_json("manifest.json", {**about, "rows": rows, "parts": archive.parts})

    def keep(self) -> None:
        """Give the finished files their names."""
        for kind in Kind:
            _part(self.files.of(kind)).rename(self.files.of(kind))
        sync_folder(self.files.main.parent)

    def drop(self) -> None:
        """Leave nothing behind: neither half a file nor its key."""
        for kind in Kind:
            _part(self.files.of(kind)).unlink(missing_ok=True)
        if self.drawn:
            backup_keys.forget(self.drawn)

    def _about(self, kind: Kind, connection: "psycopg.Connection[Any]") -> dict[str, Any]:
        head = journal.table_head()
        return {
            "format": FORMAT,
            "backup": self.id,
            "kind": str(kind),
            "made_at": self.now.isoformat(),
            "postgres": connection.info.server_version // 10_000,
            "migrations": postgres.migrations(connection),
            "key_columns": KEY_COLUMNS,
            "journal_head": {"number": head.number, "hash": head.hash},
        }

    @contextmanager
    def _sealed(self, kind: Kind) -> Iterator[_Archive]:
        key = backup_keys.draw(kind, self.now)
        self.drawn.add(key.id)
        head = {"key": key.id, "kind": str(kind), "made_at": self.now.isoformat()}
        head |= {"backup": self.id, "ends_at": key.ends_at.isoformat()}
        part = _part(self.files.of(kind))
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            sealed = SealedWriter(stream, key.key, head)
            archive = _Archive(sealed)
            yield archive
            archive.finish()
            sealed.finish()
            stream.flush()
            os.fsync(stream.fileno())

    @contextmanager
    def _dump(
        self,
        database: postgres.Database,
        connection: "psycopg.Connection[Any]",
        snapshot: str,
        *,
        without: tuple[str, ...] = (),
    ) -> Iterator[IO[bytes]]:
        program = postgres.fitting(self.find, "pg_dump", connection)
        command: list[str | Path] = [program, "--format=custom", "--no-owner", "--no-acl"]
        command += ["--no-password", f"--snapshot={snapshot}"]
        command += [f"--exclude-table-data=public.{table}" for table in without]
        with postgres.running(command, database.environment(), feeds=False) as output:
            yield output


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


@contextmanager
def _snapshot(database: postgres.Database) -> Iterator[tuple["psycopg.Connection[Any]", str]]:
    """One moment of the database, for the dump and for what is counted beside it."""
    with database.connect(autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, str(row[0])


def _add_keys(archive: _Archive, connection: "psycopg.Connection[Any]", *, statutory: bool) -> None:
    statement = sql.SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT (FORMAT binary)").format(
        sql.SQL(KEY_COLUMNS), sql.Identifier(KEY_TABLE), sql.SQL(_chosen(statutory=statutory))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        rest = bytearray()

        def read(size: int) -> bytes:
            while len(rest) < size and (more := copy.read()):
                rest.extend(more)
            found = bytes(rest[:size])
            del rest[:size]
            return found

        archive.add_pieces(KEYS, read)


def _count_keys(connection: "psycopg.Connection[Any]", *, statutory: bool) -> int:
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        sql.Identifier(KEY_TABLE), sql.SQL(_chosen(statutory=statutory))
    )
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _chosen(*, statutory: bool) -> str:
    return f"key_class {'=' if statutory else '<>'} '{KeyClass.STATUTORY}'"
