"""Send a message of a declared kind: one way for every app and every channel."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs.services import enqueue
from notices import delivery, outbox
from notices.addresses import addresses_of
from notices.enums import Channel, MessageState
from notices.kinds import Kind, all_kinds, kind_of
from notices.models import Message
from privacy import inbound, keyring
from privacy.keyring import KeyClass, new_subject

CONTEXT = Mapping[str, str | int]
KEEP_ADDRESSES = timedelta(days=7)
"""How long a message to an address without an account stays, once it is of no use any more."""
AT_ONCE = 500


def send(kind: str, *, to: Any, context: CONTEXT, once: str) -> list[Message]:
    """Send to the account `to` on every channel of the kind on which the person is reached.

    The rows are written in the caller's transaction and delivered after its commit. `once`
    names the event (an order's code and what happened to it, never personal data): the same
    event told twice reaches the person once on each channel. Returns the rows written now: none
    for a person who is gone, about whom a partner may still have news.
    """
    declared = kind_of(kind)
    if to is None or inbound.is_gone(to.subject):
        return []
    addresses = addresses_of(to)
    reached = {
        Channel.EMAIL: bool(addresses.email),
        Channel.SMS: bool(addresses.phone),
        Channel.INBOX: True,
    }
    rows = [
        _write(
            declared,
            channel=channel,
            language=addresses.language,
            context=context,
            once=once,
            subject=to.subject,
            person=to,
        )
        for channel in declared.channels
        if reached[channel]
    ]
    return [row for row in rows if row is not None]


def send_to_address(
    kind: str,
    *,
    channel: Channel,
    address: str,
    language: str,
    context: CONTEXT,
    once: str,
    subject: UUID | None = None,
) -> Message | None:
    """Send to an address that belongs to no account, or not yet (a one-time code).

    Without `subject` the row gets a subject of its own that names nobody. Returns None when the
    same event was already told.
    """
    return _write(
        kind_of(kind),
        channel=channel,
        language=language,
        context=context,
        once=once,
        subject=subject or new_subject(),
        address=address,
    )


def _write(
    kind: Kind,
    *,
    channel: Channel,
    language: str,
    context: CONTEXT,
    once: str,
    subject: UUID,
    person: Any = None,
    address: str | None = None,
) -> Message | None:
    key = f"{kind.code}:{once}"
    if Message.objects.filter(once=key, channel=channel).exists():
        return None
    row = Message(
        subject=subject,
        person=person,
        kind=kind.code,
        category=kind.category,
        channel=channel,
        language=language,
        once=key,
        context=dict(context),
        to_address=address,
    )
    try:
        with transaction.atomic():
            row.save()
            if channel == Channel.INBOX:
                _put_into_inbox(row)
            else:
                enqueue("notices.deliver", once=f"notices.deliver:{row.pk}", message_id=row.pk)
    except IntegrityError:
        if Message.objects.filter(once=key, channel=channel).exists():
            return None  # Somebody told the same event at the same moment.
        raise
    return row


def _put_into_inbox(row: Message) -> None:
    """The message centre is our own table: what is written there has arrived."""
    now = timezone.now()
    Message.objects.filter(pk=row.pk).update(state=MessageState.SENT, sent_at=now)
    row.state, row.sent_at = MessageState.SENT, now
    if outbox.path():
        transaction.on_commit(partial(delivery.show_in_outbox, row))


def mark_read(message: Message) -> None:
    """Note when the person first opened the message."""
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())


def mark_all_read(user: Any) -> int:
    """Note that the person has seen everything in the message centre; returns how many."""
    return Message.objects.filter(person=user, channel=Channel.INBOX, read_at__isnull=True).update(
        read_at=timezone.now()
    )


def prune() -> int:
    """Forget messages to addresses that belong to no account; returns how many.

    They go `KEEP_ADDRESSES` after the end of their use, which is at once for kinds that name no
    end. A subject that was made for one of them goes with its key, after its row.
    """
    now = timezone.now()
    old = Message.objects.filter(person=None, created_at__lt=now - KEEP_ADDRESSES)
    for kind in all_kinds():
        if kind.useful_for is not None:
            still_kept = now - KEEP_ADDRESSES - kind.useful_for
            old = old.exclude(kind=kind.code, created_at__gte=still_kept)
    deleted = 0
    while chosen := list(old.order_by("pk").values_list("pk", "subject")[:AT_ONCE]):
        count, _ = Message.objects.filter(pk__in=[pk for pk, _subject in chosen]).delete()
        deleted += count
        _end_keys({subject for _pk, subject in chosen})
    return deleted


def _end_keys(subjects: set[UUID]) -> None:
    """Destroy the keys of subjects that name no account and no message any more."""
    people = get_user_model().objects.filter(subject__in=subjects)
    told = Message.objects.filter(subject__in=subjects)
    named = {
        *people.values_list("subject", flat=True),
        *told.values_list("subject", flat=True),
    }
    for subject in subjects - named:
        keyring.destroy_keys(subject, [KeyClass.MESSAGE])
