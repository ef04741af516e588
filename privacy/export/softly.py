"""Sealed columns of rows for a story: a value that does not open says so, the others are read."""

from collections.abc import Sequence
from typing import Any

from privacy import keyring
from privacy.export.enums import Problem
from privacy.fields import Sealed, SealedModel, SealedTextField


def open_softly(rows: Sequence[SealedModel], *names: str) -> list[dict[str, Any]]:
    """The values of these columns of each row, with one question for the keys of a column."""
    found: list[dict[str, Any]] = [{} for _row in rows]
    for name in names:
        for values, value in zip(found, _column(rows, name), strict=True):
            values[name] = value
    return found


def _column(rows: Sequence[SealedModel], name: str) -> list[Any]:
    if not rows:
        return []
    column = type(rows[0])._meta.get_field(name)
    assert isinstance(column, SealedTextField)
    stored = [row.__dict__.get(name) for row in rows]
    there = [
        (value.content, str(row.seal_id))
        for row, value in zip(rows, stored, strict=True)
        if isinstance(value, Sealed)
    ]
    table, place = type(rows[0])._meta.db_table, str(column.column)
    plains = iter(keyring.open_many(there, table=table, column=place))
    return [_said(column, next(plains)) if isinstance(value, Sealed) else value for value in stored]


def _said(column: SealedTextField, plain: Any) -> Any:
    if isinstance(plain, bytes):
        return column.from_plain(plain)
    return str((Problem.NO_LONGER if plain is None else Problem.UNREADABLE).label)
