"""Long lists are paged by key, never by offset: the thousandth page costs as much as the first."""

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """One page of rows and the opaque key of the next one (empty at the end)."""

    rows: list[Row]
    next_key: str


def _encode(values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


LONGEST_KEY = 300


def _decode(key: str, length: int) -> list[Any] | None:
    """What the key holds; None for a key that we did not write. People can write keys too."""
    if len(key) > LONGEST_KEY:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        if not isinstance(values, list) or len(values) != length:
            return None
        return [_read(value) if isinstance(value, str) else value for value in values]
    except (ValueError, OverflowError, RecursionError, binascii.Error):
        return None


def _read(text: str) -> datetime | str:
    """A time with its zone, as we write them, or plain text. Raises `ValueError`."""
    text.encode()  # Half a character is none.
    moment = parse_datetime(text) if "T" in text else None
    if "\0" in text or (moment is not None and not is_aware(moment)):
        raise ValueError("We never write such a key.")
    return text if moment is None else moment.astimezone(UTC)


def page_by_key(
    queryset: "QuerySet[Row]", *, order: tuple[str, ...], after: str | None, size: int
) -> "KeysetPage[Row]":
    """The page of `size` rows that follows the key `after`.

    `order` names columns that are never null, the last one unique. A key that makes no sense
    gives the first page: an old bookmark is no error.
    """
    values = _decode(after, len(order)) if after else None
    if values is not None:
        # A value of the wrong kind is noticed when the condition is built.
        with suppress(TypeError, ValueError, OverflowError, ValidationError):
            queryset = queryset.filter(_beyond(order, values))
    rows = list(queryset.order_by(*order)[: size + 1])
    if len(rows) <= size:
        return KeysetPage(rows, "")
    rows = rows[:size]
    return KeysetPage(rows, _encode([getattr(rows[-1], name.lstrip("-")) for name in order]))


def _beyond(order: tuple[str, ...], values: list[Any]) -> Q:
    condition = Q()
    equal = Q()
    for name, value in zip(order, values, strict=True):
        column = name.lstrip("-")
        step = "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{column}__{step}": value})
        equal &= Q(**{column: value})
    return condition
