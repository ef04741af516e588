"""When rows end: by China's calendar, as queries and as an expression, and both agree.

The day on which a period starts is not counted; a period of months or years ends with the day of
the same number, or with the last day of a shorter month (Civil Code, articles 201 to 203). So a
row ends at midnight, Shanghai time, after its last day.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import (
    BooleanField,
    Case,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.deletion import PROTECT, RESTRICT
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least, NullIf
from django.db.models.lookups import GreaterThanOrEqual

from privacy.enums import ConsentDecision
from privacy.purposes import POLICY
from privacy.registry.declared import Declaration, Registry, registry
from privacy.registry.subjects import end_of, subject_path
from privacy.registry.vocabulary import Retention

ZONE = ZoneInfo("Asia/Shanghai")
FOREVER = datetime(9999, 1, 1, tzinfo=ZONE)
"""Later than any end: what is kept as long as its account."""
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
NEVER = Q(pk__in=[])
ONE_DAY = timedelta(days=1)
MOST_CLAMPED = 4
"""By how many days a month that is too short can shift an end."""


# --- Arithmetic -------------------------------------------------------------------------


def last_day(rule: Retention, start: date) -> date:
    """The last day of the period of `rule` that starts on `start`."""
    months = start.year * 12 + start.month - 1 + rule.years * 12 + rule.months
    year, month = divmod(months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=rule.days)


def cutoff(rule: Retention, as_of: datetime) -> datetime:
    """Rows whose clock stands before this moment are past their end at `as_of`."""
    today = as_of.astimezone(ZONE).date()
    target = today - ONE_DAY  # The last day must be over.
    months = target.year * 12 + target.month - 1 - rule.years * 12 - rule.months
    year, month = divmod(months, 12)
    day = min(target.day, calendar.monthrange(year, month + 1)[1])
    start = date(year, month + 1, day) - timedelta(days=rule.days) + timedelta(days=MOST_CLAMPED)
    while last_day(rule, start) > target:
        start -= ONE_DAY
    return datetime.combine(start + ONE_DAY, time(), ZONE)


class _EndOfPeriod(Func):
    """The midnight after the last day, of a clock that is a moment."""

    template = (
        "((((%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date"
        " + make_interval(months => %(months)s))::date + %(days)s + 1)::timestamp"
        " AT TIME ZONE 'Asia/Shanghai')"
    )
    output_field = DateTimeField()


class _EndOfPeriodFromDay(_EndOfPeriod):
    """The same of a clock that is a day."""

    template = (
        "(((%(expressions)s + make_interval(months => %(months)s))::date + %(days)s + 1)::timestamp"
        " AT TIME ZONE 'Asia/Shanghai')"
    )


def _is_day(declaration: Declaration, rule: Retention) -> bool:
    clock = end_of(declaration.model, rule.after)
    return isinstance(clock, DateField) and not isinstance(clock, DateTimeField)


def _end_by(declaration: Declaration, rule: Retention) -> Combinable:
    if rule.is_account_life:
        return Value(FOREVER, DateTimeField())
    function = _EndOfPeriodFromDay if _is_day(declaration, rule) else _EndOfPeriod
    clock: Combinable = F(rule.after)
    if rule.together_by:
        others = declaration.model._base_manager.using(declaration.alias).filter(
            **{rule.together_by: OuterRef(rule.together_by)}
        )
        clock = Subquery(others.order_by(f"-{rule.after}").values(rule.after)[:1])
    return function(clock, months=rule.years * 12 + rule.months, days=rule.days)


# --- Accounts that live -----------------------------------------------------------------


def account_path(declaration: Declaration) -> str | None:
    """The path to the account itself, when the row refers to it."""
    path = subject_path(declaration)
    if path is None or not path.endswith("__subject"):
        return None
    account = path.removesuffix("__subject")
    end = end_of(declaration.model, account)
    return account if end is not None and end.related_model is get_user_model() else None


def account_ended(declaration: Declaration) -> Q:
    """Rows whose account is no more: its row is gone, or was emptied of its secrets."""
    path, account = subject_path(declaration), account_path(declaration)
    people = get_user_model()._base_manager
    if path is None or declaration.alias != people.db:
        # Named by nobody, or keys and decisions, which end by what the journal says.
        return NEVER
    if declaration.model is get_user_model():
        return Q(password="")
    if account is not None:
        gone = people.filter(password="").values("pk")
        return Q(**{f"{account}__isnull": True}) | Q(**{f"{account}__in": gone})
    return Q(~Exists(people.filter(subject=OuterRef(path)).exclude(password="")))


# --- Policies that people accepted -----------------------------------------------------------


class _IsVersionFrom(Func):
    """Whether a version like 1.10 is at least another one, number by number."""

    template = (
        "(CASE WHEN %(expressions)s ~ '^[0-9]{1,6}([.][0-9]{1,6}){0,3}$'"
        " THEN string_to_array(%(expressions)s, '.')::int[] >= ARRAY[%(least)s] ELSE false END)"
    )
    output_field = BooleanField()


def not_accepted(declaration: Declaration, version: str) -> Q:
    """Rows of people who did not accept the privacy policy of this version, or a later one."""
    path = subject_path(declaration)
    consents = apps.get_model("privacy", "ConsentEntry")._default_manager
    if path is None or declaration.alias != consents.db:
        return NEVER
    least = ",".join(str(int(number)) for number in version.split("."))
    given = consents.filter(
        subject=OuterRef(path), purpose=POLICY.code, decision=ConsentDecision.GIVEN
    )
    accepted = given.filter(_IsVersionFrom(F("document_version"), least=least))
    return Q(**{f"{path}__isnull": False}) & ~Q(Exists(accepted))


# --- Which rows -------------------------------------------------------------------------


def expired(
    declaration: Declaration,
    as_of: datetime,
    *,
    guarded: bool = True,
    known: Registry = registry,
) -> "QuerySet[Any]":
    """Rows past every rule that applies to them; a row without a date has no end yet.

    Guarded, a row stays while a row that stays refers to it and protects it, so that what is
    counted is what can be removed.
    """
    rows = declaration.model._base_manager.using(declaration.alias)
    if not declaration.rules:
        return rows.none()
    condition = _past(declaration, as_of)
    if guarded:
        condition &= _unprotected(declaration, as_of, known)
    return rows.filter(condition)


def _past(declaration: Declaration, as_of: datetime) -> Q:
    condition = Q()
    somewhere = Q()
    for rule in declaration.rules:
        past = _past_by(declaration, rule, as_of)
        if rule.where is not None:
            somewhere |= rule.where
            past |= ~rule.where
        condition &= past
    if all(rule.where is not None for rule in declaration.rules):
        # No rule speaks of the row: that is a gap in the declaration, not the end of the row.
        condition &= somewhere
    return condition


def _past_by(declaration: Declaration, rule: Retention, as_of: datetime) -> Q:
    past = _past_by_period(declaration, rule, as_of)
    if rule.formerly is None:
        return past
    former = _past_by_period(declaration, rule.formerly, as_of)
    return past | (not_accepted(declaration, rule.since) & former)


def _past_by_period(declaration: Declaration, rule: Retention, as_of: datetime) -> Q:
    if rule.is_account_life:
        return account_ended(declaration)
    before: date = cutoff(rule, as_of)
    if _is_day(declaration, rule):
        before = cutoff(rule, as_of).astimezone(ZONE).date()
    if rule.together_by:
        newer = declaration.model._base_manager.using(declaration.alias).filter(
            **{f"{rule.after}__gte": before, rule.together_by: OuterRef(rule.together_by)}
        )
        return Q(**{f"{rule.after}__lt": before}) & Q(~Exists(newer))
    return Q(**{f"{rule.after}__lt": before})


def _unprotected(declaration: Declaration, as_of: datetime, known: Registry) -> Q:
    condition = Q()
    for relation in declaration.model._meta.related_objects:
        referring = known.declaration_of(relation.related_model)
        if relation.on_delete not in {PROTECT, RESTRICT} or referring is None:
            continue
        guard = _unprotected(referring, as_of, known)
        column = relation.field.name
        if _follows(referring, column, declaration):
            if not guard:
                continue
            stays = ~guard
        else:
            stays = ~(_past(referring, as_of) & guard)
        children = referring.model._base_manager.using(referring.alias)
        condition &= Q(~Exists(children.filter(stays, **{column: OuterRef("pk")})))
    return condition


def _follows(child: Declaration, column: str, parent: Declaration) -> bool:
    """Whether the child's rows end with their parent's, by the parent's own clock."""
    if len(child.rules) != 1 or len(parent.rules) != 1:
        return False
    ours, theirs = child.rules[0], parent.rules[0]
    return (
        ours.where is None
        and theirs.where is None
        and not ours.is_account_life
        and ours.after == f"{column}__{theirs.after}"
        and (ours.years, ours.months, ours.days) == (theirs.years, theirs.months, theirs.days)
    )


