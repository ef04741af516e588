"""Rows move to another key: opened, sealed anew and exchanged, set-based and beside writers.

    keyring.reseal_rows(declaration, rows, key_class=KeyClass.STATUTORY)

The new key is committed first. The old keys are marked *retired* before the first row moves, so a
restore of a backup that holds a row under the old key finds that key as long as the backup opens.
Each value is exchanged only where the old bytes still stand: what a writer put there meanwhile
stays. Nothing is shown, so blocked rows move too, and stay blocked.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db import connections, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from privacy import keyring
from privacy.enums import KeyClass, KeyState
from privacy.fields import Sealed, SealedModel, SealedTextField
from privacy.fields_email import COLUMN as EMAIL_COLUMN
from privacy.fields_email import PREFIX_BYTES, SealedCopyField
from privacy.keyring import data, ending
from privacy.models import DataKey
from privacy.registry import Declaration, registry, subject_path

log = logging.getLogger(__name__)

AT_ONCE = 500


KEPT_ON_THEIR_OWN = (KeyClass.HELD, KeyClass.STATUTORY)
"""Classes whose keys open rows that something keeps, one key for each person."""


class NotSealed(TypeError):
    """The table has no sealed columns."""


@dataclass(frozen=True)
class SealedColumn:
    """A column that holds sealed bytes, and where each value is bound to."""

    model: type[models.Model]
    name: str
    column: str
    bound: str
    """The field whose value names the row in the seal."""
    place: str
    """The column's name in the seal."""
    prefix: int = 0

    def content(self, stored: Any) -> bytes:
        """The sealed bytes of what the column holds."""
        raw = stored.content if isinstance(stored, Sealed) else bytes(stored)
        return raw[self.prefix :]

    def open(self, key: bytes, stored: bytes, bound: str) -> bytes:
        """The plain bytes."""
        return data.open_under(key, stored, **self._where(bound))

    def seal(self, held: data.Held, plain: bytes, bound: str) -> bytes:
        """The same, under another key."""
        return data.seal_under(held, plain, **self._where(bound))

    def _where(self, bound: str) -> dict[str, str]:
        return {"table": self.model._meta.db_table, "column": self.place, "row": bound}


def sealed_columns(model: type[models.Model]) -> list[SealedColumn]:
    """Every sealed column of a table."""
    found = []
    for column in model._meta.concrete_fields:
        name, stands = column.attname, str(column.column)
        if isinstance(column, SealedTextField):
            found.append(SealedColumn(model, name, stands, "seal_id", stands))
        elif isinstance(column, SealedCopyField):
            found.append(
                SealedColumn(model, name, stands, EMAIL_COLUMN, EMAIL_COLUMN, PREFIX_BYTES)
            )
    return found


def sealed_models() -> list[type[models.Model]]:
    """Every table that keys of people open."""
    return [model for model in apps.get_models() if sealed_columns(model)]


def owner_path(model: type[models.Model]) -> str:
    """The path from a row to the person whose keys seal it."""
    if issubclass(model, SealedModel):
        return "subject"
    declaration = registry.declaration_of(model)
    path = subject_path(declaration) if declaration is not None else None
    if path is None:
        raise NotSealed(model._meta.label)
    return path


# --- Moving -----------------------------------------------------------------------------


def reseal_rows(
    declaration: Declaration,
    rows: "QuerySet[Any]",
    *,
    key_class: KeyClass,
    subject: UUID | None = None,
) -> int:
    """Seal these rows under their person's present key of another class; returns how many moved.

    `subject` narrows them to one person. A row that is under that key already is left; so is a
    value whose key is destroyed. Repeatable, and works in the caller's transaction if there is one.
    """
    chosen = rows if subject is None else rows.filter(**{owner_path(declaration.model): subject})
    number = 0
    after: Any = None
    while True:
        found = chosen.order_by("pk") if after is None else chosen.filter(pk__gt=after)
        moved, after, seen = move(declaration.model, found.order_by("pk")[:AT_ONCE], key_class)
        number += moved
        if seen < AT_ONCE:
            return number


