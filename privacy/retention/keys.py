"""Keys of rows that end by age: a month's keys go as a whole, when its last row has ended.

Rows of these classes are sealed under a key of their person and of a month, never one earlier than
the month in which the row was written. So once no row is left that was written in a month or
before, the keys of that month open nothing. Rows that a hold or a wish keeps beyond their time are
first sealed anew under a key of their own, or one of them would keep everybody's keys; the key that
they had waits for the backups in which they still lie under it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import DateTimeField, Min, Q, QuerySet
from django.utils import timezone

from privacy import keyring, resealing
from privacy.enums import KeyClass
from privacy.fields import SealedModel
from privacy.keyring import ending
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
    ripe = ending.living().filter(
        ending.ripe(), key_class=key_class, bucket__gt="", bucket__lt=last
    )
    return list(ripe.order_by("bucket").values_list("bucket", flat=True).distinct())


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


def _leftovers(model: type[SealedModel], bucket: str) -> "QuerySet[Any]":
    """Rows of that month or before which are still here: something keeps them beyond their time."""
    before = _end_of(bucket) + SETTLED
    return model._base_manager.filter(**{f"{written_at(model)}__lt": before}).order_by("pk")


def destroy_ended(cursor: Cursor, as_of: datetime) -> Chunk:
    """One bounded piece of work: a month of one class, then what became of keys that moved on.

    Rows are sealed anew in one transaction, and their keys destroyed in a later one.
    """
    done = set(cursor.get("done", []))
    for key_class in sorted(keyring.BUCKETED):
        for bucket in ended_buckets(KeyClass(key_class), as_of):
            name = f"{key_class}:{bucket}"
            if name not in done:
                return _deal_with(KeyClass(key_class), bucket, name, cursor)
    moved, destroyed = resealing.destroy_retired()
    if moved or destroyed:
        return Chunk(cursor, {"sealed_anew": moved} if moved else {"keys": destroyed})
    return _destroy_unused(cursor)


def _deal_with(key_class: KeyClass, bucket: str, name: str, cursor: Cursor) -> Chunk:
    """Row after row, table after table; when all were looked at, the keys go."""
    models = sealed_models(key_class)
    if cursor.get("bucket") != name:
        cursor = {**cursor, "bucket": name, "table": 0, "after": 0}
    table = int(cursor["table"])
    if table < len(models):
        rows = _leftovers(models[table], bucket).filter(pk__gt=cursor["after"])
        only = Q(key_class=key_class, bucket=bucket)
        moved, last, seen = resealing.move(models[table], rows[:AT_ONCE], KeyClass.HELD, only=only)
        if seen:
            return Chunk({**cursor, "after": last}, {"sealed_anew": moved} if moved else {})
        return Chunk({**cursor, "table": table + 1, "after": 0})
    number = keyring.destroy_bucket(key_class, bucket)
    done = sorted({*cursor.get("done", []), name})
    return Chunk({"done": done}, {"keys": number} if number else {})


def _destroy_unused(cursor: Cursor) -> Chunk:
    """Keys of rows that were kept on their own go with the last of those rows."""
    place = int(cursor.get("class", 0))
    if place >= len(resealing.KEPT_ON_THEIR_OWN):
        return Chunk(cursor, done=True)
    key_class = resealing.KEPT_ON_THEIR_OWN[place]
    keys = ending.living().filter(
        key_class=key_class, retired_at=None, created_at__lt=timezone.now() - SETTLED
    )
    if "unused" in cursor:
        keys = keys.filter(pk__gt=UUID(cursor["unused"]))
    found = list(keys.order_by("pk")[:AT_ONCE])
    if not found:
        return Chunk({"done": cursor.get("done", []), "class": place + 1})
    number = 0
    for subject in sorted(resealing.unused(found)):
        number += keyring.destroy_keys(subject, [key_class])
    after = {**cursor, "class": place, "unused": str(found[-1].pk)}
    return Chunk(after, {"keys": number} if number else {})
