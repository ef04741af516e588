"""Rows by the hundred thousand: COPY, with sealed columns sealed and blind indexes filled."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet, Value

Row = TypeVar("Row", bound=models.Model)
Read = Callable[[models.Model], object]
AS_IT_IS = frozenset(
    {
        models.AutoField,
        models.BigAutoField,
        models.BigIntegerField,
        models.BooleanField,
        models.CharField,
        models.DateTimeField,
        models.ForeignKey,
        models.IntegerField,
        models.OneToOneField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
        models.UUIDField,
    }
)
"""Columns whose values the driver writes as the row holds them."""


def number_rows(rows: Sequence[models.Model], *, using: str = "default") -> None:
    """Give each row the next primary key of its table, so that others can point to it."""
    if rows:
        for row, number in zip(rows, next_keys(type(rows[0]), len(rows), using=using), strict=True):
            row.pk = number


def next_keys(model: type[models.Model], number: int, *, using: str = "default") -> list[int]:
    """The next primary keys of a table, for rows that are written soon."""
    meta = model._meta
    assert meta.pk is not None
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, meta.pk.column, number],
        )
        return [key for (key,) in cursor.fetchall()]


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
    reads = [_read(column, connection) for column in columns]
    # Before COPY begins: sealing may have to ask the same connection.
    prepared = [[read(row) for read in reads] for row in rows]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for values in prepared:
            copy.write_row(values)
    return len(rows)


def _read(column: "models.Field[Any, Any]", connection: BaseDatabaseWrapper) -> Read:
    """What writes this column of a row: at once where a save would change nothing about it."""
    stamped = getattr(column, "auto_now", False) or getattr(column, "auto_now_add", False)
    if type(column) in AS_IT_IS and not stamped:
        return attrgetter(column.attname)
    return lambda row: column.get_db_prep_save(column.pre_save(row, add=True), connection)


def derive_rows(
    model: type[models.Model],
    source: "QuerySet[Any]",
    columns: Mapping[str, Any],
    *,
    using: str = "default",
) -> None:
    """Write a row of `model` for each row of `source`, by one INSERT … SELECT.

    `columns` are expressions over the source; the others get the default of their field, and the
    primary key comes from the database.
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    names, values = [], {}
    for column in model._meta.concrete_fields:
        value = columns.get(column.name)
        if value is None and not column.primary_key:
            value = Value(column.get_default(), output_field=column)
        if value is not None:
            names.append(quote(str(column.column)))
            values[f"new_{column.name}"] = value
    select = source.order_by().annotate(**values).values_list(*values)
    inner, parameters = select.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        table = quote(model._meta.db_table)
        cursor.execute(f"INSERT INTO {table} ({', '.join(names)}) {inner}", parameters)
