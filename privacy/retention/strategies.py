"""What becomes of a row at its end: it goes, is emptied, made general, or cut from its person."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db import OperationalError, connections, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.deletion import CASCADE, SET_NULL
from django.db.models.expressions import RawSQL

from privacy.fields import BlindIndexField, SealedModel
from privacy.registry import Declaration, Erasure, registry
from privacy.retention import ledgers

NOTHING: dict[type[Any], Any] = {
    models.CharField: "",
    models.TextField: "",
    models.JSONField: {},
    models.BooleanField: False,
    models.IntegerField: 0,
    models.BigIntegerField: 0,
    models.PositiveIntegerField: 0,
}
"""What an emptied column holds where it may not be NULL."""
PATIENCE = "50ms"
"""How long a chunk waits for a row that somebody else has locked."""
LOCK_NOT_AVAILABLE = "55P03"


class CannotEmpty(TypeError):
    """This column can hold nothing that says nothing; its declaration must say what else."""


def changes(declaration: Declaration) -> dict[str, Any]:
    """What each column becomes by a strategy that leaves the row, at the end of its time."""
    data = declaration.data
    if data.at_end == Erasure.DETACH:
        return _detached(declaration)
    return _become(declaration, dict.fromkeys((*data.fields, *data.secrets), data.at_end))


def changes_on_erasure(declaration: Declaration) -> dict[str, Any]:
    """What each column becomes when the person is erased and the row stays: each has its own."""
    data = declaration.data
    if data.on_erasure == Erasure.DETACH:
        named = dict.fromkeys((*data.secrets, *data.column_erasure))
        wanted = {name: declaration.erasure_of(name) for name in named}
        return _detached(declaration) | _become(declaration, wanted)
    named = dict.fromkeys((*data.fields, *data.secrets, *data.column_erasure))
    return _become(declaration, {name: declaration.erasure_of(name) for name in named})


def _detached(declaration: Declaration) -> dict[str, Any]:
    path = (declaration.data.person or "").partition("__")[0]
    return {path: None}


def _become(declaration: Declaration, wanted: Mapping[str, Erasure]) -> dict[str, Any]:
    """The new values; links to many rows of another table have a table of their own."""
    data, model = declaration.data, declaration.model
    found: dict[str, Any] = {}
    for name, strategy in wanted.items():
        column = model._meta.get_field(name)
        if strategy == Erasure.KEEP or column.many_to_many:
            continue
        assert isinstance(column, models.Field)
        if strategy == Erasure.GENERALISE and name in data.generalised:
            found[name] = data.generalised[name]
        else:
            found[name] = _nothing(column)
    for index in model._meta.concrete_fields:
        if isinstance(index, BlindIndexField):
            found[index.name] = None
    return found


def _nothing(column: "models.Field[Any, Any]") -> Any:
    if column.null:
        return None
    for kind, value in NOTHING.items():
        if isinstance(column, kind):
            return value
    raise CannotEmpty(str(column))


def left_to_do(declaration: Declaration) -> Q:
    """Rows on which the strategy has not been carried out yet."""
    conditions = []
    for name, value in changes(declaration).items():
        if value is None:
            conditions.append(Q(**{f"{name}__isnull": False}))
        elif not isinstance(value, models.expressions.Combinable):
            conditions.append(~Q(**{name: value}))
    return reduce(or_, conditions, Q(pk__in=[]))


def carry_out(declaration: Declaration, rows: "QuerySet[Any]") -> int:
    """Treat these rows as their declaration says; returns how many.

    A row that somebody else has locked is left.
    """
    if declaration.data.at_end != Erasure.DELETE:
        becomes = changes(declaration)
        return _all_but_locked(declaration, rows, lambda found: found.update(**becomes))
    if ledgers.is_ledger(declaration):
        return _through_the_door(declaration, rows)
    if _clinging(declaration.model):
        return remove(declaration, rows)[0]
    return _all_but_locked(
        declaration, rows, lambda found: int(found._raw_delete(declaration.alias) or 0)
    )


def _all_but_locked(
    declaration: Declaration, rows: "QuerySet[Any]", act: Callable[["QuerySet[Any]"], int]
) -> int:
    """Act on all rows by one plain statement; only where somebody holds one, lock the others first.

    Locking every row before it goes costs as much again as the deletion itself.
    """
    connection = connections[declaration.alias]
    try:
        with transaction.atomic(declaration.alias):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            number = act(rows)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = DEFAULT")
            return number
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
    keys = list(_locked(rows).values_list("pk", flat=True))
    return act(rows.model._base_manager.using(declaration.alias).filter(pk__in=keys))


def _locked(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    return rows.select_for_update(skip_locked=True, of=("self",))


def remove(declaration: Declaration, rows: "QuerySet[Any]") -> tuple[int, Any]:
    """Delete these rows and what clings to them; a row that somebody else has locked is left."""
    model = declaration.model
    clings = _clinging(model)
    if clings:
        keys = list(_locked(rows).values_list("pk", flat=True))
        for child, column, on_delete in clings:
            found = child._base_manager.filter(**{f"{column}__in": keys})
            if on_delete is SET_NULL:
                found.update(**{column: None})
            else:
                found._raw_delete(declaration.alias)
        model._base_manager.filter(pk__in=keys)._raw_delete(declaration.alias)
        return len(keys), keys[-1] if keys else None
    return _remove_at_once(declaration, rows)


def _clinging(model: type[models.Model]) -> list[tuple[type[models.Model], str, Any]]:
    """Tables that refer to this one and let go: of NULL, or without a declaration of their own."""
    found = []
    for relation in model._meta.related_objects:
        child: Any = relation.related_model
        undeclared = registry.declaration_of(child) is None
        if relation.on_delete is SET_NULL or (relation.on_delete is CASCADE and undeclared):
            found.append((child, relation.field.name, relation.on_delete))
    return found


def _remove_at_once(declaration: Declaration, rows: "QuerySet[Any]") -> tuple[int, Any]:
    """One statement: find, lock and delete by the place of the row, as plain SQL would."""
    connection = connections[declaration.alias]
    meta = declaration.model._meta
    assert meta.pk is not None
    assert meta.pk.column is not None
    quote = connection.ops.quote_name
    table, key = quote(meta.db_table), quote(meta.pk.column)
    here = RawSQL(f"{table}.ctid", ())  # noqa: S611 - names of ours
    places = _locked(rows).annotate(swept_ctid=here).values_list("swept_ctid")
    inner, values = places.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {table} WHERE ctid = ANY(ARRAY({inner})) "  # noqa: S608 - names of ours
            f"RETURNING {key} AS key) SELECT count(*), max(key) FROM gone",
            values,
        )
        number, last = cursor.fetchone()
    return number, last


def _through_the_door(declaration: Declaration, rows: "QuerySet[Any]") -> int:
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        return 0
    with connections[declaration.alias].cursor() as cursor:
        cursor.execute(ledgers.let_go(declaration), [keys])
        (number,) = cursor.fetchone()
    return int(number)


def is_sealed(declaration: Declaration) -> bool:
    """Whether its rows are opened by keys."""
    return issubclass(declaration.model, SealedModel)
