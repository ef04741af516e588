"""Rows of a table as lines of JSON and CSV, set-based: the database writes what is readable.

What is sealed comes along as it lies there and is opened here, all of it with one question to the
keyring for a whole batch. A value that does not open is left empty and named.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Func, TextField
from django.db.models.functions import Cast

from common.reading import read_through
from privacy import keyring
from privacy.export.enums import Problem
from privacy.fields import SealedTextField
from privacy.fields_email import COLUMN, PREFIX_BYTES, TABLE, BlindEmailField
from privacy.redaction import Shown, columns_shown, rows_shown, told
from privacy.registry import Declaration, JsonKeys
from privacy.registry.json_keys import is_json

BATCH = 2000
SEAL_TEXT = "seal_text"
"""The row to which a value is bound, as text: the database writes it faster."""
ENCODE = json.JSONEncoder(ensure_ascii=False).encode
GUARDED = "'^([=+@\\t\\r-])'"
BOM = "\ufeff"
TEXT_LIKE = (models.CharField, models.TextField, models.JSONField)


@dataclass
class Lines:
    """Some rows, ready to be written: JSON without the comma before it, CSV without a break."""

    last: Any
    json: list[str]
    csv: list[str]
    problems: Counter[tuple[str, str]]


# --- What the database writes -----------------------------------------------------------


class JsonObject(Func):
    """A JSON object of some expressions, by name."""

    output_field = models.JSONField()
    cast = ""

    def __init__(self, names: list[str], *values: Any) -> None:
        super().__init__(*values)
        self.names = names

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # type: ignore[override]
        """`json_build_object`; names are those of columns."""
        parts, params = [], []
        for name, value in zip(self.names, self.source_expressions, strict=True):
            sql, given = compiler.compile(value)
            parts.append(f"'{name}', {sql}")
            params += given
        return f"json_build_object({', '.join(parts)}){self.cast}", params


class JsonText(JsonObject):
    """The same as text, for a file."""

    output_field = TextField()  # type: ignore[assignment]
    cast = "::text"


class CsvText(Func):
    """One line of CSV; no cell of text begins like a formula."""

    output_field = TextField()

    def __init__(self, are_text: list[bool], *values: Any) -> None:
        super().__init__(*values)
        self.are_text = are_text

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # type: ignore[override]
        """Cells in quotes where they hold text, joined by commas."""
        parts, params = [], []
        for is_text, value in zip(self.are_text, self.source_expressions, strict=True):
            sql, given = compiler.compile(value)
            parts.append(_guarded(sql) if is_text else f"coalesce(({sql})::text, '')")
            params += given
        return " || ',' || ".join(parts) or "''", params


def _guarded(sql: str) -> str:
    safe = f"regexp_replace(({sql})::text, {GUARDED}, '''\\1')"
    return f"coalesce('\"' || replace({safe}, '\"', '\"\"') || '\"', '')"


def cell(value: Any) -> str:
    """A cell of CSV for a value that was opened here, with the same guard."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"'


# --- What is opened here ----------------------------------------------------------------


@dataclass(frozen=True)
class SealedColumn:
    """Where a sealed value lies, and to what it is bound."""

    shown: Shown
    table: str
    column: str
    source: str
    row: str
    skip: int = 0
    keys: JsonKeys | None = None

    @classmethod
    def of(cls, shown: Shown, declaration: Declaration) -> "SealedColumn":
        """For a column of a table."""
        if isinstance(shown.column, BlindEmailField):
            return cls(shown, TABLE, COLUMN, "email_sealed", "email", PREFIX_BYTES)
        column = shown.column
        keys = declaration.data.json_keys.get(column.name) if is_json(column) else None
        table = column.model._meta.db_table
        return cls(shown, table, str(column.column), column.attname, SEAL_TEXT, 0, keys)

    def value(self, plain: bytes) -> Any:
        """What the opened bytes say."""
        if not isinstance(self.shown.column, SealedTextField):
            return plain.decode()
        value = self.shown.column.from_plain(plain)
        return value if self.keys is None else told(self.keys, value)


