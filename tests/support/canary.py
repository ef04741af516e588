"""A row of every declared table for a person, each text filled with a word found nowhere else.

Rows are made from the declarations, so that a new table takes part without a line here. A table
that the database constrains further, or that refers to something of the catalogue, says so in
`GIVEN` or `WORLD`; a table whose rows the mall makes by itself stands in `MADE_BY_THE_MALL`.
"""

import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import NOT_PROVIDED
from django.utils import timezone

from accounts.models import Phone, Profile, User
from catalog.models import Variant
from orders.models import Order
from privacy.erasure.enums import CaseState
from privacy.fields import BlindIndexField, SealedJSONField, SealedTextField
from privacy.fields_email import BlindEmailField, SealedCopyField
from privacy.models import DataKey, ErasureCase, Receipt
from privacy.registry import Category, Declaration, declarations_in_order, registry
from privacy.registry.json_keys import is_json, parts_of
from stores.models import Store
from tests.orders.world import shop

_numbers = itertools.count(1)

MADE_BY_THE_MALL: dict[type[models.Model], Callable[[Any], Any]] = {
    User: lambda person: person,
    Profile: lambda person: Profile.objects.get(user=person),
    Phone: lambda person: Phone.objects.get(user=person),
    EmailAddress: lambda person: EmailAddress.objects.get(user=person),
    DataKey: lambda person: DataKey.objects.filter(subject=person.subject).first(),
}
"""Rows that stand there as soon as there is a person."""

GIVEN: dict[type[models.Model], Mapping[str, Any]] = {
    Order: {"goods_total": 1, "shipping_fee": 0, "total": 1},
    ErasureCase: {"state": CaseState.UNDONE},
    Receipt: {"state": "COMPLETE"},
}
"""What the database asks of the columns of a row among themselves."""


@dataclass
class Planted:
    """What was planted for one person."""

    person: Any
    rows: dict[str, models.Model] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    def all_words(self) -> set[str]:
        """Every word of this person."""
        return {word for columns in self.words.values() for word in columns.values()}


class NoFiller(Exception):
    """A row of this table could not be made: say how in tests/support/canary.py."""


def world() -> dict[type[models.Model], models.Model]:
    """What rows about people refer to without being about people."""
    goods = shop("canary-hill").goods("CANARY-1")
    return {
        Store: goods.product.store,
        Variant: goods,
        ContentType: ContentType.objects.get_for_model(User),
    }


def plant(person: Any, around: Mapping[type[models.Model], models.Model]) -> Planted:
    """Make a row of every declared table for this person, what is referred to first."""
    planted = Planted(person)
    for declaration in reversed(declarations_in_order()):
        try:
            _plant(declaration, planted, around)
        except Exception as reason:
            raise NoFiller(f"{declaration.label}: {reason}") from reason
    return planted


def _plant(
    declaration: Declaration,
    planted: Planted,
    around: Mapping[type[models.Model], models.Model],
) -> None:
    model = declaration.model
    existing = MADE_BY_THE_MALL.get(model)
    row = existing(planted.person) if existing else _bare(declaration, planted, around)
    words: dict[str, str] = {}
    for column in model._meta.concrete_fields:
        if column.name in declaration.data.fields:
            words |= _fill(declaration, row, column)
    for name, value in GIVEN.get(model, {}).items():
        setattr(row, name, value)
    row.save(force_insert=existing is None)
    planted.rows[declaration.label] = row
    planted.words[declaration.label] = words


# --- A row that the database takes ------------------------------------------------------


def _bare(
    declaration: Declaration,
    planted: Planted,
    around: Mapping[type[models.Model], models.Model],
) -> models.Model:
    model = declaration.model
    values: dict[str, Any] = {}
    named = {declaration.data.person, "subject"}
    for column in model._meta.concrete_fields:
        if isinstance(column, (models.AutoField, BlindIndexField)):
            continue
        if isinstance(column, models.UUIDField) and column.name in named:
            values[column.name] = planted.person.subject
        elif column.related_model is not None:
            values[column.name] = _referred(column, planted, around)
        elif _needs_a_value(column):
            values[column.name] = _value(column)
    return model(**values)


def _needs_a_value(column: Any) -> bool:
    if column.has_default() or column.db_default is not NOT_PROVIDED:
        return False
    is_text = isinstance(column, (models.CharField, models.TextField))
    return is_text or not (column.null or column.empty_strings_allowed)


def _referred(
    column: Any, planted: Planted, around: Mapping[type[models.Model], models.Model]
) -> models.Model | None:
    target = column.related_model
    if target is get_user_model():
        return planted.person
    declared = registry.declaration_of(target)
    if declared is not None:
        return planted.rows.get(declared.label)
    found = around.get(target)
    if found is None and not column.null:
        raise NoFiller(f"name a {target._meta.label} in world()")
    return found


def _value(column: Any) -> Any:
    if column.choices:
        return column.choices[0][0]
    for kind, make in VALUES.items():
        if isinstance(column, kind):
            return make()
    return {} if is_json(column) else word(getattr(column, "max_length", None))


VALUES: dict[type[Any], Callable[[], Any]] = {
    models.DateTimeField: lambda: timezone.now() - timedelta(seconds=next(_numbers)),
    models.DateField: timezone.localdate,
    models.UUIDField: uuid.uuid4,
    models.GenericIPAddressField: lambda: "192.0.2.1",
    models.BinaryField: lambda: b"canary",
    models.BooleanField: lambda: False,
    models.IntegerField: lambda: 1,
}
"""What a column takes when nothing else is said; text columns take a word."""


# --- Words ------------------------------------------------------------------------------


def word(length: int | None = None) -> str:
    """A word that stands nowhere else; short columns get a short one."""
    number = next(_numbers)
    whole = f"canary{number:05d}{uuid.uuid4().hex[:6]}"
    if length is None or length >= len(whole):
        return whole
    return f"{number:0{length}x}"[-length:]


def _fill(declaration: Declaration, row: Any, column: Any) -> dict[str, str]:
    """Put words into a declared column; which keys got which word."""
    what = declaration.data.fields[column.name]
    if isinstance(column, (BlindEmailField, SealedCopyField)):
        return _fill_email(row, column)
    if is_json(column):
        return _fill_json(declaration, row, column)
    is_text = isinstance(column, (models.CharField, models.TextField, SealedTextField))
    if not is_text or column.choices or isinstance(column, SealedJSONField):
        return {}
    found = word(getattr(column, "max_length", None))
    if what.category == Category.CONTACT:
        found = f"+86139{next(_numbers):08d}"
    setattr(row, column.name, found)
    return {column.name: found}


def _fill_email(row: Any, column: Any) -> dict[str, str]:
    if isinstance(column, SealedCopyField):
        return {}
    row.email = f"{word()}@person.example"
    return {column.name: row.email}


def _put(content: Any, parts: list[str], found: str) -> Any:
    """The content with a word at the end of a path of keys and list places."""
    if not parts:
        return found
    if parts[0] == "[]":
        inner = content if isinstance(content, list) and content else [{}]
        return [_put(inner[0], parts[1:], found)]
    whole = content if isinstance(content, dict) else {}
    return {**whole, parts[0]: _put(whole.get(parts[0], {}), parts[1:], found)}


def _fill_json(declaration: Declaration, row: Any, column: Any) -> dict[str, str]:
    content: Any = {}
    words = {}
    for path in declaration.data.json_keys.get(column.name, {}):
        parts = parts_of(path)
        found = words[f"{column.name}.{path}"] = word()
        content = _put(content, parts, found)
    setattr(row, column.name, content)
    return words
