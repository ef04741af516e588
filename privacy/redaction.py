"""What a person may see of the rows about them: one answer for page, print, copy and counts.

Nothing of a secret, nothing that concerns somebody else and was not entered by the person, no row
of which the law forbids to tell; of what staff did, the role and the day. Of rows in which a person
only acted, their own copy holds time and action.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Case, F, QuerySet, When
from django.db.models.functions import TruncDay

from privacy.fields_email import SealedCopyField
from privacy.models import AuditEntry
from privacy.registry import (
    Declaration,
    JsonKeys,
    Personal,
    Registry,
    Text,
    acted_rows_of,
    registry,
    rows_of,
)
from privacy.registry.subjects import Person, is_account

NAMES_A_ROW = ("code", "sku", "slug", "number", "kind")
"""Columns that name a row to people; the first one that its table has."""
ALSO_SHOWN = frozenset({"currency"})
"""Not personal by itself, but without it an amount says little."""


@dataclass(frozen=True)
class Shown:
    """A column as its person sees it."""

    name: str
    label: Text
    column: Any
    value: Any
    """An expression of the row."""
    declared: Personal | None = None


def rows_shown(declaration: Declaration, person: Person) -> "QuerySet[Any]":
    """The person's rows of a table, without those of which nothing may be said."""
    rows = rows_of(declaration, person)
    hidden = declaration.data.not_told
    return rows if hidden is None else rows.exclude(hidden)


def acted_rows_shown(declaration: Declaration, person: Person) -> "QuerySet[Any]":
    """Rows of others in which the person acted; `actors` says which columns may be shown."""
    rows = acted_rows_of(declaration, person)
    hidden = declaration.data.not_told
    return rows if hidden is None else rows.exclude(hidden)


def counts_shown(person: Person, known: Registry = registry) -> dict[str, int]:
    """How many rows of each table the person may see, by label; tables without any left out."""
    counted = {one.label: rows_shown(one, person).count() for one in known.declarations()}
    return {label: number for label, number in counted.items() if number}


def columns_shown(declaration: Declaration) -> list[Shown]:
    """The columns of a table that its person may see, in the declared order."""
    data = declaration.data
    columns = {column.name: column for column in declaration.model._meta.concrete_fields}
    hidden = declaration.columns_about_others | set(data.secrets)
    found = [
        Shown(name, what.label, columns[name], _value(declaration, columns[name]), what)
        for name, what in data.fields.items()
        if name in columns and name not in hidden and not isinstance(columns[name], SealedCopyField)
    ]
    for name in data.other_fields:
        column = columns.get(name)
        if column is not None and name not in hidden and _says_more(column):
            found.append(Shown(name, _label_of(column), column, _value(declaration, column)))
    return found


def told(declared: JsonKeys, value: Any, path: str = "") -> Any:
    """A JSON value with the keys that say something about the person; the rest is the mall's own.

    Links that do something, and switches between sentences, are no news to anybody.
    """
    if isinstance(value, dict):
        found = {}
        for name, inner in value.items():
            here = f"{path}.{name}" if path else str(name)
            other = f"{path}.*" if path else "*"
            if any(_is_told(declared, one) for one in (here, other)):
                found[name] = told(declared, inner, here)
        return found
    if isinstance(value, list):
        return [told(declared, inner, f"{path}[]") for inner in value]
    return value


def _is_told(declared: JsonKeys, path: str) -> bool:
    """Whether the key, or one inside it, was declared personal."""
    return any(
        isinstance(what, Personal) and (known == path or known.startswith((f"{path}.", f"{path}[")))
        for known, what in declared.items()
    )


def acted_columns(declaration: Declaration) -> list[Any]:
    """The columns of time and action that whoever acted may see."""
    names = {name for one in declaration.data.actors for name in one.shows}
    return [column for column in declaration.model._meta.concrete_fields if column.name in names]


def path_of(column: Any) -> str:
    """The path to what names the row to which a column refers, or the column itself."""
    target = column.related_model
    if target is None:
        return str(column.name)
    known = {one.name for one in target._meta.concrete_fields}
    name = next((name for name in NAMES_A_ROW if name in known), "")
    return f"{column.name}__{name}" if name else f"{column.name}_id"


def _value(declaration: Declaration, column: Any) -> Any:
    if declaration.model is AuditEntry and column.name == "at":
        # Of what staff did, the day is enough.
        own = When(actor=F("subject"), then=F("at"))
        return Case(own, default=TruncDay("at"), output_field=models.DateTimeField())
    return F(path_of(column))


def _says_more(column: Any) -> bool:
    """Whether a column that is not personal ties the row to another one that people know."""
    if column.name in ALSO_SHOWN:
        return True
    target = column.related_model
    if target is None or is_account(target):
        return False
    return path_of(column) != f"{column.name}_id"


def _label_of(column: Any) -> Text:
    name: Text = column.verbose_name
    return name
