"""What is kept of somebody who is gone, found by an order's code or a case's number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from privacy import keyring
from privacy.enums import AccessReason
from privacy.erasure import rows
from privacy.fields import GONE, RESTRICTED, SealedTextField
from privacy.models import ErasureCase
from privacy.registry import Declaration, Text, rows_of, subject_path
from privacy.retention import strategies

MOST = 50
CODES = ("code", "reference")
"""Columns by which a kept row is asked for."""


class NothingBlocked(LookupError):
    """Nothing that is kept of somebody who is gone has this code."""


@dataclass(frozen=True)
class OpenedRow:
    """One kept row, with what its sealed columns hold."""

    table: str
    name: str
    values: list[tuple[Text, str]]


def open_by_code(code: str, *, reason: AccessReason, by: Any) -> list[OpenedRow]:
    """Open what is kept under an order's code, or of the person of a case; written down first.

    Raises `NothingBlocked` and `PermissionDenied`.
    """
    case = ErasureCase.objects.filter(code=code).first()
    found = list(_of_person(case.subject) if case is not None else _of_code(code))
    subject = case.subject if case is not None else (found[0][2] if found else None)
    if subject is None or not keyring.is_blocked(subject):
        raise NothingBlocked(code)
    named = {"case": code} if case is not None else {"order": code}
    with keyring.opening_blocked(reason, by, subject=subject, **named):
        return [_opened(declaration, row) for declaration, row, _whose in found]


def _kept() -> list[Declaration]:
    return [one for one in rows.tables() if one.is_kept and strategies.is_sealed(one)]


def _of_person(subject: UUID) -> Iterator[tuple[Declaration, Any, UUID]]:
    for declaration in _kept():
        for row in rows_of(declaration, subject).order_by("-pk")[:MOST]:
            yield declaration, row, subject


def _of_code(code: str) -> Iterator[tuple[Declaration, Any, UUID]]:
    for declaration in _kept():
        for name in CODES:
            if not _has(declaration.model, name):
                continue
            path = subject_path(declaration)
            assert path is not None
            chosen = declaration.model._base_manager.filter(**{name: code})
            for row in chosen.annotate(whose=models.F(path))[:MOST]:
                yield declaration, row, row.whose


def _has(model: type[models.Model], name: str) -> bool:
    try:
        return isinstance(model._meta.get_field(name), models.CharField)
    except FieldDoesNotExist:
        return False


def _opened(declaration: Declaration, row: Any) -> OpenedRow:
    values: list[tuple[Text, str]] = []
    for column in row._meta.concrete_fields:
        what = declaration.data.fields.get(column.name)
        if what is None or not isinstance(column, SealedTextField):
            continue
        value = getattr(row, column.name)
        if value not in (None, "") and value is not GONE and value is not RESTRICTED:
            values.append((what.label, str(value)))
    return OpenedRow(str(row._meta.verbose_name), str(row), values)
