"""The age band: all that is asked, and the month in which it changes."""

from datetime import date

from django.utils import timezone

from accounts.enums import AgeBand
from accounts.models import User

ADULT_AT, ACCOUNT_AT = 18, 14
TEEN_MONTHS = (ADULT_AT - ACCOUNT_AT) * 12


def months_until(year: int, month: int) -> int:
    """How many months from this one to that one."""
    today = timezone.localdate()
    return (year - today.year) * 12 + (month - today.month)


def is_old_enough(year: int, month: int) -> bool:
    """Whether somebody who turns 18 in this month is 14 by now.

    Nobody is asked for a day, so in the month of a birthday the person's word counts.
    """
    return months_until(year, month) <= TEEN_MONTHS


def adult_from(year: int, month: int) -> date:
    """From when somebody who turns 18 in this month is surely 18: the first of the next one."""
    return date(year + month // 12, month % 12 + 1, 1)


def grow_up() -> int:
    """Let those whose month is over be adults; returns how many."""
    return User.objects.filter(
        age_band=AgeBand.TEEN, age_changes_on__lte=timezone.localdate()
    ).update(age_band=AgeBand.ADULT, age_changes_on=None)
