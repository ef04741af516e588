"""Rows of a table as lines of JSON and CSV, set-based: the database writes what is readable.

What is sealed comes along as it lies there and is opened here, all of it with one question to the
keyring for a whole batch. A value that does not open is left empty and named.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import models
from django.db.models import Func, TextField

from privacy import keyring
from privacy.export.enums import Problem
from privacy.fields import SealedTextField
from privacy.fields_email import COLUMN, PREFIX_BYTES, TABLE, BlindEmailField
from privacy.redaction import Shown, columns_shown, rows_shown, told
from privacy.registry import Declaration, JsonKeys
from privacy.registry.json_keys import is_json

BATCH = 2000
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
        return cls(shown, table, str(column.column), column.attname, "seal_id", 0, keys)

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
        rows = (
            rows.order_by("pk")
            .annotate(
                as_json=JsonText(names, *values),
                as_csv=CsvText([is_text(one) for one in self.plain], *values),
            )
            .values_list(*columns)[:limit]
        )
        places = [(columns.index(one.source), columns.index(one.row)) for one in self.sealed]
        for batch in _batches(rows.iterator(BATCH)):
            yield self._written(batch, places)

    def _written(self, batch: list[Any], places: list[tuple[int, int]]) -> Lines:
        last = batch[-1][0]
        if not places:
            return Lines(last, [row[1] for row in batch], [row[2] for row in batch], Counter())
        problems: Counter[tuple[str, str]] = Counter()
        opened = [
            self._opened(one, [(row[source], row[bound]) for row in batch], problems)
            for one, (source, bound) in zip(self.sealed, places, strict=True)
        ]
        as_json, as_csv = [], []
        for row, values in zip(batch, zip(*opened, strict=True), strict=True):
            said = dict(zip((one.shown.name for one in self.sealed), values, strict=True))
            as_json.append(_joined(row[1], said))
            cells = [cell(str(v.label) if isinstance(v, Problem) else v) for v in values]
            as_csv.append(",".join([row[2], *cells] if self.plain else cells))
        return Lines(last, as_json, as_csv, problems)

    def _opened(
        self, one: SealedColumn, pairs: list[tuple[Any, Any]], problems: Counter[tuple[str, str]]
    ) -> list[Any]:
        """The values of one column, or what is wrong with them."""
        contents = [bytes_of(value)[one.skip :] for value, _row in pairs]
        prefetch(content for content in contents if content)
        found: list[Any] = []
        for content, (_value, row) in zip(contents, pairs, strict=True):
            value = open_one(one, content, row) if content else None
            if isinstance(value, Problem):
                problems[(one.shown.name, value.value)] += 1
            found.append(value)
        return found


def open_one(one: SealedColumn, content: bytes, row: Any) -> Any:
    """The value, or the problem with it."""
    try:
        plain = keyring.open_value(content, table=one.table, column=one.column, row=str(row))
        return Problem.NO_LONGER if plain is None else one.value(plain)
    except (InvalidTag, keyring.KeyMissing, ValueError):
        return Problem.UNREADABLE


def prefetch(contents: Iterable[bytes]) -> None:
    """Open every key of these values with one question; a damaged value names none."""
    wanted = set()
    for content in contents:
        try:
            wanted.add(keyring.key_id_of(content))
        except InvalidTag:
            continue
    keyring.fetch_keys(wanted)


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


def _joined(head: str, said: dict[str, Any]) -> str:
    """The database's object, and what was opened here; what did not open is named beside it."""
    wrong = {
        name: value.value.lower() for name, value in said.items() if isinstance(value, Problem)
    }
    values = {name: None if name in wrong else value for name, value in said.items()}
    if wrong:
        values["not_readable"] = wrong
    rest = json.dumps(values, ensure_ascii=False)
    return rest if head == "{}" else f"{head[:-1]}, {rest[1:]}"


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