def move(
    model: type[models.Model],
    rows: "QuerySet[Any]",
    key_class: KeyClass,
    *,
    only: Q | None = None,
) -> tuple[int, Any, int]:
    """Move one chunk of rows; returns how many moved, the last one's key, how many were seen.

    `only` says from which keys values move; from all but the target's otherwise.
    """
    columns = sealed_columns(model)
    if not columns:
        raise NotSealed(model._meta.label)
    names = list(dict.fromkeys([owner_path(model), *(one.bound for one in columns)]))
    stored = [one.name for one in columns]
    taken = list(rows.values("pk", *names, *stored))
    if not taken:
        return 0, None, 0
    with keyring.moving():
        moved = _move(model, columns, taken, key_class, only or Q())
    return moved, taken[-1]["pk"], len(taken)


@dataclass(frozen=True)
class _Value:
    column: SealedColumn
    pk: Any
    subject: UUID
    bound: str
    stored: bytes
    key_id: UUID


def _values(
    model: type[models.Model], columns: list[SealedColumn], taken: list[dict[str, Any]]
) -> Iterator[_Value]:
    owner = owner_path(model)
    for row in taken:
        for column in columns:
            stored = row[column.name]
            if stored is None or row[owner] is None:
                continue
            content = column.content(stored)
            whole = stored.content if isinstance(stored, Sealed) else bytes(stored)
            yield _Value(
                column,
                row["pk"],
                row[owner],
                str(row[column.bound]),
                whole,
                keyring.key_id_of(content),
            )


def _move(
    model: type[models.Model],
    columns: list[SealedColumn],
    taken: list[dict[str, Any]],
    key_class: KeyClass,
    only: Q,
) -> int:
    values = list(_values(model, columns, taken))
    keys = ending.living().filter(only, pk__in={one.key_id for one in values})
    sources = {row.pk: row for row in keys}
    targets = target_keys(
        {one.subject: _state(sources, one) for one in values if one.key_id in sources}, key_class
    )
    going = [
        one
        for one in values
        if one.key_id in sources
        and one.subject in targets
        and targets[one.subject].key_id != one.key_id
    ]
    if not going:
        return 0
    ending.retire({one.key_id for one in going})
    opened = {key_id: data.held_of(sources[key_id]) for key_id in {one.key_id for one in going}}
    by_column: dict[str, list[tuple[Any, bytes, bytes]]] = {}
    for one in going:
        key = opened[one.key_id].key
        assert key is not None
        try:
            plain = one.column.open(key, one.stored[one.column.prefix :], one.bound)
        except InvalidTag:
            # Damaged: nobody reads it under any key, and the others must not wait for it.
            log.exception("a sealed value does not open", extra={"kind": model._meta.label})
            continue
        fresh = one.column.seal(targets[one.subject], plain, one.bound)
        exchange = (one.pk, one.stored, one.stored[: one.column.prefix] + fresh)
        by_column.setdefault(one.column.column, []).append(exchange)
    with transaction.atomic():
        for column, exchanges in by_column.items():
            _exchange(model, column, exchanges)
    return len({pk for exchanges in by_column.values() for pk, _old, _fresh in exchanges})


def _state(sources: dict[UUID, DataKey], value: _Value) -> str:
    return sources[value.key_id].state


def target_keys(people: dict[UUID, str], key_class: KeyClass) -> dict[UUID, data.Held]:
    """The present key of each person in the class; one that is made takes over the state given.

    Whose key of the class is destroyed gets none, but of the classes for what is kept on its own:
    there the last row may have gone, and another one is kept now.
    """
    bucket = data.bucket_of(key_class)
    rows = DataKey.objects.using(keyring.ALIAS)
    if key_class in KEPT_ON_THEIR_OWN:
        rows.filter(
            subject__in=list(people),
            key_class=key_class,
            retired_at=None,
            state=KeyState.DESTROYED,
        ).update(retired_at=timezone.now())
    present = rows.filter(
        subject__in=list(people), key_class=key_class, bucket=bucket, retired_at=None
    ).exclude(state=KeyState.DESTROYED)
    missing = set(people) - set(present.values_list("subject", flat=True))
    if missing:
        data.refuse_in_transaction()
        made = [data.drawn(one, key_class, bucket, state=people[one]) for one in sorted(missing)]
        rows.bulk_create(made, ignore_conflicts=True)
    return {row.subject: data.held_of(row) for row in present.all()}


