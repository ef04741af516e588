"""Blocked keys are there and open for nobody but the officer; restricted ones for their person."""

import threading
import uuid

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction

from accounts.models import Address, Phone
from privacy import keyring
from privacy.enums import AccessReason, Action, KeyClass, KeyState
from privacy.fields import GONE, RESTRICTED, open_rows
from privacy.models import AuditEntry, DataKey, JournalEntry
from privacy.staff import masked
from privacy.vault import replay

PLACE = {"table": "t", "column": "c", "row": "r"}


def seal(subject, key_class=KeyClass.ACCOUNT):
    return keyring.seal_value(b"value", subject=subject, key_class=key_class, **PLACE)


def again(row):
    return type(row).objects.get(pk=row.pk)


# --- Blocked ------------------------------------------------------------------------------


def test_a_blocked_person_reads_as_restricted_everywhere(alice, address):
    assert again(address).street
    assert not keyring.is_blocked(alice.subject)
    assert keyring.block_keys(alice.subject) >= 1
    assert keyring.is_blocked(alice.subject)
    row = again(address)
    assert row.street is RESTRICTED
    assert row.street is not GONE
    assert row.street == ""
    assert [one.recipient is RESTRICTED for one in open_rows(Address.objects.all())] == [True]
    assert EmailAddress.objects.get(user=alice).email is RESTRICTED
    assert masked(row, "street") == "blocked"


def test_undoing_it_opens_everything_again(alice, address):
    keyring.block_keys(alice.subject)
    assert again(address).street is RESTRICTED
    keyring.unblock_keys(alice.subject)
    assert again(address).street == address.street
    assert not keyring.is_blocked(alice.subject)


def test_only_the_named_classes_are_blocked(db):
    subject = keyring.new_subject()
    account, trade = seal(subject), seal(subject, KeyClass.TRANSACTION)
    keyring.block_keys(subject, [KeyClass.TRANSACTION])
    assert keyring.open_value(account, **PLACE) == b"value"
    with pytest.raises(keyring.KeyBlocked):
        keyring.open_value(trade, **PLACE)


def test_nothing_new_is_sealed_for_a_blocked_person_in_a_later_month_neither(db):
    subject = keyring.new_subject()
    with time_machine.travel("2027-03-31T10:00:00Z", tick=False):
        seal(subject, KeyClass.TRANSACTION)
        keyring.block_keys(subject, [KeyClass.TRANSACTION, KeyClass.MESSAGE])
        for key_class in (KeyClass.TRANSACTION, KeyClass.MESSAGE):
            with pytest.raises(keyring.KeyBlocked):
                seal(subject, key_class)
    with time_machine.travel("2027-04-01T10:00:00Z", tick=False):
        for key_class in (KeyClass.TRANSACTION, KeyClass.MESSAGE):
            with pytest.raises(keyring.KeyBlocked):
                seal(subject, key_class)
        assert not DataKey.objects.filter(bucket="2027-04").exists()
        keyring.unblock_keys(subject)
        assert seal(subject, KeyClass.TRANSACTION)


def test_a_blocked_row_keeps_its_bytes_when_it_is_saved(alice, address):
    keyring.block_keys(alice.subject)
    row = again(address)
    assert row.street is RESTRICTED
    row.save()
    other = Address(user=alice, subject=alice.subject)
    other.street = row.street
    with pytest.raises(keyring.KeyBlocked), transaction.atomic():
        other.save()
    keyring.unblock_keys(alice.subject)
    assert again(address).street == address.street


def test_what_a_scope_had_opened_is_closed_with_the_block(alice, address):
    with keyring.scope():
        assert again(address).street
        keyring.block_keys(alice.subject)
        assert again(address).street is RESTRICTED


def test_names_in_the_ledgers_are_never_blocked(db):
    with pytest.raises(ValueError, match="LEDGER"):
        keyring.block_keys(keyring.new_subject(), [KeyClass.LEDGER])


def test_a_destroyed_key_is_not_unblocked(alice, address):
    keyring.block_keys(alice.subject)
    keyring.destroy_keys(alice.subject)
    keyring.unblock_keys(alice.subject)
    assert again(address).street is GONE


def test_a_person_who_is_gone_gets_no_new_key(db):
    subject = keyring.new_subject()
    seal(subject)
    keyring.destroy_keys(subject)
    with pytest.raises(keyring.KeyDestroyed):
        seal(subject, KeyClass.MESSAGE)


