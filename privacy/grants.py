"""What the application's roles may do in the databases: as little as they need.

The owner of the tables migrates. The application's role reads and writes rows; on a ledger it may
only insert and read; it makes, changes and drops no table.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from common.append_only import append_only_models

MIGRATIONS_TABLE = "django_migrations"


def role_of(alias: str) -> str:
    """The role as which the application works in this database."""
    return str(settings.APPLICATION_ROLES[alias])


def ledger_tables(alias: str) -> list[str]:
    """The tables of this database that only grow."""
    return sorted(
        model._meta.db_table
        for model in append_only_models()
        if router.db_for_write(model) == alias
    )


def grant(using: str, **_kwargs: Any) -> None:
    """Give the application's role its rights, in one transaction. Receives `post_migrate`.

    Does nothing where the tables belong to the application's role itself, which
    `refuse_strong_roles` reports, or to somebody else.
    """
    connection = connections[using]
    role = role_of(using)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role or MIGRATIONS_TABLE not in _tables(connection, cursor):
            return
        for statement in _statements(connection, using, role, _tables(connection, cursor)):
            cursor.execute(statement)


def _tables(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> set[str]:
    return set(connection.introspection.table_names(cursor))


def _statements(
    connection: BaseDatabaseWrapper, using: str, role: str, existing: set[str]
) -> list[str]:
    quote = connection.ops.quote_name
    to = quote(role)
    tables = [table for table in ledger_tables(using) if table in existing]
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {to}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {to}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {to}",
        f"REVOKE INSERT, UPDATE, DELETE ON {quote(MIGRATIONS_TABLE)} FROM {to}",
    ]
    statements += [f"REVOKE UPDATE, DELETE, TRUNCATE ON {quote(name)} FROM {to}" for name in tables]
    return statements


# --- At the start -----------------------------------------------------------------------


def refuse_strong_roles() -> None:
    """Raise `ImproperlyConfigured` when a process would work under a role that may do too much.

    Called as web server and worker start. A database that does not answer is for /readyz to tell.
    """
    for alias in connections:
        try:
            found = too_strong(alias)
        except DatabaseError:
            continue
        finally:
            connections[alias].close()
        if found:
            raise ImproperlyConfigured(f"{alias}: {' '.join(found)}")


def too_strong(alias: str) -> list[str]:
    """Sentences about everything that the present role may do and should not."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
                   has_schema_privilege(current_user, 'public', 'CREATE'),
                   has_database_privilege(current_user, current_database(), 'CREATE')
              FROM pg_roles WHERE rolname = current_user
            """
        )
        role, superuser, makes_roles, makes_databases, bypasses, creates, extends = (
            cursor.fetchone()
        )
        # Membership counts, not only the name: a member may do what the owner may.
        cursor.execute(
            """
            SELECT count(*) FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
               AND pg_has_role(current_user, relowner, 'MEMBER')
            """
        )
        (owned,) = cursor.fetchone()
        changeable = _changeable_ledgers(cursor, alias)
    wrong = {
        "is a superuser": superuser,
        "may make roles": makes_roles,
        "may make databases": makes_databases,
        "bypasses row security": bypasses,
        "may create tables": creates or extends,
        "owns tables": bool(owned),
        f"may change {', '.join(changeable)}": bool(changeable),
    }
    return [
        f"The role {role} {what}; use one that only reads and writes rows (docs/operations.md)."
        for what, holds in wrong.items()
        if holds
    ]


def _changeable_ledgers(cursor: CursorWrapper, alias: str) -> list[str]:
    cursor.execute(
        """
        SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)
           AND has_table_privilege(current_user, oid, 'UPDATE, DELETE, TRUNCATE')
         ORDER BY relname
        """,
        [[*ledger_tables(alias), MIGRATIONS_TABLE]],
    )
    return [name for (name,) in cursor.fetchall()]
