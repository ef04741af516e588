"""The ledgers' work in the background; privacy.tasks says how often."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jobs.services import enqueue
from privacy.enums import CheckState
from privacy.ledger import doors, heads, sealing, verifying
from privacy.models import LedgerCheck

log = logging.getLogger(__name__)

STEP_SECONDS = 45
"""A verification takes turns, so that none is longer than the lease of a job."""
KEPT_CHECKS = timedelta(days=365)


def seal_ledgers() -> None:
    """Seal what nothing can precede any more; say so when something waits for too long."""
    sealing.seal_all()
    waiting = sealing.oldest_waiting()
    if waiting is not None and timezone.now() - waiting > sealing.LATE:
        # Either a transaction has been running for that long, or there is too much to do.
        seconds = round((timezone.now() - waiting).total_seconds())
        log.warning("the ledgers are sealed late: the oldest waits for %s s", seconds)


def publish_heads() -> None:
    """Publish the head of the day, and let go of the names of people who are gone."""
    heads.publish()
    doors.forget_gone()


def verify_ledgers() -> None:
    """Begin the verification of the night."""
    doors.clear_tokens()
    LedgerCheck.objects.filter(started_at__lt=timezone.now() - KEPT_CHECKS).delete()
    begin_check()


def begin_check() -> LedgerCheck:
    """Ask for a verification in the background; the one that runs already, if there is one."""
    recent = timezone.now() - timedelta(hours=12)
    running = LedgerCheck.objects.filter(
        state__in=[CheckState.WAITING, CheckState.RUNNING], started_at__gt=recent
    ).first()
    if running is not None:
        return running
    with transaction.atomic():
        check = LedgerCheck.objects.create()
        enqueue("privacy.go_on_verifying", check_id=check.pk)
    return check


def go_on_verifying(check_id: int) -> None:
    """Verify for a while; what is left is another job."""
    check = LedgerCheck.objects.get(pk=check_id)
    if check.finished_at is not None:
        return
    if not verifying.advance(check, seconds=STEP_SECONDS):
        enqueue("privacy.go_on_verifying", check_id=check.pk)
    elif check.found:
        log.error("the ledgers do not verify: %s findings in check %s", check.found, check.pk)
