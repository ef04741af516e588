"""The plan of a table, and of a person: whose, why, how long, what goes in which order.

Everything is read from the declarations; a plan holds no clock and no value of a person, so that
the same declarations and the same rows give the same plan.
"""

from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min
from django.utils import translation

from privacy.inventory import retention_sentence
from privacy.registry import (
    Declaration,
    Erasure,
    Registry,
    acted_counts_of,
    blockers_of,
    declarations_in_order,
    ends_at,
    registry,
    rows_of,
    subject_path,
    winning_rule,
)


class UnknownModel(LookupError):
    """No declared or excused table has this name."""


def find(name: str, known: Registry = registry) -> Declaration:
    """The declaration of `app.Model` or of a name that only one model has.

    Raises `UnknownModel`.
    """
    wanted = name.lower()
    found = [
        one
        for one in known.declarations()
        if wanted in {one.label.lower(), one.model._meta.object_name.lower()}  # type: ignore[union-attr]
    ]
    if len(found) != 1:
        raise UnknownModel(name)
    return found[0]


def explain(declaration: Declaration) -> dict[str, Any]:
    """The plan of one table."""
    with translation.override("en"):
        data = declaration.data
        assert data.on_erasure is not None
        assert data.family is not None
        order = [one.label for one in declarations_in_order()]
        return {
            "table": declaration.label,
            "database": declaration.alias,
            "owned_by": data.person or "",
            "subject_path": subject_path(declaration) or "",
            "because": data.because,
            "also_about": [str(party.what) for party in data.others],
            "acted_by": [one.path for one in data.actors],
            "family": str(data.family.label),
            "purposes": [
                {"code": one.code, "basis": str(one.basis.label)} for one in data.purposes
            ],
            "recipients": list(data.recipients),
            "kept": [_rule(declaration, index) for index in range(len(declaration.rules))],
            "at_end": str(data.at_end),
            "on_erasure": str(data.on_erasure),
            "columns": _columns(declaration),
            "order": order.index(declaration.label) + 1,
            "of": len(order),
        }


def _rule(declaration: Declaration, index: int) -> dict[str, Any]:
    rule = declaration.rules[index]
    return {
        "rule": index,
        "period": retention_sentence(rule),
        "because": str(rule.because),
        "law": rule.ground.law if rule.ground else "",
        "only_some_rows": rule.where is not None,
    }


def _columns(declaration: Declaration) -> dict[str, str]:
    """What happens to each personal or secret column of a row whose person is erased."""
    data = declaration.data
    names = dict.fromkeys((*data.fields, *data.secrets, *data.column_erasure))
    return {name: str(declaration.erasure_of(name)) for name in sorted(names)}


def explain_person(person: Any, known: Registry = registry) -> dict[str, Any]:
    """The plan of one person: every table with rows of theirs, in the order of erasing."""
    with translation.override("en"):
        subject = getattr(person, "subject", person)
        tables = [
            table
            for position, declaration in enumerate(declarations_in_order(known), 1)
            if (table := _table(declaration, person, position))
        ]
        return {
            "subject": str(subject),
            "rows": sum(table["rows"] for table in tables),
            "tables": tables,
            "acted_in": acted_counts_of(person, known),
            "waits_for": [
                {
                    "code": one.code,
                    "sentence": str(one.sentence),
                    "count": one.count,
                    "in_persons_hands": one.in_persons_hands,
                }
                for one in blockers_of(person, known)
            ],
            "elsewhere": [_elsewhere(place, subject) for place in known.elsewhere],
        }


def _table(declaration: Declaration, person: Any, position: int) -> dict[str, Any] | None:
    assert declaration.data.on_erasure is not None
    rows = rows_of(declaration, person)
    if not declaration.is_kept:
        count = rows.count()
        kept: list[dict[str, Any]] = []
    else:
        found = list(
            rows.annotate(rule=winning_rule(declaration), end=ends_at(declaration))
            .values("rule")
            .order_by("rule")
            .annotate(count=Count("pk"), first=Min("end"), last=Max("end"))
        )
        count = sum(group["count"] for group in found)
        kept = [
            {
                "count": group["count"],
                "because": str(declaration.rules[group["rule"]].because),
                "law": _law(declaration, group["rule"]),
                "first_ends": _day(group["first"]),
                "last_ends": _day(group["last"]),
            }
            for group in found
        ]
    if not count:
        return None
    return {
        "order": position,
        "table": declaration.label,
        "rows": count,
        "strategy": str(Erasure(declaration.data.on_erasure)),
        "columns": _columns(declaration),
        "kept": kept,
    }


def _law(declaration: Declaration, index: int) -> str:
    ground = declaration.rules[index].ground
    return ground.law if ground else ""


def _day(end: Any) -> str:
    return f"{end:%Y-%m-%d}" if end is not None else ""


def _elsewhere(place: Any, subject: UUID) -> dict[str, Any]:
    return {
        "place": place.name,
        "kept": str(place.kept),
        "on_erasure": str(place.on_erasure),
        "found": len(place.found(subject)) if place.found is not None else None,
    }