class Table:
    """How a declared table is written."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        shown = columns_shown(declaration)
        self.plain = [one for one in shown if not is_sealed(one)]
        self.sealed = [SealedColumn.of(one, declaration) for one in shown if is_sealed(one)]

    @property
    def head(self) -> str:
        """The first line of the CSV, in the language of the moment."""
        labels = [one.label for one in self.plain] + [one.shown.label for one in self.sealed]
        return ",".join(cell(str(label)) for label in labels)

    def lines(self, subject: Any, after: Any, limit: int) -> Iterator[Lines]:
        """Up to `limit` rows behind the key `after`, in batches; constant memory."""
        rows = rows_shown(self.declaration, subject)
        if after is not None:
            rows = rows.filter(pk__gt=after)
        names = [one.name for one in self.plain]
        values = [one.value for one in self.plain]
        columns = [
            "pk",
            "as_json",
            "as_csv",
            *dict.fromkeys(name for one in self.sealed for name in (one.source, one.row)),
        ]
        if any(one.row == SEAL_TEXT for one in self.sealed):
            rows = rows.annotate(**{SEAL_TEXT: Cast("seal_id", TextField())})
        rows = (
            rows.order_by("pk")
            .annotate(
                as_json=JsonText(names, *values),
                as_csv=CsvText([is_text(one) for one in self.plain], *values),
            )
            .values_list(*columns)[:limit]
        )
        places = [(columns.index(one.source), columns.index(one.row)) for one in self.sealed]
        for batch in in_batches(read_through(rows, BATCH)):
            yield self._written(batch, places)

    def _written(self, batch: list[Any], places: list[tuple[int, int]]) -> Lines:
        last = batch[-1][0]
        if not places:
            return Lines(last, [row[1] for row in batch], [row[2] for row in batch], Counter())
        problems: Counter[tuple[str, str]] = Counter()
        opened = []
        for one, (source, bound) in zip(self.sealed, places, strict=True):
            values = opened_column(one, [(row[source], row[bound]) for row in batch])
            for value in values:
                if isinstance(value, Problem):
                    problems[(one.shown.name, value.value)] += 1
            opened.append(values)
        names = [one.shown.name for one in self.sealed]
        as_json, as_csv = [], []
        for row, said in zip(batch, zip(*opened, strict=True), strict=True):
            as_json.append(joined(row[1], dict(zip(names, said, strict=True))))
            cells = [cell(str(one.label) if isinstance(one, Problem) else one) for one in said]
            as_csv.append(",".join([row[2], *cells] if self.plain else cells))
        return Lines(last, as_json, as_csv, problems)


def opened_column(one: SealedColumn, pairs: list[tuple[Any, Any]]) -> list[Any]:
    """The values of one column, each stored with its row; a `Problem` where one does not open."""
    contents = [(number, bytes_of(value)[one.skip :]) for number, (value, _row) in enumerate(pairs)]
    there = [(number, content) for number, content in contents if content]
    bound = [(content, str(pairs[number][1])) for number, content in there]
    found: list[Any] = [None] * len(pairs)
    plains = keyring.open_many(bound, table=one.table, column=one.column)
    for (number, _content), plain in zip(there, plains, strict=True):
        found[number] = _value_of(one, plain)
    return found


def _value_of(one: SealedColumn, plain: Any) -> Any:
    if plain is None:
        return Problem.NO_LONGER
    if not isinstance(plain, bytes):
        return Problem.UNREADABLE
    try:
        return one.value(plain)
    except ValueError:
        return Problem.UNREADABLE


def bytes_of(value: Any) -> bytes:
    """The stored bytes of a sealed value; empty for none."""
    if value is None:
        return b""
    content = getattr(value, "content", value)
    return bytes(content)


def is_sealed(shown: Shown) -> bool:
    """Whether the column lies sealed."""
    return isinstance(shown.column, (SealedTextField, BlindEmailField))


def is_text(shown: Shown) -> bool:
    """Whether the column may hold words of a person."""
    column = shown.column
    return column.related_model is not None or is_json(column) or isinstance(column, TEXT_LIKE)


def joined(head: str, said: dict[str, Any]) -> str:
    """The database's object, and what was opened here; what did not open is named beside it."""
    wrong = {
        name: value.value.lower() for name, value in said.items() if isinstance(value, Problem)
    }
    values = said
    if wrong:
        values = {name: None if name in wrong else value for name, value in said.items()}
        values["not_readable"] = wrong
    rest = ENCODE(values)
    return rest if head == "{}" else f"{head[:-1]}, {rest[1:]}"


def in_batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    """Two thousand rows at a time."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
