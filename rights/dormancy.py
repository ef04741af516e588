"""Accounts that nobody uses: two warnings on every channel, then they are closed like any other.

An account is used when its owner signs in, is seen in a session, or orders. Whoever works here,
keeps a store, or has something open (an order, a return, money on its way) is not dormant.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notices.services import send
from orders.models import Order
from privacy.erasure import cases
from privacy.erasure.enums import CaseReason
from privacy.erasure.errors import MustWait, NothingThere
from privacy.models import DormantAccount, Run, RunStep
from privacy.registry import blockers_of
from privacy.registry.ends import ZONE
from privacy.runs import engine
from privacy.runs.enums import LIVE
from privacy.runs.kinds import Chunk, Cursor, run_kind
from rights.messages import DORMANT_FIRST, DORMANT_LAST
from stores.models import StoreMember

KIND = "rights.dormancy"
AT_ONCE = 50


def start() -> Run:
    """Begin the day's round; one that is still under way is left to end."""
    running = Run.objects.filter(kind=KIND, state__in=LIVE).order_by("pk").first()
    if running is not None:
        return running
    parts = [engine.Part(name) for name in PARTS]
    return engine.start(KIND, plan={"as_of": timezone.now().isoformat()}, parts=parts)


def used_again(subject: UUID) -> bool:
    """Take back what was begun about an unused account; True when there was something."""
    deleted, _rows = DormantAccount.objects.filter(subject=subject, marked_at=None).delete()
    return bool(deleted)


def let_stay(subject: UUID) -> None:
    """The person took the closing back: their account counts as used."""
    DormantAccount.objects.filter(subject=subject).delete()


# --- Who ----------------------------------------------------------------------------------------


def years_before(moment: datetime) -> datetime:
    """The same day some years ago; 29 February becomes the 28th."""
    here = moment.astimezone(ZONE)
    year = here.year - settings.DORMANT_YEARS
    try:
        return here.replace(year=year)
    except ValueError:
        return here.replace(year=year, day=28)


def idle(before: datetime) -> "QuerySet[User]":
    """Shoppers' accounts that nobody used since `before`; annotated with `used_at`."""
    people = User.objects.filter(
        is_active=True, is_staff=False, is_superuser=False, joined_at__lt=before
    ).exclude(password="")
    orders = Order.objects.filter(subject=OuterRef("subject")).order_by()
    seen = UserSession.objects.filter(user=OuterRef("pk")).order_by()
    return (
        people.exclude(last_login__gte=before)
        .exclude(Exists(StoreMember.objects.filter(user=OuterRef("pk"))))
        .annotate(
            used_at=Greatest(
                "joined_at",
                Coalesce("last_login", "joined_at"),
                Coalesce(_newest(orders, "subject", "placed_at"), "joined_at"),
                Coalesce(_newest(seen, "user", "last_seen_at"), "joined_at"),
            )
        )
        .filter(used_at__lt=before)
    )


def _newest(rows: "QuerySet[Any]", by: str, clock: str) -> Subquery:
    return Subquery(rows.values(by).annotate(newest=Max(clock)).values("newest"))


def ends_on(row: DormantAccount) -> datetime:
    """From when the account may be closed: never sooner than its owner was told."""
    assert row.first_warned_at is not None
    idle_since = row.idle_since.astimezone(ZONE)
    try:
        end = idle_since.replace(year=idle_since.year + settings.DORMANT_YEARS)
    except ValueError:
        end = idle_since.replace(year=idle_since.year + settings.DORMANT_YEARS, month=3, day=1)
    warned = timedelta(days=settings.DORMANT_FIRST_WARNING_DAYS)
    return max(end, row.first_warned_at.astimezone(ZONE) + warned)


# --- The round --------------------------------------------------------------------------------


