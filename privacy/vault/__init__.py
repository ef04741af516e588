"""Backups that end, the journal that outlives them, and the door between a restore and people.

`unreadable_from` gives the date D that stands on receipts.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from privacy.enums import KeyClass

__all__ = ["gone_from_backups", "unreadable_from"]


def unreadable_from(key_class: KeyClass, at: datetime) -> date:
    """The first day on which no backup opens what a key of this class sealed.

    `at` is when the key was destroyed. The last backup that holds it was made before and ends with
    its own key, `KEY_BACKUP_KEEP_DAYS` later (longer for keys of what the law keeps).
    """
    statutory = key_class == KeyClass.STATUTORY
    days = settings.STATUTORY_KEY_BACKUP_KEEP_DAYS if statutory else settings.KEY_BACKUP_KEEP_DAYS
    return _day_after(at, days)


def gone_from_backups(at: datetime) -> date:
    """The first day on which no backup holds a row that was deleted at `at`, sealed or not."""
    return _day_after(at, settings.BACKUP_KEEP_DAYS)


def _day_after(at: datetime, days: int) -> date:
    # Ended keys are removed once a day: the whole of the last day may pass before.
    return timezone.localdate(at + timedelta(days=days)) + timedelta(days=1)
