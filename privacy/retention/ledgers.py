"""Ledgers only grow, and yet their rows end: the database itself lets go of them, not before time.

The application's role may not delete from a ledger. A function that belongs to the owner of the
tables deletes the rows that it is given, and only those whose time is over by the database's own
clock; the periods stand in it since `migrate`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import DateTimeField, Q

from common.append_only import AppendOnlyModel, append_only_models
from privacy.grants import role_of
from privacy.registry import Declaration, Retention, cutoff, registry

FUNCTION = "privacy_let_go"
SKEW = timedelta(minutes=5)


def own_clock(declaration: Declaration) -> str | None:
    """The column that says when a row of a ledger was written; nobody can change it afterwards."""
    for column in declaration.model._meta.concrete_fields:
        if isinstance(column, DateTimeField) and column.has_default():
            return str(column.name)
    for rule in declaration.rules:
        if rule.after and "__" not in rule.after:
            return rule.after
    return None


def shortest(declaration: Declaration) -> Retention:
    """The shortest of its periods: before that the database lets go of nothing."""
    rules = [one for rule in declaration.rules for one in (rule, rule.formerly) if one is not None]
    timed = [rule for rule in rules if not rule.is_account_life]
    return min(timed, key=lambda rule: (rule.years * 12 + rule.months, rule.days))


def own_time_over(declaration: Declaration, as_of: datetime) -> Q:
    """Rows written so long ago that the database lets go of them."""
    clock = own_clock(declaration)
    if clock is None:
        return Q(pk__in=[])
    return Q(**{f"{clock}__lt": cutoff(shortest(declaration), as_of)})


def database_clock() -> datetime:
    """What the database takes the time for."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def let_go(declaration: Declaration) -> str:
    """The SQL that removes the rows of an array of keys and returns how many."""
    return f"SELECT {FUNCTION}('{declaration.model._meta.db_table}', %s)"


# --- At migrate -------------------------------------------------------------------------


def make_door(using: str, **_kwargs: Any) -> None:
    """Write the function anew, as the owner. Receives `post_migrate`."""
    if using != "default":
        return
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role_of(using):
            return
        existing = set(connection.introspection.table_names(cursor))
        doors = [one for one in _doors() if one.model._meta.db_table in existing]
        if doors:
            for statement in _statements(doors, connection.ops.quote_name, role_of(using)):
                cursor.execute(statement)


def _doors() -> list[Declaration]:
    found = [registry.declaration_of(model) for model in append_only_models()]
    return sorted(
        (
            one
            for one in found
            if one is not None
            and one.alias == "default"
            and own_clock(one) is not None
            and any(not rule.is_account_life for rule in one.rules)
        ),
        key=lambda one: one.label,
    )


def _statements(doors: list[Declaration], quote: Any, role: str) -> list[str]:
    branches = "\n".join(_branch(one, quote) for one in doors)
    signature = f"public.{FUNCTION}(ledger text, keys bigint[])"
    return [
        f"""
        CREATE OR REPLACE FUNCTION {signature} RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
        DECLARE gone bigint;
        BEGIN
          CASE ledger
          {branches}
          ELSE RAISE EXCEPTION '% lets go of nothing', ledger;
          END CASE;
          GET DIAGNOSTICS gone = ROW_COUNT;
          RETURN gone;
        END $body$
        """,
        f"REVOKE ALL ON FUNCTION public.{FUNCTION}(text, bigint[]) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION public.{FUNCTION}(text, bigint[]) TO {quote(role)}",
    ]


def _branch(declaration: Declaration, quote: Any) -> str:
    meta, rule = declaration.model._meta, shortest(declaration)
    assert meta.pk is not None
    clock = own_clock(declaration)
    column = meta.get_field(clock).column  # type: ignore[arg-type, union-attr]
    months = rule.years * 12 + rule.months
    return (
        f"WHEN '{meta.db_table}' THEN DELETE FROM public.{quote(meta.db_table)} "  # noqa: S608 - names of ours
        f"WHERE {quote(meta.pk.column)} = ANY(keys) AND {quote(column)} < clock_timestamp() "
        f"- make_interval(months => {months}, days => {rule.days});"
    )


def is_ledger(declaration: Declaration) -> bool:
    """Whether its rows go through the door."""
    return issubclass(declaration.model, AppendOnlyModel)
