"""Holds: two people stop what the clock would remove, for half a year at most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import audit
from privacy.enums import Action
from privacy.models import Hold
from privacy.models.retention import LONGEST_HOLD
from privacy.registry import registry
from privacy.retention.enums import HoldReason

GATE = 7_244_003


class HoldRefused(Exception):
    """A hold cannot be placed, approved or released so; the message says why."""


@dataclass(frozen=True)
class Holds:
    """The holds in force at one moment: whole tables, whole people, people in one table."""

    tables: frozenset[str]
    people: frozenset[UUID]
    rows: frozenset[tuple[str, UUID]]

    def people_in(self, label: str) -> frozenset[UUID]:
        """Whose rows of this table stay."""
        return self.people | {subject for table, subject in self.rows if table == label}


def in_force(at: datetime | None = None) -> Holds:
    """All holds of this moment."""
    found = Hold.objects.in_force(at or timezone.now()).values_list("declaration", "subject")
    pairs = list(found)
    return Holds(
        tables=frozenset(label for label, subject in pairs if subject is None),
        people=frozenset(subject for label, subject in pairs if subject and not label),
        rows=frozenset((label, subject) for label, subject in pairs if subject and label),
    )


def place(
    *,
    actor: Any,
    reason: HoldReason,
    declaration: str = "",
    subject: UUID | None = None,
    days: int = LONGEST_HOLD.days,
    is_barred: bool = False,
) -> Hold:
    """Stop removals at once; a second person must approve within a week.

    A chunk of a sweep that is under way ends first: when this returns, nothing more is removed.
    """
    if declaration and declaration not in {one.label for one in registry.declarations()}:
        raise HoldRefused(_("Nobody declared this table."))
    if not declaration and subject is None:
        raise HoldRefused(_("A hold names a table, a person, or both."))
    if not 0 < days <= LONGEST_HOLD.days:
        raise HoldRefused(_("A hold is reviewed within 183 days."))
    now = timezone.now()
    with transaction.atomic():
        _gate(shared=False)
        hold = Hold.objects.create(
            declaration=declaration,
            subject=subject,
            reason=HoldReason(reason),
            is_barred=is_barred,
            placed_by=actor.subject,
            placed_at=now,
            ends_at=now + timedelta(days=days),
        )
        _record(Action.HOLD_PLACED, actor, hold)
    return hold


def approve(hold: Hold, *, actor: Any) -> None:
    """The second person's word. Raises `HoldRefused`."""
    if actor.subject == hold.placed_by:
        raise HoldRefused(_("Somebody else must approve it."))
    now = timezone.now()
    with transaction.atomic():
        waiting = Hold.objects.in_force(now).filter(pk=hold.pk, approved_at__isnull=True)
        if not waiting.update(approved_by=actor.subject, approved_at=now):
            raise HoldRefused(_("This hold does not wait for approval."))
        _record(Action.HOLD_APPROVED, actor, hold)


def release(hold: Hold, *, actor: Any) -> None:
    """Let the clock have its way again. Raises `HoldRefused`."""
    with transaction.atomic():
        open_still = Hold.objects.filter(pk=hold.pk, released_at__isnull=True)
        if not open_still.update(released_by=actor.subject, released_at=timezone.now()):
            raise HoldRefused(_("This hold was released already."))
        _record(Action.HOLD_RELEASED, actor, hold)


def shown_to(subject: UUID) -> "list[Hold]":
    """The holds that a person sees: those on their own data, unless the law forbids to tell."""
    found = Hold.objects.in_force(timezone.now()).filter(subject=subject, is_barred=False)
    return list(found.order_by("placed_at"))


def wait_for_holds() -> None:
    """Called in a chunk's transaction: from here on no hold is placed before the chunk ends."""
    _gate(shared=True)


def _gate(*, shared: bool) -> None:
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [GATE])


def _record(action: Action, actor: Any, hold: Hold) -> None:
    # A person who may not be told does not find the hold in their own log either.
    audit.record(
        action,
        actor=actor,
        subject=None if hold.is_barred else hold.subject,
        detail={"model": "privacy.Hold", "row": str(hold.pk)},
    )
