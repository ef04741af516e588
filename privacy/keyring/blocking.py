"""Keys that are there and do not open: blocked for everybody, or restricted to the person.

Blocking is the state of what outlives an account: nobody reads it but the privacy officer, one
person at a time, with a reason that is written down. Restriction is the wish of somebody who still
has an account: shop, staff and bulk code cannot read, the person can. Both can be taken back.
See docs/decisions/0012-blocked-and-restricted-are-states-of-keys.md.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from privacy.enums import AccessReason, Action, Decision, KeyClass, KeyState
from privacy.keyring import doors
from privacy.keyring.data import ALIAS, bucket_of, close_opened, drawn
from privacy.models.keys import DataKey, JournalEntry

OPEN_BLOCKED = "privacy.open_blocked"
"""The permission to open what is blocked."""
BLOCKED_WITH_A_PERSON = (
    KeyClass.ACCOUNT,
    KeyClass.TRANSACTION,
    KeyClass.MESSAGE,
    KeyClass.SECURITY,
    KeyClass.STATUTORY,
    KeyClass.HELD,
)
NEVER_BLOCKED = frozenset({KeyClass.LEDGER, KeyClass.SESSION})
"""A name in the ledgers is no content: entries about the person are still written and checked."""
MOVED_TO = (KeyClass.STATUTORY, KeyClass.HELD)
"""Nothing is sealed under these anew; rows that move there bring their state along."""
RESTRICTED_ON_DEMAND = (KeyClass.ACCOUNT, KeyClass.TRANSACTION, KeyClass.HELD)
"""Messages to the person and the security of the account go on."""
LIFTED = "lifted"


def block_keys(subject: UUID, key_classes: Iterable[KeyClass] | None = None) -> int:
    """Close the person's keys (of these classes) to everybody; returns how many. Repeatable.

    Afterwards what they seal reads as `fields.RESTRICTED`, and nothing new is sealed under them,
    not in a later month either.
    """
    classes = _checked(key_classes)
    rows = DataKey.objects.using(ALIAS)
    sealing = [one for one in classes if one not in MOVED_TO]
    marks = [drawn(subject, one, bucket_of(one), state=KeyState.BLOCKED) for one in sealing]
    rows.bulk_create(marks, ignore_conflicts=True)
    open_ones = rows.filter(
        subject=subject, key_class__in=classes, state__in=[KeyState.ACTIVE, KeyState.RESTRICTED]
    )
    number = open_ones.update(state=KeyState.BLOCKED)
    # Once more, for a key that somebody drew while the first look was under way.
    number += open_ones.update(state=KeyState.BLOCKED)
    close_opened()
    return number


def unblock_keys(subject: UUID, key_classes: Iterable[KeyClass] | None = None) -> int:
    """Open the person's blocked keys again; returns how many. A destroyed key stays destroyed.

    What the person had restricted before is restricted again.
    """
    classes = _checked(key_classes)
    blocked = DataKey.objects.using(ALIAS).filter(subject=subject, state=KeyState.BLOCKED)
    restricted = set(restriction_of(subject)) & set(classes)
    number = blocked.filter(key_class__in=set(classes) - restricted).update(state=KeyState.ACTIVE)
    number += blocked.filter(key_class__in=restricted).update(state=KeyState.RESTRICTED)
    close_opened()
    return number


def is_blocked(subject: UUID) -> bool:
    """Whether keys of this person are blocked: no page, no job and no partner's news reads them."""
    return bool(blocked_among([subject]))


def blocked_among(subjects: Iterable[UUID]) -> set[UUID]:
    """Those of these people who have blocked keys, in one query."""
    rows = DataKey.objects.using(ALIAS).filter(subject__in=set(subjects), state=KeyState.BLOCKED)
    return set(rows.values_list("subject", flat=True))


@contextmanager
def opening_blocked(
    reason: AccessReason, by: Any, *, subject: UUID, order: str = "", case: str = ""
) -> Iterator[None]:
    """Blocked keys of one person open inside, for the privacy officer; written down first.

    `order` or `case` is the code by which the officer asked. Raises `PermissionDenied` without the
    right to do so, and `ValueError` when nothing says what it is about.
    """
    from privacy import audit  # noqa: PLC0415 - the ledgers name people by keys of ours

    if not (order or case):
        raise ValueError("Opening what is blocked names an order or a case.")
    if not by.has_perm(OPEN_BLOCKED):
        raise PermissionDenied
    about = {"order": order} if order else {"case": case}
    with transaction.atomic():
        audit.record(
            Action.VALUE_OPENED,
            actor=by,
            subject=subject,
            reason=AccessReason(reason),
            detail=about,
        )
    with doors.blocked_of(subject):
        yield


# --- Restriction ------------------------------------------------------------------------


def restrict_keys(subject: UUID) -> int:
    """Keep shop, staff and bulk code from the person's data; returns how many keys. Repeatable.

    The person reads it inside `as_person`. It stands in the journal: no restore lifts it.
    """
    if restriction_of(subject):
        return _restrict(subject)
    return _decide(subject, ",".join(RESTRICTED_ON_DEMAND))


def lift_restriction(subject: UUID) -> int:
    """Let everybody work with the person's data again; returns how many keys."""
    if not restriction_of(subject):
        return 0
    return _decide(subject, LIFTED)


def restriction_of(subject: UUID) -> list[KeyClass]:
    """The classes that this person has restricted at present."""
    last = (
        JournalEntry.objects.using(ALIAS)
        .filter(subject=subject, decision=Decision.RESTRICT)
        .order_by("-number")
        .first()
    )
    if last is None or last.scope == LIFTED:
        return []
    return [KeyClass(name) for name in last.scope.split(",")]


def follow_restriction(entry: JournalEntry) -> int:
    """What the journal's newest word about the person says, whichever entry is carried out."""
    if restriction_of(entry.subject):
        return _restrict(entry.subject)
    rows = DataKey.objects.using(ALIAS).filter(subject=entry.subject)
    number = rows.filter(state=KeyState.RESTRICTED).update(state=KeyState.ACTIVE)
    close_opened()
    return number


def _restrict(subject: UUID) -> int:
    classes = restriction_of(subject)
    rows = DataKey.objects.using(ALIAS)
    sealing = [one for one in classes if one not in MOVED_TO]
    marks = [drawn(subject, one, bucket_of(one), state=KeyState.RESTRICTED) for one in sealing]
    rows.bulk_create(marks, ignore_conflicts=True)
    active = rows.filter(subject=subject, key_class__in=classes, state=KeyState.ACTIVE)
    number = active.update(state=KeyState.RESTRICTED)
    number += active.update(state=KeyState.RESTRICTED)
    close_opened()
    return number


def _decide(subject: UUID, scope: str) -> int:
    from privacy import journal  # noqa: PLC0415 - the journal signs with a key of the house
    from privacy.vault import replay  # noqa: PLC0415

    return replay.carry_out(journal.write(Decision.RESTRICT, subject=subject, scope=scope))


def _checked(key_classes: Iterable[KeyClass] | None) -> list[KeyClass]:
    classes = [KeyClass(one) for one in key_classes or BLOCKED_WITH_A_PERSON]
    if refused := NEVER_BLOCKED & set(classes):
        raise ValueError(f"Keys of the class {min(refused)} are never blocked.")
    return classes
