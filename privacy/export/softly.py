"""Open sealed rows for a copy: a value that does not open says so, and the others are read."""

from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag

from privacy import keyring
from privacy.export.enums import Problem
from privacy.export.tables import prefetch
from privacy.fields import GONE, Sealed, SealedModel, SealedTextField


def open_softly(rows: Iterable[SealedModel], *names: str) -> list[dict[str, Any]]:
    """The values of these columns of each row, with one question for their keys."""
    found = list(rows)
    prefetch(
        value.content
        for row in found
        for name in names
        if isinstance(value := row.__dict__.get(name), Sealed)
    )
    return [{name: _value(row, name) for name in names} for row in found]


def _value(row: SealedModel, name: str) -> Any:
    column = row._meta.get_field(name)
    assert isinstance(column, SealedTextField)
    try:
        value = getattr(row, name)
    except (InvalidTag, keyring.KeyMissing, ValueError):
        return str(Problem.UNREADABLE.label)
    return str(Problem.NO_LONGER.label) if value is GONE else value
