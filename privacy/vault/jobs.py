"""What the vault does every day."""

import logging
from datetime import timedelta

from django.utils import timezone

from jobs.registry import periodic
from privacy.vault import backup_keys

log = logging.getLogger(__name__)


@periodic("privacy.end_backup_keys", every=timedelta(hours=6))
def end_backup_keys() -> None:
    """Destroy the keys of backups whose time is over, whether or not new ones are made."""
    ended = backup_keys.end_old(timezone.now())
    if ended:
        log.info("keys of backups ended", extra={"count": ended})
