"""What the message centre shows."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from common.paging import KeysetPage, page_by_key
from notices.enums import Channel, MessageState
from notices.models import Message
from privacy.fields import open_rows

PAGE_SIZE = 20
LOST_LATELY = timedelta(days=7)


def inbox_of(user: Any) -> "QuerySet[Message]":
    """The messages in the person's message centre."""
    return Message.objects.filter(person=user, channel=Channel.INBOX, state=MessageState.SENT)


def inbox_page(user: Any, *, after: str | None) -> "KeysetPage[Message]":
    """One page of the inbox, newest first, opened."""
    page = page_by_key(inbox_of(user), order=("-created_at", "-id"), after=after, size=PAGE_SIZE)
    open_rows(page.rows)
    return page


def unread_count(user: Any) -> int:
    """How many messages the person has not opened yet."""
    return inbox_of(user).filter(read_at__isnull=True).count()


def lost_messages() -> "QuerySet[Message]":
    """What reached nobody in the last days, the newest first: for staff to look at."""
    return Message.objects.filter(
        state__in=[MessageState.REFUSED, MessageState.NO_ADDRESS],
        created_at__gte=timezone.now() - LOST_LATELY,
    ).order_by("-created_at")
