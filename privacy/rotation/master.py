"""Wrap every key under the present master key. Reading works throughout, with both of them.

Set `MASTER_KEY` to the new key and put the old one into `MASTER_KEY_OLD` first, for every process.
"""

from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import connections
from django.utils.translation import gettext_lazy as _

from privacy.keyring import ALIAS, master
from privacy.models import PurposeKey, Run, RunStep
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.kinds import Chunk, Cursor, run_kind
from privacy.vault import backup_keys

KIND = "privacy.rotate_master"
PEOPLE, HOUSE, BACKUPS = "people", "house", "backups"
FIRST = str(UUID(int=0))


def start(*, requested_by: UUID | None = None) -> Run:
    """Begin to wrap anew whatever another master key wrapped."""
    counts = {PEOPLE: others_of_people(), HOUSE: others_of_house(), BACKUPS: others_of_backups()}
    parts = [Part(name, expected=number) for name, number in counts.items()]
    return engine.start(KIND, parts=parts, requested_by=requested_by)


def others_of_people() -> int:
    """Keys of people that the present master key did not wrap."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM privacy_datakey "
            "WHERE wrapped IS NOT NULL AND substring(wrapped FROM 1 FOR 5) <> %s",
            [master.present_mark()],
        )
        return int(cursor.fetchone()[0])


def others_of_house() -> int:
    """Keys of the house that the present master key did not wrap."""
    mark = master.present_mark()
    rows = PurposeKey.objects.using(ALIAS).values_list("wrapped", flat=True)
    return sum(not bytes(wrapped).startswith(mark) for wrapped in rows)


def others_of_backups() -> int:
    """Keys of backups that the present master key did not wrap."""
    mark = master.present_mark()
    return sum(not wrapped.startswith(mark) for wrapped in backup_keys.wrapped_keys())


@run_kind(KIND, label=_("Rotation of the master key"), cancel_is_safe=True)
def rewrap(step: RunStep, cursor: Cursor) -> Chunk:
    """Wrap one chunk of keys anew; a key that neither master key opens is counted and left."""
    if step.name == HOUSE:
        return _house()
    if step.name == BACKUPS:
        done, closed = backup_keys.rewrap()
        return Chunk({}, _numbers(done, closed), done=True)
    after = str(cursor.get("after", FIRST))
    rows = _people_after(after, step.run.pace)
    if rows:
        done, closed = _rewrap_people(rows)
        lost = int(cursor.get("lost", 0)) + closed
        return Chunk({"after": str(rows[-1][0]), "lost": lost}, _numbers(done, 0))
    lost = int(cursor.get("lost", 0))
    if after != FIRST and others_of_people() > lost:
        # A process that was not started anew drew keys under the old one meanwhile.
        return Chunk({})
    return Chunk(cursor, _numbers(0, lost), done=True)


def _people_after(after: str, at_once: int) -> list[Any]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT id, wrapped FROM privacy_datakey WHERE id > %s AND wrapped IS NOT NULL "
            "AND substring(wrapped FROM 1 FOR 5) <> %s ORDER BY id LIMIT %s",
            [after, master.present_mark(), at_once],
        )
        return list(cursor.fetchall())


def _rewrap_people(rows: list[Any]) -> tuple[int, int]:
    """Exchange the wrapping where it still stands; a key destroyed meanwhile stays destroyed."""
    fresh: list[tuple[UUID, bytes, bytes]] = []
    for key_id, wrapped in rows:
        old = bytes(wrapped)
        try:
            key = master.unwrap_bytes(key_id.bytes, old)
        except InvalidTag:
            continue
        fresh.append((key_id, old, master.wrap_bytes(key_id.bytes, key)))
    connection: Any = connections[ALIAS]
    binary = connection.Database.Binary
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_datakey AS t SET wrapped = v.fresh "
            "FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS v(id, old, fresh) "
            "WHERE t.id = v.id AND t.wrapped = v.old",
            [
                [key_id for key_id, _old, _new in fresh],
                [binary(old) for _id, old, _new in fresh],
                [binary(new) for _id, _old, new in fresh],
            ],
        )
    return len(fresh), len(rows) - len(fresh)


def _house() -> Chunk:
    """The keys of the house are few: one chunk."""
    done = closed = 0
    mark = master.present_mark()
    for row in PurposeKey.objects.using(ALIAS).iterator():
        old = bytes(row.wrapped)
        if old.startswith(mark):
            continue
        try:
            key = master.unwrap_bytes(row.name.encode(), old)
        except InvalidTag:
            closed += 1
            continue
        same = PurposeKey.objects.using(ALIAS).filter(pk=row.name, wrapped=old)
        done += same.update(wrapped=master.wrap_bytes(row.name.encode(), key))
    return Chunk({}, _numbers(done, closed), done=True)


def _numbers(done: int, closed: int) -> dict[str, int]:
    return {name: number for name, number in (("rows", done), ("closed", closed)) if number}
