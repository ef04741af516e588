"""Rows in the words of people: labels of the declarations, choices, amounts, days and places."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Count, Max, Min, TextField
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import EXPONENTS, format_money
from common.reading import read_through
from common.regions import name_of
from privacy.enums import Action, Ground
from privacy.export import writing
from privacy.export.enums import Problem
from privacy.export.tables import SEAL_TEXT, SealedColumn, is_sealed, opened_column
from privacy.models import AuditEntry, DisclosureEntry, RunStep
from privacy.purposes import Purpose
from privacy.recipients import UnknownRecipient, recipient
from privacy.redaction import Shown, columns_shown, counts_shown, rows_shown
from privacy.registry import Declaration, Family, Retention, ends_at, registry
from privacy.registry.json_keys import is_json
from privacy.runs.enums import StepState

NEWEST = 100
"""How many rows of a table a page shows."""
REGIONS = frozenset({"province", "city", "district"})


@dataclass(frozen=True)
class Fact:
    """A value with its label; `state` says why there is none."""

    label: str
    value: str
    state: str = ""


@dataclass(frozen=True)
class Section:
    """A table on a page: what it is, why it is held, how long, who gets it, and its rows."""

    title: str
    anchor: str
    count: int
    rows: list[list[Fact]]
    purposes: list[Purpose]
    kept: list[str]
    until: str
    recipients: list[str]
    files: list[str]
    is_cut: bool


@dataclass
class FamilyCount:
    """A family on the first page."""

    label: str
    path: str
    rows: int = 0
    tables: list[tuple[str, int]] = field(default_factory=list)


def titled(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Numbers of rows by what people call them."""
    known = {one.label: one for one in registry.declarations()}
    return [
        (known[label].title if label in known else label, count) for label, count in counts.items()
    ]


def problems(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is wrong with a copy, in words."""
    known = {one.label: one for one in registry.declarations()}
    return [
        {
            "part": known[one["part"]].title if one["part"] in known else one["part"],
            "why": Problem(one["kind"]).label,
            "count": one["count"],
        }
        for one in said
    ]


# --- The first page ---------------------------------------------------------------------


def families(step: RunStep) -> list[FamilyCount]:
    """How much there is of each family, as the parts before wrote it."""
    found = {
        family: FamilyCount(str(family.label), f"pages/{writing.FOLDERS[family]}.html")
        for family in Family
    }
    known = {one.label: one for one in registry.declarations()}
    for done in step.run.steps.filter(name__in=known, state=StepState.DONE).order_by("position"):
        declaration = known[done.name]
        assert declaration.data.family is not None
        family = found[declaration.data.family]
        rows = int(done.counters.get("rows", 0))
        family.rows += rows
        family.tables.append((declaration.title, rows))
    return list(found.values())


def unreadable(step: RunStep) -> list[tuple[str, str, int]]:
    """Values that did not open: in which table, why, how many."""
    known = {one.label: one for one in registry.declarations()}
    found: Counter[tuple[str, str]] = Counter()
    for done in step.run.steps.filter(name__in=known, state=StepState.DONE):
        for _column, kind, count in done.cursor.get("problems", []):
            found[known[done.name].title, str(Problem(kind).label)] += count
    return [(title, why, count) for (title, why), count in sorted(found.items())]


def files_written(step: RunStep) -> list[str]:
    """The person's own files in the copy."""
    done = step.run.steps.filter(name="files", state=StepState.DONE).first()
    return [said["name"] for said in done.cursor.get("files", [])] if done is not None else []


def elsewhere(subject: UUID) -> list[dict[str, Any]]:
    """What lies in no table."""
    return [
        {
            "label": one.label,
            "place": one.place.label,
            "because": one.because,
            "kept": one.kept,
            "found": len(one.found(subject)) if one.found is not None else None,
        }
        for one in registry.elsewhere
    ]


# --- A family ---------------------------------------------------------------------------


def sections(subject: UUID, family: Family, step: RunStep) -> list[Section]:
    """The tables of a family with rows of the person, those with most to tell first."""
    counts = counts_shown(subject)
    written = {
        done.name: done.cursor.get("files", [])
        for done in step.run.steps.filter(state=StepState.DONE)
    }
    return [
        _section(subject, one, counts[one.label], written.get(one.label, []))
        for one in registry.declarations()
        if one.data.family == family and one.label in counts and columns_shown(one)
    ]


def _section(
    subject: UUID, declaration: Declaration, count: int, files: list[dict[str, Any]]
) -> Section:
    data = declaration.data
    return Section(
        title=declaration.title,
        anchor=declaration.label.lower().replace(".", "-"),
        count=count,
        rows=newest(subject, declaration),
        purposes=list(data.purposes),
        kept=[kept_sentence(declaration, rule) for rule in declaration.rules],
        until=until(subject, declaration),
        recipients=[name_of_recipient(code) for code in data.recipients],
        files=[said["name"] for said in files],
        is_cut=count > NEWEST,
    )


def newest(subject: UUID, declaration: Declaration) -> list[list[Fact]]:
    """The newest rows, each as its facts; empty ones are left out."""
    shown = columns_shown(declaration)
    sealed = {one.name: SealedColumn.of(one, declaration) for one in shown if is_sealed(one)}
    wanted = ["pk", *(name for one in sealed.values() for name in (one.source, one.row))]
    aliases = {f"shown_{one.name}": one.value for one in shown if one.name not in sealed}
    rows = rows_shown(declaration, subject).order_by("-pk").annotate(**aliases)
    if SEAL_TEXT in wanted:
        rows = rows.annotate(**{SEAL_TEXT: Cast("seal_id", TextField())})
    found = list(rows.values(*dict.fromkeys(wanted), *aliases)[:NEWEST])
    for name, one in sealed.items():
        values = opened_column(one, [(row[one.source], row[one.row]) for row in found])
        for row, value in zip(found, values, strict=True):
            row[f"shown_{name}"] = value
    return [facts for row in found if (facts := _facts(shown, row))]


def _facts(shown: list[Shown], row: dict[str, Any]) -> list[Fact]:
    currency = row.get("shown_currency") or "CNY"
    found: list[Fact] = []
    for one in shown:
        value = row[f"shown_{one.name}"]
        if isinstance(value, Problem):
            found.append(Fact(str(one.label), str(value.label), value.value.lower()))
        elif text := in_words(one, value, currency):
            found.append(Fact(str(one.label), text))
    return found


def in_words(shown: Shown, value: Any, currency: str) -> str:
    """A value as people read it; empty for nothing."""
    column = shown.column
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, (bool, date)):
        return _plain_in_words(value)
    if is_json(column):
        return _json_in_words(value)
    if isinstance(column, models.BigIntegerField) and not column.primary_key:
        return amount(value, currency)
    if shown.name in REGIONS and isinstance(value, str):
        return name_of(value) or value
    return str(dict(column.flatchoices or ()).get(value, value))


