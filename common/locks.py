"""Locks are taken in one order, late and once."""

import hashlib
from typing import TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def lock_rows(queryset: "models.QuerySet[Row]") -> list[Row]:
    """Lock the rows in primary-key order until the transaction ends."""
    return list(queryset.select_for_update().order_by("pk"))


def advisory_lock(name: str, key: str) -> None:
    """Hold a named lock until the transaction ends; `name` is a key space, `key` a thing in it."""
    digest = hashlib.sha256(f"{name}:{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
