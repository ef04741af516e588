"""One table of one person: deleted, emptied, made general, cut off, or kept and closed.

Everything goes through an index that starts with the person, and may be done twice.
"""

from typing import Any
from uuid import UUID

from django.db.models import CASCADE, PROTECT, RESTRICT

from jobs.errors import TryLater
from privacy import keyring
from privacy.enums import KeyClass
from privacy.registry import Declaration, Erasure, declarations_in_order, registry, rows_of
from privacy.retention import ledgers, strategies
from privacy.retention.holding import Holds
from privacy.runs.kinds import Chunk, Cursor

LOCKED_FOR = 5
"""Seconds after which a row that somebody else had locked is looked for again."""
SEALED_AT_ONCE = 1000
"""Rows that are sealed anew in one chunk."""
KEEPING = {CASCADE, PROTECT, RESTRICT}


def tables() -> list[Declaration]:
    """The tables of the main database that name people, those that refer first."""
    return [
        one
        for one in declarations_in_order()
        if one.alias == "default" and one.data.person is not None
    ]


def is_touched(declaration: Declaration) -> bool:
    """Whether something happens to its rows; the others stay as they are until their end."""
    if ledgers.is_ledger(declaration):
        return False
    if declaration.data.on_erasure == Erasure.DELETE or strategies.is_sealed(declaration):
        return True
    return bool(strategies.changes_on_erasure(declaration)) or bool(_links(declaration))


def is_held(declaration: Declaration, subject: UUID, holds: Holds) -> bool:
    """Whether a hold keeps the person's rows of this table, or rows that refer to them."""
    if declaration.label in holds.tables or subject in holds.people_in(declaration.label):
        return True
    if declaration.data.on_erasure != Erasure.DELETE:
        return False
    return any(is_held(child, subject, holds) for child in _referring(declaration))


def _referring(declaration: Declaration) -> list[Declaration]:
    found = []
    for relation in declaration.model._meta.related_objects:
        child = registry.declaration_of(relation.related_model)
        if child is not None and relation.on_delete in KEEPING and child.model != declaration.model:
            found.append(child)
    return found


def erase_chunk(declaration: Declaration, subject: UUID, cursor: Cursor, limit: int) -> Chunk:
    """Deal with up to `limit` rows."""
    if declaration.data.on_erasure == Erasure.DELETE:
        return _delete(declaration, subject, cursor, limit)
    return _change(declaration, subject, cursor, limit)


def _delete(declaration: Declaration, subject: UUID, cursor: Cursor, limit: int) -> Chunk:
    rows = rows_of(declaration, subject)
    number, _last = strategies.remove(declaration, rows.order_by("pk")[:limit])
    counters = {"rows": number} if number else {}
    if number == limit:
        return Chunk(cursor, counters)
    if rows.exists():
        if number:
            return Chunk(cursor, counters)
        raise TryLater(seconds=LOCKED_FOR, reason="locked")
    return Chunk(cursor, counters, done=True)


def _change(declaration: Declaration, subject: UUID, cursor: Cursor, limit: int) -> Chunk:
    if strategies.is_sealed(declaration):
        limit = min(limit, SEALED_AT_ONCE)
    rows = rows_of(declaration, subject).order_by("pk")
    after = cursor.get("after")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    keys = list(rows.values_list("pk", flat=True)[:limit])
    if keys:
        change(declaration, keys)
    last: Any = keys[-1] if keys else after
    name = "kept" if declaration.is_kept else "rows"
    return Chunk(
        {"after": last if isinstance(last, (int, str)) or last is None else str(last)},
        {name: len(keys)} if keys else {},
        done=len(keys) < limit,
    )


def change(declaration: Declaration, keys: list[Any]) -> None:
    """Change the rows with these keys as the declaration says."""
    chosen = declaration.model._base_manager.using(declaration.alias).filter(pk__in=keys)
    becomes = strategies.changes_on_erasure(declaration)
    if becomes:
        chosen.update(**becomes)
    if declaration.is_kept and strategies.is_sealed(declaration):
        # What the law keeps has a key of its own, so that all others of the person can go.
        keyring.reseal_rows(declaration, chosen, key_class=KeyClass.STATUTORY)
    for through, column in _links(declaration):
        through._base_manager.filter(**{f"{column}__in": keys}).delete()


def _links(declaration: Declaration) -> list[tuple[Any, str]]:
    """The tables that tie rows of this one to many of another, where the ties are cut."""
    return [
        (column.remote_field.through, column.m2m_field_name())
        for column in declaration.model._meta.many_to_many
        if declaration.data.column_erasure.get(column.name) == Erasure.DETACH
    ]
