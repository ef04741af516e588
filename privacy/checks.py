"""System checks: a column, a key or a place that is declared by halves stops the build."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.db import models
from django.db.models import Q

from privacy.enums import LegalBasis
from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.fields_email import BlindEmailField, SealedCopyField
from privacy.purposes import is_purpose
from privacy.recipients import is_recipient
from privacy.registry import (
    Category,
    Declaration,
    Erasure,
    Mask,
    Other,
    Personal,
    Place,
    Registry,
    Retention,
    registry,
)
from privacy.registry.json_keys import is_json, parts_of
from privacy.registry.subjects import Circle, end_of, in_order, is_account

NAMING = {Category.NAME, Category.CONTACT, Category.ADDRESS}
"""Categories that name or reach a person: sealed, or readable for a stated reason."""
SEALED = (SealedTextField, BlindEmailField, SealedCopyField)


@register("privacy")
def check_declarations(**_kwargs: Any) -> list[CheckMessage]:
    """Every model of every installed app is declared or excused, completely."""
    return [
        *undeclared(registry),
        *incomplete(registry),
        *incomplete_elsewhere(registry),
        *circles(registry),
    ]


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
        yield from _personal_columns(declaration)
        yield from _words(declaration)
        yield from _retention(declaration)
        yield from _owner(declaration)
        yield from _second_parties(declaration)
        yield from _actors(declaration)
        yield from _keys(declaration)
        yield from _erasure(declaration)
        yield from _indexes(declaration)


def circles(known: Registry) -> Iterator[CheckMessage]:
    """Tables that refer to each other in a circle cannot be erased in any order."""
    try:
        in_order(known)
    except Circle as circle:
        yield Error(f"Tables refer to each other in a circle: {circle}.", id="privacy.E017")


# --- Columns ----------------------------------------------------------------------------


def _columns_of(model: type[models.Model]) -> dict[str, Any]:
    meta = model._meta
    return {column.name: column for column in (*meta.concrete_fields, *meta.local_many_to_many)}


def _columns(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    spoken = [*data.fields, *data.other_fields, *data.secrets]
    columns = _columns_of(model)
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


def _personal_columns(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    columns = _columns_of(model)
    for name, what in data.fields.items():
        found = columns.get(name)
        if not str(what.label).strip():
            yield Error(f"{name} has no label for people.", obj=model, id="privacy.E009")
        if found is None:
            continue
        sealed = isinstance(found, SEALED)
        if what.category in NAMING and not what.readable_because and not sealed:
            yield Error(
                f"{model._meta.label}.{name} names or reaches a person and is not sealed.",
                hint="Use privacy.fields, or give readable_because.",
                obj=model,
                id="privacy.E008",
            )
        by_consent = any(one.basis == LegalBasis.CONSENT for one in data.purposes)
        if what.sensitive and not (sealed and what.mask != Mask.NONE and by_consent):
            yield Error(
                f"{model._meta.label}.{name} is sensitive: sealed, masked and by consent only.",
                obj=model,
                id="privacy.E013",
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
    if not data.purposes or not all(is_purpose(one) for one in data.purposes):
        yield Error("purposes are missing or not of the list.", obj=model, id="privacy.E005")
    for code in data.recipients:
        if not is_recipient(code):
            yield Error(f"Nobody declared the recipient {code}.", obj=model, id="privacy.E007")
    for name, reason in data.other_fields.items():
        if not reason.strip():
            yield Error(f"{name} needs a reason.", obj=model, id="privacy.E009")


# --- How long ---------------------------------------------------------------------------


def _retention(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    if not declaration.rules:
        yield Error("kept_for is missing.", obj=model, id="privacy.E004")
    for rule in declaration.rules:
        yield from _rule(model, rule)
        yield from _rows_of_rule(model, rule)
    if declaration.is_kept and data.person is not None and not declaration.grounds:
        yield Error(
            "A row that outlives its person needs a legal ground in kept_for.",
            obj=model,
            id="privacy.E014",
        )


def _rule(model: type[models.Model], rule: Retention) -> Iterator[CheckMessage]:
    if not str(rule.because).strip():
        yield Error("kept_for gives no reason.", obj=model, id="privacy.E004")
    counts_from_a_date = isinstance(end_of(model, rule.after), models.DateField)
    if rule.is_account_life and rule.after:
        yield Error(f"kept_for names no time after {rule.after}.", obj=model, id="privacy.E004")
    elif not rule.is_account_life and not counts_from_a_date:
        yield Error(
            f"kept_for counts from {rule.after or 'nothing'}, which is no date.",
            obj=model,
            id="privacy.E004",
        )
    if rule.ground is not None and not rule.is_legal_minimum_met:
        yield Error(
            f"kept_for is shorter than {rule.ground.law} asks.", obj=model, id="privacy.E014"
        )


def _rows_of_rule(model: type[models.Model], rule: Retention) -> Iterator[CheckMessage]:
    for path in _paths_in(rule.where):
        if not _resolves(model, path):
            yield Error(f"kept_for asks for {path}.", obj=model, id="privacy.E018")
    if rule.together_by and end_of(model, rule.together_by) is None:
        yield Error(f"kept_for asks for {rule.together_by}.", obj=model, id="privacy.E018")


def _paths_in(where: Q | None) -> Iterator[str]:
    for child in where.children if where is not None else ():
        if isinstance(child, Q):
            yield from _paths_in(child)
        elif isinstance(child, tuple):
            yield str(child[0])


def _resolves(model: type[models.Model], path: str) -> bool:
    """Whether a look-up leads to a column, with or without the name of a comparison."""
    return end_of(model, path) is not None or end_of(model, path.rpartition("__")[0]) is not None


# --- People -----------------------------------------------------------------------------


def _leads_to_a_person(model: type[models.Model], path: str) -> bool:
    if path == "pk":
        return is_account(model)
    end = end_of(model, path)
    return isinstance(end, models.UUIDField) or (end is not None and is_account(end.related_model))


def _owner(declaration: Declaration) -> Iterator[CheckMessage]:
    model, path = declaration.model, declaration.data.person
    if path is None:
        if not declaration.data.because:
            yield Error("No person and no because.", obj=model, id="privacy.E006")
    elif not _leads_to_a_person(model, path):
        yield Error(
            f"{model._meta.label}: {path} does not lead to a person.", obj=model, id="privacy.E006"
        )


def _second_parties(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    columns = _columns_of(model)
    for party in data.others:
        if party.path is not None and not _leads_to_a_person(model, party.path):
            yield Error(f"{party.path} leads to nobody.", obj=model, id="privacy.E011")
        unknown = [name for name in party.columns if name not in columns]
        if unknown or not party.columns or not str(party.what).strip():
            yield Error(
                f"A second party needs columns of the table and words ({', '.join(unknown)}).",
                obj=model,
                id="privacy.E011",
            )


def _actors(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    columns = _columns_of(model)
    for one in data.actors:
        if not _leads_to_a_person(model, one.path):
            yield Error(f"{one.path} leads to nobody.", obj=model, id="privacy.E012")
        for name in one.shows:
            column = columns.get(name)
            is_time_or_deed = isinstance(column, models.DateTimeField) or (
                column is not None and bool(column.choices)
            )
            if not is_time_or_deed:
                yield Error(
                    f"Who acted is shown times and enumerated deeds, not {name}.",
                    obj=model,
                    id="privacy.E012",
                )
        if not one.shows:
            yield Error("Who acted is shown nothing.", obj=model, id="privacy.E012")


# --- Keys of JSON columns ---------------------------------------------------------------


def _keys(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    columns = _columns_of(model)
    for name, column in columns.items():
        if is_json(column) and name not in data.json_keys and name not in data.secrets:
            yield Error(
                f"{model._meta.label}.{name} holds JSON and declares no keys.",
                hint="Add it to json_keys.",
                obj=model,
                id="privacy.E010",
            )
    for name, keys in data.json_keys.items():
        if not is_json(columns.get(name)):
            yield Error(f"{name} is no JSON column.", obj=model, id="privacy.E010")
        for path, what in keys.items():
            says = what.because if isinstance(what, Other) else str(what.label)
            if not parts_of(path) or not says.strip():
                yield Error(f"{name}: {path} needs words.", obj=model, id="privacy.E010")
            yield from _naming_key(declaration, columns.get(name), f"{name}: {path}", what)


def _naming_key(
    declaration: Declaration, column: Any, place: str, what: Personal | Other
) -> Iterator[CheckMessage]:
    if isinstance(what, Other) or what.category not in NAMING or what.readable_because:
        return
    if not isinstance(column, SEALED):
        yield Error(
            f"{place} names or reaches a person and is not sealed.",
            obj=declaration.model,
            id="privacy.E008",
        )


# --- Erasure ----------------------------------------------------------------------------


def _erasure(declaration: Declaration) -> Iterator[CheckMessage]:
    model, data = declaration.model, declaration.data
    if data.on_erasure is None or data.person is None:
        return
    columns = _columns_of(model)
    for name in (*data.column_erasure, *data.generalised):
        if name not in columns:
            yield Error(f"{model._meta.label} has no column {name}.", obj=model, id="privacy.E015")
    if data.on_erasure == Erasure.DELETE and data.column_erasure:
        yield Error("A row that is deleted has no columns.", obj=model, id="privacy.E015")
    for name in dict.fromkeys((*data.fields, *data.secrets, *data.column_erasure)):
        column = columns.get(name)
        if column is None:
            continue
        wanted = declaration.erasure_of(name)
        if not _can(wanted, column):
            yield Error(f"{name} cannot be {wanted.label}.", obj=model, id="privacy.E015")
        if (wanted == Erasure.GENERALISE) != (name in data.generalised):
            yield Error(
                f"{name}: GENERALISE and generalised belong together.", obj=model, id="privacy.E015"
            )


def _can(wanted: Erasure, column: Any) -> bool:
    if column.many_to_many:
        return wanted in {Erasure.DETACH, Erasure.KEEP}
    if wanted == Erasure.BLANK:
        empty_text = isinstance(column, (models.CharField, models.TextField)) and not column.unique
        return bool(column.null or empty_text)
    if wanted == Erasure.DETACH:
        return bool(column.is_relation and column.null)
    return True


# --- Speed ------------------------------------------------------------------------------


def _indexes(declaration: Declaration) -> Iterator[CheckMessage]:
    data = declaration.data
    paths = [] if data.person is None else [data.person]
    for path in [*paths, *(one.path for one in data.actors)]:
        current: Any = declaration.model
        for name in path.split("__"):
            if current is None or end_of(current, name) is None:
                break
            if not _is_indexed(current, name):
                yield checks.Warning(
                    f"{declaration.label}: no index starts with {name} on the way to the person.",
                    obj=declaration.model,
                    id="privacy.W001",
                )
            current = end_of(current, name).related_model


def _is_indexed(model: type[models.Model], name: str) -> bool:
    column = end_of(model, name)
    if column.primary_key or column.unique or column.db_index:
        return True
    meta = model._meta
    firsts = [unique[0] for unique in meta.unique_together]
    for index in meta.indexes:
        if index.condition is None or index.condition == Q(**{f"{name}__isnull": False}):
            firsts += [field.lstrip("-") for field in index.fields[:1]]
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None:
            firsts += constraint.fields[:1]
    return name in firsts


# --- Outside of tables ------------------------------------------------------------------


def incomplete_elsewhere(known: Registry) -> Iterator[CheckMessage]:
    """What is missing or wrong about places outside of tables."""
    for place in known.elsewhere:
        words = (place.label, place.because, place.kept)
        if not all(str(text).strip() for text in words) or not place.purposes:
            yield Error(f"The place {place.name} is declared by halves.", id="privacy.E016")
        if (place.place == Place.PARTNER) != bool(place.recipient):
            yield Error(f"{place.name}: a partner and its place go together.", id="privacy.E016")
        if place.recipient and not is_recipient(place.recipient):
            yield Error(f"Nobody declared the recipient {place.recipient}.", id="privacy.E016")
        if (place.found is None) != (place.erase is None):
            yield Error(f"{place.name}: found and erase go together.", id="privacy.E016")
    told = {place.recipient for place in known.elsewhere}
    for declaration in known.declarations():
        for code in declaration.data.recipients:
            if code not in told:
                yield Error(
                    f"What the recipient {code} holds is declared nowhere.",
                    hint="Use declare_elsewhere with place=Place.PARTNER.",
                    obj=declaration.model,
                    id="privacy.E016",
                )