def amount(minor: int, currency: str) -> str:
    """An amount for people; one in a currency that the mall does not know, as it stands."""
    return format_money(minor, currency) if currency in EXPONENTS else f"{minor} {currency}"


def _plain_in_words(value: bool | date) -> str:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return _("Yes") if value else _("No")


def _json_in_words(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name}: {_json_in_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_json_in_words(one) for one in value)
    return str(value)


# --- How long ---------------------------------------------------------------------------


def kept_sentence(declaration: Declaration, rule: Retention) -> str:
    """How long rows are kept, and why, in one sentence each."""
    because = str(rule.because)
    if rule.is_account_life:
        return f"{_('As long as you have an account.')} {because}"
    parts = [
        ngettext("%(n)d year", "%(n)d years", rule.years) % {"n": rule.years} if rule.years else "",
        ngettext("%(n)d month", "%(n)d months", rule.months) % {"n": rule.months}
        if rule.months
        else "",
        ngettext("%(n)d day", "%(n)d days", rule.days) % {"n": rule.days} if rule.days else "",
    ]
    period = " ".join(part for part in parts if part)
    clock = declaration.data.fields.get(rule.after)
    if clock is None:
        return _("%(period)s. %(because)s") % {"period": period, "because": because}
    return _("%(period)s, counted from “%(clock)s”. %(because)s") % {
        "period": period,
        "clock": clock.label,
        "because": because,
    }


def until(subject: UUID, declaration: Declaration) -> str:
    """The days on which the time of these rows is over, from the first to the last."""
    ends = rows_shown(declaration, subject).annotate(end_of_row=ends_at(declaration))
    found = ends.aggregate(first=Min("end_of_row"), last=Max("end_of_row"))
    if found["last"] is None:
        return ""
    ends_of = (found["first"], found["last"])
    first, last = (date_format(timezone.localtime(one), "DATE_FORMAT") for one in ends_of)
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


# --- Who saw or received it -------------------------------------------------------------


def name_of_recipient(code: str) -> str:
    """The declared name; the code of one that nobody declares any more."""
    try:
        return str(recipient(code).name)
    except UnknownRecipient:
        return code


def received(subject: UUID) -> list[dict[str, Any]]:
    """What each outside company received: which fields, how often, the last time."""
    found: dict[str, dict[str, Any]] = {}
    rows = DisclosureEntry.objects.filter(subject=subject).order_by("at")
    told = rows.values_list("recipient", "fields", "ground", "at")
    for code, fields, ground, at in read_through(told, 2000):
        one = found.setdefault(
            code, {"name": name_of_recipient(code), "fields": set(), "count": 0, "grounds": set()}
        )
        one["fields"] |= set(fields)
        one["grounds"].add(str(Ground(ground).label))
        one["count"] += 1
        one["last"] = at
    return [
        {**one, "fields": sorted(one["fields"]), "grounds": sorted(one["grounds"])}
        for _code, one in sorted(found.items())
    ]


def looked(subject: UUID) -> list[dict[str, Any]]:
    """What staff did with the person's data: by day and role, never by name."""
    rows = (
        AuditEntry.objects.filter(subject=subject)
        .exclude(actor=subject)
        .exclude(actor=None)
        .annotate(day=TruncDate("at"))
        .values("day", "actor_role", "action", "reason")
        .annotate(count=Count("pk"))
        .order_by("-day", "actor_role", "action")[:1000]
    )
    labels = dict(Action.choices)
    return [{**row, "action": labels.get(row["action"], row["action"])} for row in rows]


def purposes_in_use(subject: UUID) -> list[tuple[Purpose, list[str]]]:
    """Why something is held, and which tables it is."""
    used: dict[str, list[str]] = defaultdict(list)
    by_code: dict[str, Purpose] = {}
    for label in counts_shown(subject):
        declaration = next(one for one in registry.declarations() if one.label == label)
        for purpose in declaration.data.purposes:
            by_code[purpose.code] = purpose
            used[purpose.code].append(declaration.title)
    return [(by_code[code], titles) for code, titles in used.items()]
