"""The ledgers lose the name of who is erased, and verify."""

import time

from django.db import connection

from privacy import audit
from privacy.enums import Action
from privacy.ledger import jobs, sealing, verifying
from privacy.models import AuditEntry
from tests.privacy.erasure.world import erase


def sealed():
    """Seal everything; transactions of other databases of the server may hold it up."""
    until = time.monotonic() + 60
    sealing.seal_all()
    while sealing.oldest_waiting() is not None and time.monotonic() < until:
        time.sleep(0.1)
        sealing.seal_all()
    assert sealing.oldest_waiting() is None


def test_the_ledgers_verify_after_an_erasure(transactional_db, alice, carol):
    audit.record(Action.VALUE_OPENED, actor=carol, subject=alice.subject)
    sealed()
    erase(alice)
    assert not AuditEntry.objects.filter(subject=alice.subject, action="VALUE_OPENED").exists()
    assert AuditEntry.objects.filter(actor=carol.subject, action="VALUE_OPENED").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    sealed()
    check = jobs.begin_check()
    while not verifying.advance(check, seconds=5):
        pass
    check.refresh_from_db()
    assert check.findings == []
    assert check.entries > 2
