"""Many rows, a few at a time."""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.models import QuerySet


def read_through(rows: "QuerySet[Any, Any]", at_once: int) -> Iterator[Any]:
    """All of these rows by a cursor on the server; constant memory.

    PostgreSQL plans a cursor for a reader who stops after a tenth, and walks a key of millions to
    find the first rows of one person soon. Inside a transaction it is told that all are wanted.
    """
    connection = connections[rows.db]
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
    yield from rows.iterator(at_once)
