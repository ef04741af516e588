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
    stored = [(row.__dict__.get(name), str(row.seal_id)) for row in rows]
    return open_stored(type(rows[0]), name, stored)


def open_stored(
    model: type[SealedModel], name: str, stored: Sequence[tuple[Any, str]]
) -> list[Any]:
    """The values of a column, each given as it is stored and with its row's `seal_id`."""
    column = model._meta.get_field(name)
    assert isinstance(column, SealedTextField)
    there = [(value.content, row) for value, row in stored if isinstance(value, Sealed)]
    place = str(column.column)
    plains = iter(keyring.open_many(there, table=model._meta.db_table, column=place))
    return [
        _said(column, next(plains)) if isinstance(value, Sealed) else value
        for value, _row in stored
    ]


def _said(column: SealedTextField, plain: Any) -> Any:
    if isinstance(plain, bytes):
        return column.from_plain(plain)
    return str((Problem.NO_LONGER if plain is None else Problem.UNREADABLE).label)
