"""Counts in PostgreSQL, so that they hold while Redis is down and in every process at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.errors import TooMany
from accounts.models import MessageCount
from privacy import keyring

PURPOSE = "accounts.counts"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

COUNT = """
INSERT INTO accounts_messagecount (token, window_start, ends_at, count)
VALUES (%s, %s, %s, 1)
ON CONFLICT (token, window_start) DO UPDATE SET count = accounts_messagecount.count + 1
RETURNING count
"""


@dataclass(frozen=True)
class Cap:
    """How many may happen in one window of time."""

    name: str
    amount: int
    window: timedelta


def spend_code(*, address: str, network: str) -> None:
    """Count one message to `address`, asked for from `network`; raises `TooMany`.

    Counts for any address alike, whether it belongs to an account or not, and before anything
    is looked up: a refusal says nothing about accounts.
    """
    for what, caps in (
        (
            f"network:{network}",
            (
                Cap("hour", settings.CODES_PER_NETWORK_HOUR, HOUR),
                Cap("day", settings.CODES_PER_NETWORK_DAY, DAY),
            ),
        ),
        (
            f"address:{address}",
            (
                Cap("hour", settings.CODES_PER_ADDRESS_HOUR, HOUR),
                Cap("day", settings.CODES_PER_ADDRESS_DAY, DAY),
            ),
        ),
    ):
        for cap in caps:
            until = spend(what, cap)
            if until:
                raise _too_many(until)


def spend(what: str, cap: Cap) -> datetime | None:
    """Count one of `what`; when that was too many, the moment from which it goes on."""
    start = _start_of(cap.window)
    is_too_many = count(f"{what}:{cap.name}", start=start, window=cap.window) > cap.amount
    return start + cap.window if is_too_many else None


def count(what: str, *, start: datetime, window: timedelta) -> int:
    """Count one more of `what` in this window, and say how many there are now.

    One statement: of many at the same moment each gets a number of its own.
    """
    token = keyring.token(PURPOSE, what)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [token, start, start + window])
        row = cursor.fetchone()
    return int(row[0])


def forget_old_counts() -> int:
    """Remove what no window needs any more; returns how many."""
    removed, _details = MessageCount.objects.filter(ends_at__lt=timezone.now() - DAY).delete()
    return removed


def _start_of(window: timedelta) -> datetime:
    """The start of the present window, counted from a fixed day."""
    epoch = datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())
    return epoch + (timezone.now() - epoch) // window * window


def _too_many(until: datetime) -> TooMany:
    when = timezone.localtime(until)
    text = date_format(when, "H:i")
    if when.date() != timezone.localdate():
        text = date_format(when, "j F, H:i")
    sentence = _("That was a lot of codes in a short time. You can ask for the next one at {time}.")
    return TooMany("too_many_codes", sentence.format(time=text), retry_at=until)