# --- When, as an expression -------------------------------------------------------------


def ends_at(declaration: Declaration, *, account_over: bool = False) -> Combinable:
    """When a row ends; NULL while that is open.

    `account_over` asks as if the account had ended already.
    """
    rules = _rules(declaration, account_over=account_over)
    return NullIf(_latest(declaration, rules), Value(FOREVER, DateTimeField()))


def winning_rule(declaration: Declaration, *, account_over: bool = False) -> Combinable:
    """Which rule keeps a row longest: its index in `rules`."""
    rules = _rules(declaration, account_over=account_over)
    if len(rules) == 1:
        return Value(rules[0][0], IntegerField())
    latest = _latest(declaration, rules)
    return Case(
        *[
            When(GreaterThanOrEqual(_value(declaration, rule), latest), then=Value(index))
            for index, rule in rules
        ],
        output_field=IntegerField(),
    )


def ends_by_rule(declaration: Declaration) -> list[Combinable]:
    """When a row ends by each rule alone; NULL while that is open, long ago where it is not meant.

    Beside `ends_at`, for those who want to see why.
    """
    return [
        NullIf(_value(declaration, rule), Value(FOREVER, DateTimeField()))
        for rule in declaration.rules
    ]


def _rules(declaration: Declaration, *, account_over: bool) -> list[tuple[int, Retention]]:
    """The rules with their numbers; once the account is over, those that do not hang on it."""
    numbered = list(enumerate(declaration.rules))
    if not account_over:
        return numbered
    return [(index, rule) for index, rule in numbered if not rule.is_account_life]


def _latest(declaration: Declaration, rules: list[tuple[int, Retention]]) -> Combinable:
    values = [_value(declaration, rule) for _index, rule in rules]
    return values[0] if len(values) == 1 else Greatest(*values)


def _value(declaration: Declaration, rule: Retention) -> Combinable:
    """The end by this rule; long ago where it does not apply, `FOREVER` while it is open."""
    cases = []
    if rule.where is not None:
        cases.append(When(~rule.where, then=Value(LONG_AGO, DateTimeField())))
    if rule.is_account_life:
        ended = account_ended(declaration)
        cases.append(When(ended, then=Value(LONG_AGO, DateTimeField())))
    else:
        open_still = When(
            Q(**{f"{rule.after}__isnull": True}), then=Value(FOREVER, DateTimeField())
        )
        cases.append(open_still)
    if rule.formerly is not None:
        sooner = Least(_end_by(declaration, rule), _end_by(declaration, rule.formerly))
        cases.append(When(not_accepted(declaration, rule.since), then=sooner))
    return Case(*cases, default=_end_by(declaration, rule), output_field=DateTimeField())
