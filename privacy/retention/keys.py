"""Keys of rows that end by age: a month's keys go as a whole, when its last row has ended.

Rows of these classes are sealed under a key of their person and of a month, never one earlier than
the month in which the row was written. So once no row is left that was written in a month or
before, the keys of that month open nothing. Rows that a hold or a wish keeps beyond their time are
first sealed anew under the present month's key, or one of them would keep everybody's keys.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, Min, QuerySet

from privacy import keyring
from privacy.enums import KeyClass, KeyState
from privacy.fields import Sealed, SealedModel, SealedTextField, open_rows
from privacy.models import DataKey
from privacy.registry import registry
from privacy.retention import rules
from privacy.runs.kinds import Chunk, Cursor

SETTLED = timedelta(days=2)
"""Clocks may differ a little between a row and its key, and a transaction takes a while."""
AT_ONCE = 500


def sealed_models(key_class: KeyClass) -> list[type[SealedModel]]:
    """The tables that keys of this class open."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, SealedModel) and model.key_class == key_class
    ]


def written_at(model: type[SealedModel]) -> str | None:
    """The column that says when a row was written."""
    for column in model._meta.concrete_fields:
        if isinstance(column, DateTimeField) and column.has_default():
            return str(column.name)
    return None


def ended_buckets(key_class: KeyClass, as_of: datetime) -> list[str]:
    """The months of this class from which no row is left whose time is still running.

    A class one of whose tables does not say when its rows were written keeps its keys.
    """
    alive = _oldest_alive(key_class, as_of)
    if alive is None:
        return []
    last = (alive - SETTLED).astimezone(UTC).strftime("%Y-%m")
    active = DataKey.objects.using(keyring.ALIAS).filter(
        key_class=key_class, state=KeyState.ACTIVE, bucket__gt="", bucket__lt=last
    )
    return list(active.order_by("bucket").values_list("bucket", flat=True).distinct())


def _oldest_alive(key_class: KeyClass, as_of: datetime) -> datetime | None:
    """When the oldest row was written whose time is not over; now, when there is none."""
    oldest = as_of
    for model in sealed_models(key_class):
        clock, declaration = written_at(model), registry.declaration_of(model)
        if clock is None or declaration is None or not declaration.rules:
            return None
        over = rules.past(declaration, as_of).values("pk")
        rows = model._base_manager.exclude(pk__in=over)
        found = rows.aggregate(oldest=Min(clock))["oldest"]
        oldest = oldest if found is None else min(oldest, found)
    return oldest


def _end_of(bucket: str) -> datetime:
    """The first moment after the month, as the keyring counts months."""
    year, month = (int(part) for part in bucket.split("-"))
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _leftovers(key_class: KeyClass, bucket: str) -> "Iterator[QuerySet[Any]]":
    """Rows of that month or before which are still here: something keeps them beyond their time."""
    for model in sealed_models(key_class):
        before = _end_of(bucket) + SETTLED
        yield model._base_manager.filter(**{f"{written_at(model)}__lt": before}).order_by("pk")


def destroy_ended(cursor: Cursor, as_of: datetime) -> Chunk:
    """Deal with one month of one class: seal anew what stays, then destroy its keys."""
    done = set(cursor.get("done", []))
    for key_class in sorted(keyring.BUCKETED):
        for bucket in ended_buckets(KeyClass(key_class), as_of):
            name = f"{key_class}:{bucket}"
            if name not in done:
                return _deal_with(KeyClass(key_class), bucket, name, cursor)
    return Chunk(cursor, done=True)


def _deal_with(key_class: KeyClass, bucket: str, name: str, cursor: Cursor) -> Chunk:
    sealed = seal_anew(key_class, bucket)
    if sealed:
        return Chunk(cursor, {"sealed_anew": sealed})
    number = keyring.destroy_bucket(key_class, bucket)
    done = sorted({*cursor.get("done", []), name})
    return Chunk({**cursor, "done": done}, {"keys": number} if number else {})


def seal_anew(key_class: KeyClass, bucket: str) -> int:
    """Seal up to 500 rows that stay under the present month's key; returns how many."""
    number = 0
    for rows in _leftovers(key_class, bucket):
        for row in rows.iterator(chunk_size=AT_ONCE):
            columns = _columns_under(row, key_class, bucket)
            if columns:
                _seal_row_anew(row, columns)
                number += 1
            if number >= AT_ONCE:
                return number
    return number


def _columns_under(row: SealedModel, key_class: KeyClass, bucket: str) -> list[str]:
    """The sealed columns of this row that a key of that month opens."""
    found = {
        column.attname: keyring.key_id_of(value.content)
        for column in row._meta.concrete_fields
        if isinstance(column, SealedTextField)
        and isinstance(value := row.__dict__.get(column.attname), Sealed)
    }
    of_bucket = set(
        DataKey.objects.using(keyring.ALIAS)
        .filter(pk__in=set(found.values()), key_class=key_class, bucket=bucket)
        .values_list("pk", flat=True)
    )
    return [name for name, key_id in found.items() if key_id in of_bucket]


def _seal_row_anew(row: SealedModel, columns: list[str]) -> None:
    open_rows([row])
    for name in columns:
        # Without its memory of the old bytes, a value is sealed as if it were new.
        row.__dict__.pop(f"_sealed_{name}", None)
    row.save(update_fields=columns)
