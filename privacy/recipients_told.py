"""Whoever ever got a person's data is told once that it is to be deleted.

The disclosure ledger says who that is. An app that hands data to a recipient declares in its
`telling.py`, found like `admin.py`, how that recipient is told:

    @tells("carrier")
    def tell_carrier(notice: SignedNotice) -> bool: ...

For a recipient that nobody can tell by protocol the notice is a task for staff.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.errors import TryLater
from jobs.services import enqueue
from privacy import signing
from privacy.enums_proofs import NoticeState
from privacy.models import DisclosureEntry, RecipientNotice, RunStep
from privacy.runs.kinds import Chunk, Cursor

log = logging.getLogger(__name__)

KIND = "erasure-notice"
JOB = "privacy.tell_recipient"
PART = 500
"""References in one part of a notice."""
ANSWER_WITHIN = timedelta(days=15)
FIRST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0
GIVE_UP_AFTER = timedelta(days=30)
"""After this the notice is a task for staff."""
OPEN = (NoticeState.WAITING, NoticeState.SENT, NoticeState.TASK)


class Silent(Exception):
    """The recipient gave no answer, or asked us to wait; the message is a code."""


class CannotBeTold(Exception):
    """The recipient does not know how to take such a notice; the message is a code."""


@dataclass(frozen=True)
class SignedNotice:
    """One part of a notice: under which references the recipient knows the person, and our words.

    `document` carries the same, signed; the recipient answers with the notice's code.
    """

    code: str
    part: int
    references: tuple[str, ...]
    document: dict[str, Any]


Teller = Callable[[SignedNotice], bool]
"""Hands one part over; True when the recipient confirmed it. Raises `Silent`, `CannotBeTold`."""

_tellers: dict[str, Teller] = {}


def tells(recipient: str) -> Callable[[Teller], Teller]:
    """Declare how a recipient is told."""

    def register(teller: Teller) -> Teller:
        if recipient in _tellers:
            raise ValueError(f"{recipient} is told in two ways.")
        _tellers[recipient] = teller
        return teller

    return register


# --- Deciding whom to tell --------------------------------------------------------------


def tell_all(step: RunStep, cursor: Cursor) -> Chunk:
    """Write one notice for each recipient who ever got the person's data, and ring for each.

    A part of an erasure's run: all recipients are written in the chunk's transaction, so that a
    second time finds them there.
    """
    run = step.run
    if run.subject is None:
        return Chunk(cursor=cursor, done=True)
    written = tell(run.subject, case=run.code)
    return Chunk(cursor=cursor, counters={"rows": written}, done=True)


def tell(subject: UUID, *, case: str) -> int:
    """Write the notices of a case; returns how many are new."""
    given = DisclosureEntry.objects.filter(subject=subject)
    now = timezone.now()
    written = 0
    with transaction.atomic():
        for recipient in given.order_by("recipient").values_list("recipient", flat=True).distinct():
            notice, is_new = RecipientNotice.objects.get_or_create(
                case=case,
                recipient=recipient,
                defaults={
                    "subject": subject,
                    "state": NoticeState.WAITING if recipient in _tellers else NoticeState.TASK,
                    "parts": -(-_references(subject, recipient).count() // PART) or 1,
                    "due_at": now + ANSWER_WITHIN,
                },
            )
            if is_new:
                written += 1
                if notice.state == NoticeState.WAITING:
                    enqueue(JOB, once=f"{JOB}:{notice.pk}", notice_id=notice.pk)
    return written


def _references(subject: UUID, recipient: str) -> "QuerySet[DisclosureEntry, str]":
    """The names under which the recipient knows what it got, in an order that stays."""
    given = DisclosureEntry.objects.filter(subject=subject, recipient=recipient)
    return (
        given.exclude(reference="")
        .order_by("reference")
        .values_list("reference", flat=True)
        .distinct()
    )


# --- Telling ----------------------------------------------------------------------------


def deliver(notice_id: int) -> None:
    """Hand over the parts that are not confirmed yet. Raises `TryLater` until all are."""
    notice = RecipientNotice.objects.filter(pk=notice_id).first()
    if notice is None or notice.state not in {NoticeState.WAITING, NoticeState.SENT}:
        return
    teller = _tellers.get(notice.recipient)
    if teller is None:
        _leave_to_staff(notice, "no_protocol")
        return
    RecipientNotice.objects.filter(pk=notice.pk).update(tries=F("tries") + 1)
    for part in range(notice.parts_done, notice.parts):
        try:
            confirmed = teller(_signed(notice, part))
        except CannotBeTold as refusal:
            _leave_to_staff(notice, str(refusal))
            return
        except Silent as silence:
            _note(notice, last_error=str(silence)[:80])
            _again(notice, str(silence))
            return
        now = timezone.now()
        if not confirmed:
            _note(notice, state=NoticeState.SENT, sent_at=notice.sent_at or now, last_error="")
            _again(notice, "not_confirmed")
            return
        _note(notice, parts_done=part + 1, sent_at=notice.sent_at or now)
    _note(
        notice,
        state=NoticeState.ACKNOWLEDGED,
        acknowledged_at=timezone.now(),
        last_error="",
    )


def _signed(notice: RecipientNotice, part: int) -> SignedNotice:
    names: Sequence[str] = list(
        _references(notice.subject, notice.recipient)[part * PART : (part + 1) * PART]
    )
    document = signing.sign(
        KIND,
        {
            "notice": notice.code,
            "recipient": notice.recipient,
            "part": part + 1,
            "parts": notice.parts,
            "references": list(names),
            "ask": "DELETE",
            "written_at": notice.created_at.isoformat(),
            "due": notice.due_at.date().isoformat(),
        },
    )
    return SignedNotice(notice.code, part + 1, tuple(names), document)


def _again(notice: RecipientNotice, reason: str) -> None:
    """Ask the job to come back, a little later each time; after a month staff take over."""
    if timezone.now() - notice.created_at > GIVE_UP_AFTER:
        _leave_to_staff(notice, "silent")
        return
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(notice.tries, 20), LONGEST_PAUSE_SECONDS)
    raise TryLater(seconds=pause, reason=reason[:80])


def _leave_to_staff(notice: RecipientNotice, why: str) -> None:
    log.warning("a recipient is to be told by hand", extra={"reference": notice.code})
    _note(notice, state=NoticeState.TASK, last_error=why[:80])


def _note(notice: RecipientNotice, **values: Any) -> None:
    RecipientNotice.objects.filter(pk=notice.pk).update(**values)
    for name, value in values.items():
        setattr(notice, name, value)


# --- Reading ----------------------------------------------------------------------------


def of_case(case: str) -> list[RecipientNotice]:
    """The notices of a case, by recipient."""
    return list(RecipientNotice.objects.filter(case=case).order_by("recipient"))


def overdue() -> "QuerySet[RecipientNotice]":
    """Notices that nobody confirmed in time, the oldest first."""
    late = RecipientNotice.objects.filter(acknowledged_at__isnull=True, due_at__lt=timezone.now())
    return late.filter(state__in=OPEN).order_by("due_at")


def to_tell() -> "QuerySet[RecipientNotice]":
    """Recipients whom somebody of us has to tell."""
    return RecipientNotice.objects.filter(state=NoticeState.TASK)


def settle(notice: RecipientNotice, *, actor: UUID) -> bool:
    """A member of staff told the recipient and had the answer; False when that was done before."""
    return bool(
        RecipientNotice.objects.filter(pk=notice.pk, state__in=OPEN).update(
            state=NoticeState.BY_HAND, acknowledged_at=timezone.now(), settled_by=actor
        )
    )