def _used(_step: RunStep, cursor: Cursor, now: datetime) -> Chunk:
    """Rows about accounts that are used again, or are no longer a shopper's only."""
    still = idle(years_before(now + timedelta(days=settings.DORMANT_FIRST_WARNING_DAYS)))
    rows = DormantAccount.objects.filter(marked_at=None).exclude(
        subject__in=still.values("subject")
    )
    deleted, _rows = rows.delete()
    return Chunk(cursor, {"rows": deleted}, done=True)


def _first(_step: RunStep, cursor: Cursor, now: datetime) -> Chunk:
    before = years_before(now + timedelta(days=settings.DORMANT_FIRST_WARNING_DAYS))
    known = DormantAccount.objects.filter(subject=OuterRef("subject"))
    people = idle(before).exclude(Exists(known)).filter(pk__gt=cursor.get("after", 0))
    found = list(people.order_by("pk")[:AT_ONCE])
    told = 0
    for person in found:
        if blockers_of(person):
            continue
        row = DormantAccount.objects.create(
            subject=person.subject,
            idle_since=person.used_at,  # type: ignore[attr-defined]
            first_warned_at=now,
        )
        _tell(DORMANT_FIRST.code, person, row, "first")
        told += 1
    return _after(found, cursor, told)


def _last(_step: RunStep, cursor: Cursor, now: datetime) -> Chunk:
    last = timedelta(days=settings.DORMANT_LAST_WARNING_DAYS)
    first = timedelta(days=settings.DORMANT_FIRST_WARNING_DAYS)
    due = DormantAccount.objects.filter(
        last_warned_at=None,
        first_warned_at__lte=now - (first - last),
        idle_since__lte=years_before(now + last),
        pk__gt=cursor.get("after", 0),
    )
    found = list(due.order_by("pk")[:AT_ONCE])
    people = {
        one.subject: one for one in User.objects.filter(subject__in=[r.subject for r in found])
    }
    told = 0
    for row in found:
        person = people.get(row.subject)
        if person is None or blockers_of(person):
            continue
        DormantAccount.objects.filter(pk=row.pk).update(last_warned_at=now)
        _tell(DORMANT_LAST.code, person, row, "last")
        told += 1
    return _after(found, cursor, told)


def _close(_step: RunStep, cursor: Cursor, now: datetime) -> Chunk:
    """One account at a time: its decision stands in the journal before the next one's."""
    due = DormantAccount.objects.filter(
        marked_at=None,
        last_warned_at__lte=now - timedelta(days=settings.DORMANT_LAST_WARNING_DAYS),
        idle_since__lte=years_before(now),
        pk__gt=cursor.get("after", 0),
    )
    row = due.order_by("pk").first()
    if row is None:
        return Chunk(cursor, done=True)
    closed = 0
    try:
        DormantAccount.objects.filter(pk=row.pk).update(marked_at=now)
        cases.open_case(row.subject, reason=CaseReason.DORMANT)
        closed = 1
    except MustWait:
        DormantAccount.objects.filter(pk=row.pk).update(marked_at=None)
    except NothingThere:
        row.delete()
    return Chunk({"after": row.pk}, {"rows": closed})


def _after(found: "list[Any]", cursor: Cursor, told: int) -> Chunk:
    if not found:
        return Chunk(cursor, done=True)
    return Chunk({"after": found[-1].pk}, {"rows": told}, done=len(found) < AT_ONCE)


def _tell(kind: str, person: User, row: DormantAccount, which: str) -> None:
    context = {"until": ends_on(row).date().isoformat(), "years": settings.DORMANT_YEARS}
    send(kind, to=person, context=context, once=f"dormant-{row.pk}-{which}")


PARTS: dict[str, Callable[[RunStep, Cursor, datetime], Chunk]] = {
    "used_again": _used,
    "first_warning": _first,
    "last_warning": _last,
    "closing": _close,
}


@run_kind(KIND, label=_("Unused accounts"), cancel_is_safe=True, target=2)
def tend(step: RunStep, cursor: Cursor) -> Chunk:
    """One part of the round."""
    return PARTS[step.name](step, cursor, timezone.now())
