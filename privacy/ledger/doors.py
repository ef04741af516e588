"""The narrow door through which a sealed entry may lose its name, and a leaf its tokens.

The application's role may neither change nor delete what is sealed. Two functions of the database
(migration 0030) do, as the owner of the tables, and only this: take a person out of the audit
entries about them, and empty the tokens of leaves whose entry has ended. Entries end by the
retention's own door.
"""

import calendar
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from privacy.enums import KeptAs, KeyClass, KeyState
from privacy.keyring import ALIAS
from privacy.ledger.entries import MONTHS
from privacy.models import DataKey

WITHIN = timedelta(days=2)
"""How far back `forget_gone` looks for destroyed salts; it runs every few minutes."""
AT_ONCE = 5000
A_DAY = timedelta(days=1)
"""Where months are counted by another calendar, a day may lie between."""


def ended(now: datetime) -> dict[KeptAs, datetime]:
    """Entries written before these moments may have ended."""
    return {kept_as: _months_before(now, months) + A_DAY for kept_as, months in MONTHS.items()}


def forget(subjects: Iterable[UUID]) -> int:
    """Take these people out of the sealed audit entries about them; returns how many entries.

    Their salt is to be destroyed first, as `keyring.destroy_keys` does; a name that is missing
    while the salt lives is a finding. What they did to other people's data follows the log's term.
    """
    people = list(subjects)
    total = 0
    for start in range(0, len(people), AT_ONCE):
        part = people[start : start + AT_ONCE]
        total += _call("SELECT privacy_ledger_forget(%s::uuid[])", [[str(one) for one in part]])
    return total


def forget_gone(*, since: datetime | None = None) -> int:
    """Take out everybody whose salt was destroyed lately; returns how many entries."""
    since = since or timezone.now() - WITHIN
    gone = DataKey.objects.using(ALIAS).filter(
        key_class=KeyClass.LEDGER, state=KeyState.DESTROYED, destroyed_at__gte=since
    )
    return forget(gone.values_list("subject", flat=True))


def clear_tokens() -> int:
    """Empty the tokens of leaves whose entry has ended; returns how many leaves."""
    return _call("SELECT privacy_ledger_clear_tokens()", [])


def _months_before(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def _call(statement: str, values: list[list[str]]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])
