"""What the message centre shows."""

from typing import Any

from django.db.models import QuerySet

from common.paging import KeysetPage, page_by_key
from notices.enums import Channel, MessageState
from notices.models import Message
from privacy.fields import open_rows

PAGE_SIZE = 20


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
