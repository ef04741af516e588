"""Jobs of the privacy engine."""

from datetime import timedelta

from django.utils import timezone

from jobs.registry import periodic
from privacy.vault import backup_keys


@periodic("privacy.end_backup_keys", every=timedelta(hours=6))
def end_backup_keys() -> None:
    """Destroy the keys of backups whose time is over, whether or not new ones are made."""
    backup_keys.end_old(timezone.now())
