"""Everything that stands in the databases, read as somebody who stole a copy would read it."""

import base64
import binascii
from collections.abc import Iterable, Iterator

from django.db import connections

DATABASES = ("default", "keyring")
TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


def dump(alias: str) -> Iterator[tuple[str, str]]:
    """The name of each table and each of its rows as text, as the owner of the tables sees them.

    Bytes are given as hexadecimal digits and as UTF-8, text that is base64 also decoded.
    """
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute("RESET ROLE")
        try:
            cursor.execute(TABLES)
            for schema, table in cursor.fetchall():
                cursor.execute(f'SELECT * FROM "{schema}"."{table}"')
                for row in cursor.fetchall():
                    yield table, " ".join(text for value in row for text in spellings(value))
        finally:
            cursor.execute(f'SET ROLE "{role}"')


def spellings(value: object) -> Iterator[str]:
    """All the ways in which somebody could read a value."""
    if isinstance(value, (bytes, memoryview)):
        raw = bytes(value)
        yield raw.hex()
        yield raw.decode("utf-8", "ignore")
        return
    yield str(value)
    if isinstance(value, str) and len(value) > 15:
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return
        yield raw.decode("utf-8", "ignore")


def found_in_clear(words: Iterable[str]) -> list[tuple[str, str, str]]:
    """Database, table and word, for each word that somebody could read."""
    wanted = {word: (word.lower(), word.encode().hex()) for word in words}
    hits = {
        (alias, table, word)
        for alias in DATABASES
        for table, text in dump(alias)
        for word, spellings in wanted.items()
        if any(one in text.lower() for one in spellings)
    }
    return sorted(hits)