def _exchange(
    model: type[models.Model], column: str, exchanges: list[tuple[Any, bytes, bytes]]
) -> None:
    """Put the new bytes where the old ones still stand."""
    connection: Any = connections["default"]
    quote = connection.ops.quote_name
    meta = model._meta
    assert meta.pk is not None
    key, kind = quote(str(meta.pk.column)), meta.pk.rel_db_type(connection)
    table, name = quote(meta.db_table), quote(column)
    binary = connection.Database.Binary
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS t SET {name} = v.fresh "  # noqa: S608 - names of ours
            f"FROM unnest(%s::{kind}[], %s::bytea[], %s::bytea[]) AS v(key, old, fresh) "
            f"WHERE t.{key} = v.key AND t.{name} = v.old",
            [
                [pk for pk, _old, _fresh in exchanges],
                [binary(old) for _pk, old, _fresh in exchanges],
                [binary(fresh) for _pk, _old, fresh in exchanges],
            ],
        )


# --- What is left under a key -----------------------------------------------------------


def destroy_retired() -> tuple[int, int]:
    """Deal with some retired keys that may go: move what is left under them, or else destroy them.

    Returns how many rows moved and how many keys were destroyed; both 0 when nothing is left. Rows
    are moved in one transaction and their keys destroyed in a later one, never in the same.
    """
    keys = ending.retired_and_ripe(AT_ONCE)
    if not keys:
        return 0, 0
    moved = 0
    for key_class in sorted({key.key_class for key in keys}):
        own = [key for key in keys if key.key_class == key_class]
        only = Q(pk__in=[key.pk for key in own])
        for model in sealed_models():
            rows = rows_under(model, own).order_by("pk")[:AT_ONCE]
            moved += move(model, rows, KeyClass(key_class), only=only)[0]
    if moved:
        return moved, 0
    return 0, ending.destroy_retired(keys)


def unused(keys: Iterable[DataKey]) -> set[UUID]:
    """The people among whose keys none opens a row any more."""
    given = list(keys)
    people = {key.subject for key in given}
    for model in sealed_models():
        if not people:
            break
        left = [key for key in given if key.subject in people]
        people -= set(rows_under(model, left).values_list(owner_path(model), flat=True))
    return people


def rows_under(model: type[models.Model], keys: Iterable[DataKey]) -> "QuerySet[Any]":
    """The rows of a table which one of these keys still opens, found through their people."""
    wanted = list(keys)
    owner = owner_path(model)
    rows = model._base_manager.filter(**{f"{owner}__in": {one.subject for one in wanted}})
    return rows.filter(_under(model, [one.pk for one in wanted]))


def _under(model: type[models.Model], key_ids: list[UUID]) -> Q:
    condition = Q(pk__in=[])
    for column in sealed_columns(model):
        condition |= Q(_KeyIn(column, key_ids))
    return condition


class _KeyIn(models.Func):
    """Whether one of these keys sealed the value: its id stands in the first bytes."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: SealedColumn, key_ids: list[UUID]) -> None:
        super().__init__(models.F(column.name))
        self.start, self.key_ids = column.prefix + 2, key_ids

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> Any:
        inner, values = compiler.compile(self.source_expressions[0])
        binary = connection.Database.Binary
        ids = [binary(one.bytes) for one in self.key_ids]
        start = int(self.start)
        return f"substring({inner} FROM {start} FOR 16) = ANY(%s::bytea[])", (*values, ids)
