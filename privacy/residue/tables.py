"""Every text, JSON and binary column of every table, some pages at a time."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import OperationalError, connections, transaction
from psycopg.errors import QueryCanceled

from privacy.registry import registry
from privacy.residue.matching import Patterns

TIMEOUT_MS = 5000
TEXTS = (
    "text",
    "varchar",
    "bpchar",
    "name",
    "citext",
    "json",
    "jsonb",
    "xml",
    "tsvector",
    "hstore",
)
FIND = """
SELECT c.oid, n.nspname, c.relname, a.attname, t.typname, t.typcategory, t.typtype,
       has_table_privilege(c.oid, 'SELECT')
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relkind IN ('r', 'm')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg_temp%%' AND n.nspname NOT LIKE 'pg_toast%%'
 ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True)
class Table:
    """A table with the columns to be searched."""

    alias: str
    schema: str
    name: str
    oid: int
    is_readable: bool
    columns: tuple[tuple[str, bool], ...] = ()
    """Names, and whether they are binary."""
    has_subject: bool = False

    @property
    def key(self) -> str:
        """Its place in the order of the search."""
        return f"1 {self.alias} {self.schema} {self.name}"

    @property
    def label(self) -> str:
        """As it stands in the report."""
        schema = "" if self.schema == "public" else f"{self.schema}."
        return f"{'' if self.alias == 'default' else self.alias + '.'}{schema}{self.name}"


class TooSlow(Exception):
    """The database took too long over these pages: take fewer."""


def tables(alias: str) -> list[Table]:
    """Every table of a database that has something to search."""
    with connections[alias].cursor() as cursor:
        cursor.execute(FIND)
        rows = cursor.fetchall()
    found: dict[int, Table] = {}
    for oid, schema, name, column, kind, category, sort, readable in rows:
        before = found.get(oid) or Table(alias, schema, name, oid, is_readable=readable)
        columns = before.columns
        is_enum = sort == "e"
        if kind == "bytea" or (not is_enum and (kind in TEXTS or category in {"A", "S"})):
            columns = (*columns, (column, kind == "bytea"))
        has_subject = before.has_subject or (column == "subject" and kind == "uuid")
        found[oid] = replace(before, columns=columns, has_subject=has_subject)
    return [table for table in found.values() if table.columns]


def pages(table: Table) -> int:
    """How many pages the table has now."""
    with connections[table.alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_size(%s) / current_setting('block_size')::bigint", [table.oid]
        )
        return int(cursor.fetchone()[0])


def search_pages(
    table: Table, first: int, last: int, patterns: Patterns, subject: UUID | None
) -> dict[str, int]:
    """In how many rows of these pages each column holds a word. Raises `TooSlow`."""
    names = [name for name, _is_binary in table.columns]
    conditions: list[str] = []
    values: list[Any] = []
    for name, is_binary in table.columns:
        condition, used = _condition(table, name, is_binary, patterns, subject)
        conditions.append(f"count(*) FILTER (WHERE {condition})")
        values.extend(used)
    source = f"{_quoted(table.schema)}.{_quoted(table.name)}"
    sql = (
        f"SELECT {', '.join(conditions)} FROM {source}"  # noqa: S608 - names come from the catalogue
        f" WHERE ctid >= '({first},0)'::tid AND ctid < '({last},0)'::tid"
    )
    connection = connections[table.alias]
    try:
        with transaction.atomic(using=table.alias), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
            cursor.execute(sql, values)
            counts = cursor.fetchone()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow(table.label) from None
        raise
    return {name: count for name, count in zip(names, counts, strict=True) if count}


def search_statistics(alias: str, patterns: Patterns) -> dict[str, int]:
    """Samples of values that the planner keeps of rows, also of rows that are gone."""
    sql = """
        SELECT tablename || '.' || attname, count(*) FROM pg_stats
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
           AND lower(concat(most_common_vals::text, ' ', histogram_bounds::text)) ~ %s
         GROUP BY 1
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, [patterns.certain])
        return dict(cursor.fetchall())


def _condition(
    table: Table, name: str, is_binary: bool, patterns: Patterns, subject: UUID | None
) -> tuple[str, list[Any]]:
    column = _quoted(name)
    if is_binary:
        return f"lower(encode({column}, 'escape')) ~ %s", [patterns.binary]
    text = f"lower({column}::text)"
    if table.alias == "default" and table.name in _tables_of_the_shop():
        return f"({_quick(text)} AND {text} ~ %s)", [*patterns.quick, patterns.certain]
    parts = [f"({_quick(text)} AND {text} ~ %s)"]
    values: list[Any] = [*patterns.quick, patterns.distinctive]
    if patterns.weak:
        pair = " + ".join(f"({text} ~ %s)::int" for _pattern in patterns.weak)
        parts.append(f"({pair}) >= 2")
        values.extend(patterns.weak)
        if subject is not None and table.has_subject:
            parts.append(f"(subject = %s AND {text} ~ %s)")
            values.extend([subject, "|".join(patterns.weak)])
    return " OR ".join(parts), values


def _quick(text: str) -> str:
    """A plain look that misses nothing and spares almost every row the expression."""
    return f"({text} LIKE ANY(%s::text[]) OR translate({text}, ' .-', '') LIKE ANY(%s::text[]))"


def _tables_of_the_shop() -> frozenset[str]:
    """Tables that are declared to hold nothing about people: a common word may well stand there."""
    return frozenset(model._meta.db_table for model in registry.excused)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
