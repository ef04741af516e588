"""From a person to their rows, set-based: the same answer for export, erasure and counts."""

from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet

from privacy.registry.declared import Declaration, Registry, registry
from privacy.registry.vocabulary import Blocker

Person = Any
"""An account, a subject UUID, or its text."""


class Circle(Exception):
    """Declared tables refer to each other in a circle, so that none of them can go first."""


def subject_of_person(person: Person) -> UUID:
    """The subject UUID of an account, a UUID or its text. Raises `ValueError`."""
    subject = getattr(person, "subject", person)
    return subject if isinstance(subject, UUID) else UUID(str(subject))


def is_account(model: Any) -> bool:
    """Whether this is the model of accounts."""
    return model is not None and model is get_user_model()


def end_of(model: type[models.Model], path: str) -> Any:
    """The column at the end of an ORM path, or None."""
    column: Any = None
    current: Any = model
    for name in path.split("__"):
        if current is None:
            return None
        if name == "pk":
            column = current._meta.pk
        else:
            try:
                column = current._meta.get_field(name)
            except FieldDoesNotExist:
                return None
            if not getattr(column, "concrete", False):
                return None
        current = column.related_model
    return column


def _path_to_subject(model: type[models.Model], path: str) -> str:
    """The path to a subject UUID, for a path that ends at an account or at a UUID."""
    if path == "pk":
        return "subject"
    end = end_of(model, path)
    to_account = end is not None and is_account(end.related_model)
    return f"{path}__subject" if to_account else path


def subject_path(declaration: Declaration) -> str | None:
    """The ORM path from a row to the person's subject UUID; None when it names nobody."""
    path = declaration.data.person
    return None if path is None else _path_to_subject(declaration.model, path)


def _rows(declaration: Declaration) -> "QuerySet[Any]":
    return declaration.model._base_manager.using(declaration.alias)


def _whose(declaration: Declaration, path: str, person: Person) -> Q:
    """Rows whose `path` leads to the person, by the column nearest to the row.

    An account that is at hand is compared by its key, so that the first index is enough; a
    subject UUID finds its account first.
    """
    to_subject = _path_to_subject(declaration.model, path)
    subject = subject_of_person(person)
    if path in {to_subject, "pk"}:
        return Q(**{to_subject: subject})
    account = get_user_model()
    if isinstance(person, account):
        return Q(**{path: person.pk})
    return Q(**{f"{path}__in": account._base_manager.filter(subject=subject).values("pk")})


def rows_of(declaration: Declaration, person: Person) -> "QuerySet[Any]":
    """The person's rows of this table; none when the table names nobody."""
    path = declaration.data.person
    if path is None:
        return _rows(declaration).none()
    return _rows(declaration).filter(_whose(declaration, path, person))


def acted_rows_of(declaration: Declaration, person: Person) -> "QuerySet[Any]":
    """Rows in which the person acted and which are not their own.

    Show no more than the `shows` of the declared actor: the rest is about somebody else.
    """
    actors = declaration.data.actors
    if not actors:
        return _rows(declaration).none()
    acted = Q()
    for one in actors:
        acted |= _whose(declaration, one.path, person)
    rows = _rows(declaration).filter(acted)
    path = declaration.data.person
    if path is None:
        return rows
    own = _whose(declaration, path, person)
    return rows.exclude(own)


def counts_of(person: Person, known: Registry = registry) -> dict[str, int]:
    """How many rows each table holds about the person, by label; tables without any left out."""
    counted = {one.label: rows_of(one, person).count() for one in known.declarations()}
    return {label: number for label, number in counted.items() if number}


def acted_counts_of(person: Person, known: Registry = registry) -> dict[str, int]:
    """In how many rows of others the person acted, by label."""
    counted = {
        one.label: acted_rows_of(one, person).count()
        for one in known.declarations()
        if one.data.actors
    }
    return {label: number for label, number in counted.items() if number}


def blockers_of(person: Person, known: Registry = registry) -> list[Blocker]:
    """Everything that an erasure of this person must wait for."""
    subject = subject_of_person(person)
    return [blocker for one in known.declarations() for blocker in one.data.why_not_yet(subject)]


# --- Order ------------------------------------------------------------------------------


def declarations_in_order(known: Registry = registry) -> list[Declaration]:
    """Rows that refer come before the rows to which they refer. Raises `Circle`."""
    if known is registry:
        return list(_ordered(len(known.declarations())))
    return in_order(known)


@cache
def _ordered(_declared: int) -> tuple[Declaration, ...]:
    """Remembered until somebody declares more."""
    return tuple(in_order(registry))


def in_order(known: Registry) -> list[Declaration]:
    """The order, worked out anew."""
    declared = {one.model: one for one in known.declarations()}
    sorter: TopologicalSorter[type[models.Model]] = TopologicalSorter()
    for model in declared:
        sorter.add(model)
        for column in model._meta.concrete_fields:
            target = column.related_model
            if target in declared and target is not model:
                sorter.add(target, model)
    try:
        return [declared[model] for model in sorter.static_order()]
    except CycleError as circle:
        names = " -> ".join(model._meta.label for model in circle.args[1])
        raise Circle(names) from None
