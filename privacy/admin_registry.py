"""What is declared about people, for staff to look up: read-only, made from the declarations."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from privacy.inventory import is_sealed
from privacy.recipients import recipient
from privacy.registry import Declaration, Elsewhere, Family, Other, Personal, Retention, registry
from privacy.retention.words import period_of

PERMISSION = "privacy.view_disclosureentry"
"""Held by the privacy officer and the auditor."""


@dataclass(frozen=True)
class Column:
    """A personal column, or a key of a JSON column."""

    name: str
    label: str
    category: str
    mask: str
    is_sealed: bool
    on_erasure: str


@dataclass(frozen=True)
class Table:
    """A declared table, in the reader's words."""

    label: str
    family: str
    columns: list[Column]
    purposes: list[str]
    recipients: list[str]
    kept: list[str]
    on_erasure: str

    def mentions(self, word: str) -> bool:
        """Whether any of its texts holds the word."""
        texts = [self.label, self.family, self.on_erasure]
        texts += [*self.purposes, *self.recipients, *self.kept]
        for column in self.columns:
            texts += [column.name, column.label, column.category, column.mask]
        return any(word in text.casefold() for text in texts)


def registry_page(request: HttpRequest) -> HttpResponse:
    """Every declared table and place, or those that a word and a family leave."""
    user: Any = request.user
    if not user.has_perm(PERMISSION):
        raise PermissionDenied
    word = request.GET.get("q", "").strip()[:60].casefold()
    family = request.GET.get("family", "")
    chosen = [one for one in registry.declarations() if family in {"", one.data.family}]
    tables = [table for one in chosen if (table := _table(one)).mentions(word)]
    places = [
        place
        for place in registry.elsewhere
        if family in {"", place.family} and word in _text_of(place)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("What we hold about people"),
        "tables": tables,
        "places": places,
        "families": Family.choices,
        "family": family,
        "word": request.GET.get("q", ""),
    }
    return TemplateResponse(request, "privacy/staff/registry.html", context)


def _text_of(place: Elsewhere) -> str:
    return " ".join(map(str, (place.name, place.label, place.because, place.kept))).casefold()


def _table(one: Declaration) -> Table:
    data = one.data
    columns = [_column(one, name, name, what) for name, what in data.fields.items()]
    for name, keys in data.json_keys.items():
        columns += [
            _column(one, name, f"{name}: {key}", what)
            for key, what in keys.items()
            if not isinstance(what, Other)
        ]
    return Table(
        label=one.label,
        family=str(data.family.label if data.family else ""),
        columns=columns,
        purposes=[str(purpose.sentence) for purpose in data.purposes],
        recipients=[str(recipient(code).name) for code in data.recipients],
        kept=[_kept(rule) for rule in one.rules],
        on_erasure=str(data.on_erasure.label if data.on_erasure else ""),
    )


def _column(one: Declaration, column: str, name: str, what: Personal) -> Column:
    said = column in one.data.fields or column in one.data.secrets
    wanted = one.erasure_of(column) if said else one.data.on_erasure
    return Column(
        name=name,
        label=str(what.label),
        category=str(what.category.label),
        mask=str(what.mask.label),
        is_sealed=is_sealed(one.model._meta.get_field(column)),
        on_erasure=str(wanted.label if wanted else ""),
    )


def _kept(rule: Retention) -> str:
    law = f" ({rule.ground.label})" if rule.ground else ""
    return f"{period_of(rule)}. {rule.because}{law}"
