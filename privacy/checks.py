"""System checks: an undeclared column stops the build."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.fields_email import BlindEmailField, SealedCopyField
from privacy.purposes import is_purpose
from privacy.recipients import is_recipient
from privacy.registry import Category, Declaration, Registry, registry

NAMING = {Category.NAME, Category.CONTACT, Category.ADDRESS}
"""Categories that name or reach a person: sealed, or readable for a stated reason."""


@register("privacy")
def check_declarations(**_kwargs: Any) -> list[CheckMessage]:
    """Every model of every installed app is declared or excused, completely."""
    return [*undeclared(registry), *incomplete(registry)]


def undeclared(known: Registry) -> Iterator[CheckMessage]:
    """Models that nobody spoke about."""
    for model in apps.get_models():
        if known.declaration_of(model) is None and model not in known.excused:
            yield Error(
                f"{model._meta.label} is neither declared nor excused.",
                hint="Add it to personal_data.py of its app.",
                obj=model,
                id="privacy.E001",
            )
    for model, because in known.excused.items():
        if not because.strip():
            yield Error("The excuse gives no reason.", obj=model, id="privacy.E009")


def incomplete(known: Registry) -> Iterator[CheckMessage]:
    """What is missing or wrong in each declaration."""
    for declaration in known.declarations():
        yield from _columns(declaration)
        yield from _words(declaration)
        yield from _owner(declaration)


def _columns(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    spoken = [*data.fields, *data.other_fields, *data.secrets]
    columns = {
        column.name: column
        for column in (*model._meta.concrete_fields, *model._meta.local_many_to_many)
    }
    for name, column in columns.items():
        if name not in spoken and not _speaks_for_itself(declaration, column):
            yield Error(
                f"{model._meta.label}.{name} is not declared.",
                hint="Add it to fields, other_fields or secrets.",
                obj=model,
                id="privacy.E002",
            )
    for name in spoken:
        if name not in columns:
            yield Error(f"{model._meta.label} has no column {name}.", obj=model, id="privacy.E003")
        elif spoken.count(name) > 1:
            yield Error(f"{name} is declared twice.", obj=model, id="privacy.E003")
    for name, what in data.fields.items():
        found = columns.get(name)
        if found is None or what.category not in NAMING or what.readable_because:
            continue
        if not isinstance(found, (SealedTextField, BlindEmailField, SealedCopyField)):
            yield Error(
                f"{model._meta.label}.{name} names or reaches a person and is not sealed.",
                hint="Use privacy.fields, or give readable_because.",
                obj=model,
                id="privacy.E008",
            )


def _speaks_for_itself(declaration: Declaration, column: Any) -> bool:
    """Keys, the owner, and the fingerprints of a sealed column need no line of their own."""
    model = declaration.model
    if column.primary_key or isinstance(column, BlindIndexField):
        return True
    if issubclass(model, SealedModel) and column.name in {"subject", "seal_id"}:
        return True
    return bool(column.name == (declaration.data.person or "").partition("__")[0])


def _words(declaration: Declaration) -> Iterator[CheckMessage]:
    data, model = declaration.data, declaration.model
    if data.on_erasure is None or data.family is None:
        yield Error("on_erasure or family is missing.", obj=model, id="privacy.E005")
    if data.kept_for is None or not str(data.kept_for.because).strip():
        yield Error("kept_for is missing or gives no reason.", obj=model, id="privacy.E004")
    elif data.kept_for.after and not _has_path(model, data.kept_for.after):
        yield Error("kept_for counts from an unknown column.", obj=model, id="privacy.E004")
    if not data.purposes or not all(is_purpose(one) for one in data.purposes):
        yield Error("purposes are missing or not of the list.", obj=model, id="privacy.E005")
    for code in data.recipients:
        if not is_recipient(code):
            yield Error(f"Nobody declared the recipient {code}.", obj=model, id="privacy.E007")
    for name, reason in data.other_fields.items():
        if not reason.strip():
            yield Error(f"{name} needs a reason.", obj=model, id="privacy.E009")


def _owner(declaration: Declaration) -> Iterator[CheckMessage]:
    model, path = declaration.model, declaration.data.person
    if path is None:
        if not declaration.data.because:
            yield Error("No person and no because.", obj=model, id="privacy.E006")
        return
    end = _end_of(model, path)
    named_by_uuid = isinstance(end, models.UUIDField)
    if not named_by_uuid and (end is None or end.related_model is not get_user_model()):
        if path == "pk" and model is get_user_model():
            return
        yield Error(
            f"{model._meta.label}: {path} does not lead to a person.", obj=model, id="privacy.E006"
        )


def _has_path(model: type[models.Model], path: str) -> bool:
    return _end_of(model, path) is not None


def _end_of(model: type[models.Model], path: str) -> Any:
    """The column at the end of an ORM path, or None."""
    column: Any = None
    current: Any = model
    for name in path.split("__"):
        if current is None:
            return None
        if name == "pk":
            return current._meta.pk
        try:
            column = current._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        current = column.related_model
    return column