@pytest.mark.django_db(transaction=True)
def test_a_key_drawn_while_the_person_is_blocked_seals_nothing():
    """Whoever draws and whoever blocks look twice, so no order of the two leaves an open key."""
    subjects = [uuid.uuid4() for _ in range(12)]
    barrier = threading.Barrier(2)
    late = []

    def draw():
        for subject in subjects:
            barrier.wait(10)
            try:
                seal(subject, KeyClass.MESSAGE)
            except keyring.KeyBlocked:
                late.append(subject)
        connections.close_all()

    thread = threading.Thread(target=draw)
    thread.start()
    for subject in subjects:
        barrier.wait(10)
        keyring.block_keys(subject, [KeyClass.MESSAGE])
    thread.join()
    states = DataKey.objects.filter(subject__in=subjects).values_list("state", flat=True)
    assert set(states) == {KeyState.BLOCKED}
    assert len(states) == len(subjects)


# --- The officer --------------------------------------------------------------------------


def test_the_officer_opens_one_persons_rows_with_a_reason_that_is_written_down(
    dan, alice, address, bob
):
    keyring.block_keys(alice.subject)
    keyring.block_keys(bob.subject)
    row = again(address)
    reason = AccessReason.LEGAL_DUTY
    with keyring.opening_blocked(reason, dan, subject=alice.subject, order="ABCD1234"):
        assert row.street == address.street
        assert Phone.objects.get(user=bob).number is RESTRICTED
    assert again(address).street is RESTRICTED
    entry = AuditEntry.objects.get(action=Action.VALUE_OPENED)
    assert (entry.subject, entry.actor, entry.reason) == (alice.subject, dan.subject, reason)
    assert entry.detail == {"order": "ABCD1234"}


def test_nobody_else_opens_them_and_nobody_without_a_code(carol, dan, alice, address):
    keyring.block_keys(alice.subject)
    reason = AccessReason.LEGAL_DUTY
    with (
        pytest.raises(PermissionDenied),
        keyring.opening_blocked(reason, carol, subject=alice.subject, case="C1"),
    ):
        pass
    with pytest.raises(ValueError), keyring.opening_blocked(reason, dan, subject=alice.subject):
        pass
    with (
        pytest.raises(ValueError),
        keyring.opening_blocked("because", dan, subject=alice.subject, case="C1"),
    ):
        pass
    assert not AuditEntry.objects.filter(action=Action.VALUE_OPENED).exists()


# --- Restriction --------------------------------------------------------------------------


@pytest.mark.promise("SEC-02")
def test_a_restricted_person_reads_their_own_data_and_nobody_else_does(alice, bob, address):
    assert keyring.restrict_keys(alice.subject) >= 1
    assert again(address).street is RESTRICTED
    with keyring.as_person(bob.subject):
        assert again(address).street is RESTRICTED
    with keyring.as_person(alice.subject):
        row = again(address)
        assert row.street == address.street
        row.street = "桂花路99号"
        row.save()
    assert not keyring.is_blocked(alice.subject)
    assert keyring.lift_restriction(alice.subject) >= 1
    assert again(address).street == "桂花路99号"
    assert keyring.lift_restriction(alice.subject) == 0


def test_shop_code_writes_nothing_for_a_restricted_person(alice, address):
    keyring.restrict_keys(alice.subject)
    row = again(address)
    row.street = "elsewhere"
    with pytest.raises(keyring.KeyBlocked), transaction.atomic():
        row.save()


def test_the_pages_of_the_person_show_their_own_data(alice, address, client_of):
    keyring.restrict_keys(alice.subject)
    assert address.street in client_of(alice).get("/me/addresses/").content.decode()


def test_a_restriction_outlives_a_block_and_a_restored_keyring(alice, address):
    keyring.restrict_keys(alice.subject)
    keyring.block_keys(alice.subject)
    keyring.unblock_keys(alice.subject)
    assert again(address).street is RESTRICTED
    DataKey.objects.filter(subject=alice.subject).update(state=KeyState.ACTIVE)
    assert again(address).street
    replay.carry_out(JournalEntry.objects.get(decision="RESTRICT"))
    assert again(address).street is RESTRICTED


def test_a_lifted_restriction_is_not_replayed(alice, address):
    keyring.restrict_keys(alice.subject)
    keyring.lift_restriction(alice.subject)
    first = JournalEntry.objects.filter(decision="RESTRICT").order_by("number").first()
    replay.carry_out(first)
    assert again(address).street == address.street
