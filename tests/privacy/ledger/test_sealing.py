"""A batch takes what nothing can precede any more, skips nothing, and follows from the last."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from privacy import audit
from privacy.enums import Action
from privacy.ledger import sealing
from privacy.models import AuditEntry, LedgerBatch, LedgerLeaf
from tests.privacy.ledger.conftest import findings, owner, tamper

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in():
    return audit.record(Action.SIGNED_IN, actor=None)


def sealed_entries():
    return set(LedgerLeaf.objects.filter(ledger="A").values_list("entry", flat=True))


@pytest.mark.promise("SEC-08")
def test_entries_of_all_ledgers_go_under_one_root(written):
    assert sealing.seal() == written
    batch = LedgerBatch.objects.get()
    assert (batch.pk, batch.size, batch.total, batch.previous) == (1, 5, 5, sealing.FIRST)
    assert sealing.seal() == 0
    assert findings() == []


def test_batches_are_numbered_without_a_gap_and_follow_from_each_other(sealed):
    sign_in()
    sealing.seal_all()
    first, second = LedgerBatch.objects.order_by("pk")
    assert (second.pk, second.previous, second.total) == (2, first.hash, 6)


def test_a_late_commit_is_not_skipped(sealed):
    late = connection.copy()
    late.set_autocommit(False)
    try:
        with late.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO privacy_auditentry (action, actor_role, reason, detail, request_id, at)
                VALUES ('SIGNED_IN', '', '', '{}', '', now()) RETURNING id
                """
            )
            (behind,) = cursor.fetchone()
        in_time = sign_in().pk
        assert in_time > behind
        # While the other transaction runs, what came after it waits with it.
        assert sealing.seal_all() == 0
        assert sealing.oldest_waiting() is not None
        late.commit()
    finally:
        late.close()
    assert sealing.seal_all() == 2
    assert {behind, in_time} <= sealed_entries()
    assert findings() == []


def test_what_was_rolled_back_leaves_no_trace(sealed):
    with transaction.atomic():
        sign_in()
        transaction.set_rollback(True)
    kept = sign_in().pk
    assert sealing.seal_all() == 1
    assert kept in sealed_entries()


def test_of_two_sealers_at_once_one_works(written):
    ready, go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            assert sealing._lock()
            ready.set()
            go.wait(10)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert ready.wait(10)
    assert sealing.seal() == 0
    go.set()
    holder.join()
    assert sealing.seal() == written


def test_many_sealers_and_writers_lose_nothing(written):
    errors = []

    def work(function):
        try:
            for _round in range(10):
                function()
        except Exception as error:  # noqa: BLE001 - told by the assertion
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[one]) for one in (sign_in, sealing.seal) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    sealing.seal_all()
    assert sealed_entries() == set(AuditEntry.objects.values_list("pk", flat=True))
    assert findings() == []


def test_more_than_a_batch_holds_goes_into_several(written, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 2)
    with transaction.atomic():
        for _one in range(4):
            sign_in()
    assert sealing.seal_all() == 9
    assert [batch.size for batch in LedgerBatch.objects.order_by("pk")] == [2, 2, 2, 2, 1]
    assert findings() == []


def test_entries_from_before_the_ledger_was_sealed_are_taken_first(written):
    tamper("UPDATE privacy_auditentry SET written_xid = 0")
    assert sealing.seal_all() == written
    assert findings() == []


def test_nothing_is_skipped_on_another_server(sealed):
    """After a restore transactions are counted anew, from a lower number."""
    other = sign_in().pk
    with owner() as cursor:
        cursor.execute("UPDATE privacy_ledgerbatch SET cluster = 'the old one'")
        cursor.execute(
            "UPDATE privacy_ledgerbatch SET reached = "
            """'{"A": [9000000000, 1], "C": [9000000000, 1], "D": [9000000000, 1]}'"""
        )
        cursor.execute(
            "UPDATE privacy_auditentry SET written_xid = 8000000000 WHERE id = %s", [other]
        )
    new = sign_in().pk
    assert sealing.seal_all() == 2
    assert {other, new} <= sealed_entries()
    newest = sign_in().pk
    assert sealing.seal_all() == 1
    assert newest in sealed_entries()
    assert findings() == []


def test_the_age_of_what_waits_is_known(sealed):
    assert sealing.oldest_waiting() is None
    with time_machine.travel(timezone.now() - timedelta(minutes=5), tick=False):
        sign_in()
    waiting = sealing.oldest_waiting()
    assert timezone.now() - waiting > timedelta(minutes=4)
    sealing.seal_all()
    assert sealing.oldest_waiting() is None
