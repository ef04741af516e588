"""Rows by the hundred thousand: COPY, with sealed columns sealed and blind indexes filled."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row", bound=models.Model)


def number_rows(rows: Sequence[models.Model], *, using: str = "default") -> None:
    """Give each row the next primary key of its table, so that others can point to it."""
    if not rows:
        return
    meta = rows[0]._meta
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, meta.pk.column, len(rows)],
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number


def copy_rows(rows: Sequence[Row], *, using: str = "default") -> int:
    """Write rows that already have their primary keys; returns how many.

    Every column is prepared as a save would prepare it, so sealed columns are sealed. The keys
    should be open in the present keyring scope, else each row asks for its own.
    """
    if not rows:
        return 0
    connection = connections[using]
    columns = list(rows[0]._meta.concrete_fields)
    names = ", ".join(connection.ops.quote_name(str(column.column)) for column in columns)
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(list(_values(row, columns, connection)))
    return len(rows)


def _values(
    row: models.Model,
    columns: Iterable["models.Field[object, object]"],
    connection: BaseDatabaseWrapper,
) -> Iterable[object]:
    for column in columns:
        yield column.get_db_prep_save(column.pre_save(row, add=True), connection)
