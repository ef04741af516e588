"""Seal a plain column of a filled table: add the sealed one, fill it by this run, drop the plain.

    seals(Address, plain="street_plain", sealed="street")

in the app's `tasks.py` declares it. See docs/sealing-a-column.md.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.keyring import data
from privacy.models import Run, RunStep
from privacy.resealing import sealed_columns, target_keys
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.kinds import Chunk, Cursor, run_kind

KIND = "privacy.seal_column"
AT_ONCE = 1000


class NotDeclared(LookupError):
    """Nobody declared that this column is sealed by a run."""


@dataclass(frozen=True)
class Sealing:
    """A plain column whose values move into a sealed one."""

    model: type[SealedModel]
    plain: str
    sealed: str

    @property
    def name(self) -> str:
        """How a run calls it."""
        return f"{self.model._meta.label}.{self.plain}"

    @property
    def indexes(self) -> list[BlindIndexField]:
        """The blind indexes that follow the sealed column."""
        columns = self.model._meta.concrete_fields
        found = [one for one in columns if isinstance(one, BlindIndexField)]
        return [one for one in found if one.source == self.sealed]

    def left(self) -> "models.QuerySet[Any]":
        """Rows whose value still stands in the plain column."""
        return self.model._base_manager.exclude(
            Q(**{f"{self.plain}__isnull": True}) | Q(**{self.plain: ""})
        )


_declared: dict[str, Sealing] = {}


def seals(model: type[SealedModel], *, plain: str, sealed: str) -> Sealing:
    """Declare that the plain column is emptied into the sealed one."""
    sealing = Sealing(model, plain, sealed)
    _declared[sealing.name] = sealing
    return sealing


def start(name: str, *, requested_by: UUID | None = None) -> Run:
    """Begin to seal what a declared column still holds in plain. Raises `NotDeclared`."""
    sealing = _declared.get(name)
    if sealing is None:
        raise NotDeclared(name)
    parts = [Part(sealing.name, expected=sealing.left().count())]
    return engine.start(KIND, parts=parts, requested_by=requested_by)


def is_over(name: str) -> bool:
    """Whether nothing is left in plain, so that a migration may drop the column."""
    return not _declared[name].left().exists()


@run_kind(KIND, label=_("Sealing of a column"), cancel_is_safe=True)
def seal_chunk(step: RunStep, cursor: Cursor) -> Chunk:
    """Seal one chunk of rows, in the order of their keys.

    A row is exchanged only while the plain value that was sealed still stands there, so a writer
    beside us wins; and again from the start until a pass finds nothing left.
    """
    sealing = _declared.get(step.name)
    if sealing is None:
        raise NotDeclared(step.name)
    rows = sealing.left().order_by("pk")
    if "after" in cursor:
        rows = rows.filter(pk__gt=cursor["after"])
    taken = list(
        rows.values("pk", "subject", "seal_id", sealing.plain)[: min(step.run.pace, AT_ONCE)]
    )
    if not taken:
        return Chunk({}, done=is_over(step.name))
    number = _seal(sealing, taken)
    return Chunk({"after": taken[-1]["pk"]}, {"rows": number} if number else {})


def _seal(sealing: Sealing, taken: list[dict[str, Any]]) -> int:
    model = sealing.model
    field = model._meta.get_field(sealing.sealed)
    assert isinstance(field, SealedTextField)
    column = next(one for one in sealed_columns(model) if one.name == sealing.sealed)
    people = dict.fromkeys((row["subject"] for row in taken), "ACTIVE")
    keys = target_keys(people, model.key_class)
    exchanges: list[tuple[Any, ...]] = []
    for row in taken:
        plain = row[sealing.plain]
        held: data.Held = keys[row["subject"]]
        sealed = column.seal(held, field.to_plain(plain), str(row["seal_id"]))
        found = [one.index_of(str(plain)) for one in sealing.indexes]
        exchanges.append((row["pk"], str(plain), sealed, *found))
    return _exchange(sealing, exchanges)


def _exchange(sealing: Sealing, exchanges: list[tuple[Any, ...]]) -> int:
    """Put the sealed value in and empty the plain one, where that is still the one we read."""
    connection: Any = connections["default"]
    quote = connection.ops.quote_name
    meta = sealing.model._meta
    plain, sealed = meta.get_field(sealing.plain), meta.get_field(sealing.sealed)
    assert meta.pk is not None
    assert isinstance(plain, models.Field)
    assert isinstance(sealed, models.Field)
    key, kind = quote(str(meta.pk.column)), meta.pk.rel_db_type(connection)
    emptied = "NULL" if plain.null else "''"
    source = quote(str(plain.column))
    binary = connection.Database.Binary
    names = [quote(str(one.column)) for one in sealing.indexes]
    also = "".join(f", {name} = v.i{place}" for place, name in enumerate(names))
    arrays = "".join(", %s::text[]" for _ in names)
    columns = "".join(f", i{place}" for place in range(len(names)))
    keys, plains, contents, *found = zip(*exchanges, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} AS t "  # noqa: S608 - names of ours
            f"SET {quote(str(sealed.column))} = v.sealed, {source} = {emptied}{also} "
            f"FROM unnest(%s::{kind}[], %s::text[], %s::bytea[]{arrays}) "
            f"AS v(key, plain, sealed{columns}) "
            f"WHERE t.{key} = v.key AND t.{source} = v.plain",
            [list(keys), list(plains), [binary(one) for one in contents], *map(list, found)],
        )
        return int(cursor.rowcount)
