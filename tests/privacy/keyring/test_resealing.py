"""Rows move to another key, beside writers, and no restore of a backup loses one."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from cryptography.exceptions import InvalidTag
from django.db import connection
from django.utils import timezone

from accounts.models import Address
from privacy import keyring, resealing
from privacy.enums import KeyClass, KeyState
from privacy.fields import GONE, RESTRICTED
from privacy.models import DataKey
from privacy.registry import registry
from privacy.vault import backup_keys
from privacy.vault.backup_keys import Kind

pytestmark = pytest.mark.django_db


def declared(model):
    return registry.declaration_of(model)


def key_of(row, column):
    values = type(row).objects.filter(pk=row.pk).values_list(column, flat=True)[0]
    found = next(one for one in resealing.sealed_columns(type(row)) if one.name == column)
    return DataKey.objects.get(pk=keyring.key_id_of(found.content(values)))


def again(row):
    return type(row).objects.get(pk=row.pk)


def move(model, key_class=KeyClass.STATUTORY, **which):
    return keyring.reseal_rows(declared(model), model.objects.filter(**which), key_class=key_class)


def test_rows_move_to_the_key_of_what_the_law_keeps(alice, address):
    old = key_of(address, "street")
    assert old.key_class == KeyClass.ACCOUNT
    assert move(Address) == 1
    assert move(Address) == 0, "once is enough"
    assert key_of(address, "street").key_class == KeyClass.STATUTORY
    assert again(address).street == address.street
    old.refresh_from_db()
    assert old.retired_at is not None


def test_what_moved_outlives_the_key_that_it_had(alice, address):
    move(Address)
    keyring.block_keys(alice.subject, [KeyClass.ACCOUNT])
    keyring.destroy_keys(alice.subject, [KeyClass.ACCOUNT])
    assert key_of(address, "street").state == KeyState.ACTIVE
    assert again(address).street == address.street
    assert again(alice.phone).number is GONE


def test_an_address_of_e_mail_moves_like_everything_else(alice):
    row = EmailAddress.objects.get(user=alice)
    assert move(EmailAddress) == 1
    assert key_of(row, "email_sealed").key_class == KeyClass.STATUTORY
    assert again(row).email == "alice@person.example"


def test_blocked_rows_move_and_stay_blocked(alice, address):
    keyring.block_keys(alice.subject)
    assert move(Address) == 1
    assert key_of(address, "street").state == KeyState.BLOCKED
    assert again(address).street is RESTRICTED
    keyring.unblock_keys(alice.subject)
    assert again(address).street == address.street


def test_only_the_named_person_moves(alice, bob, address):
    rows = EmailAddress.objects.all()
    assert rows.count() == 2
    number = keyring.reseal_rows(
        declared(EmailAddress), rows, key_class=KeyClass.STATUTORY, subject=bob.subject
    )
    assert number == 1
    row = EmailAddress.objects.get(user=alice)
    assert key_of(row, "email_sealed").key_class == KeyClass.ACCOUNT


def test_a_value_whose_key_is_destroyed_is_left(alice, address):
    keyring.destroy_keys(alice.subject)
    assert move(Address) == 0
    assert again(address).street is GONE


def test_what_a_writer_put_there_meanwhile_stays(alice, address, monkeypatch):
    exchange = resealing._exchange

    def write_first(model, column, exchanges):
        if column == "street":
            row = again(address)
            row.street = "written meanwhile"
            row.save()
        exchange(model, column, exchanges)

    monkeypatch.setattr(resealing, "_exchange", write_first)
    move(Address)
    assert again(address).street == "written meanwhile"
    assert again(address).recipient == address.recipient


def test_what_is_kept_again_after_its_key_went_gets_another_one(alice, address):
    assert move(Address, KeyClass.HELD) == 1
    assert move(Address, KeyClass.STATUTORY) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        keyring.destroy_keys(alice.subject, [KeyClass.HELD])
    assert not DataKey.objects.filter(key_class=KeyClass.HELD, state=KeyState.ACTIVE).exists()
    assert move(Address, KeyClass.HELD) == 1
    assert again(address).street == address.street


def test_a_damaged_value_stops_no_other(alice, address, caplog):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_address SET phone = set_byte(phone, 40, 0)")
        cursor.execute("UPDATE accounts_address SET phone = set_byte(phone, 41, 0)")
    assert move(Address) == 1
    assert again(address).street == address.street
    with pytest.raises(InvalidTag):
        assert again(address).phone
    assert "does not open" in caplog.text


def test_many_rows_move_in_few_questions(alice, address, django_assert_max_num_queries):
    copies = []
    with keyring.scope():
        for _ in range(30):
            copy = again(address)
            copies.append(Address(user=alice, subject=alice.subject, recipient=copy.recipient))
            copies[-1].phone, copies[-1].street = copy.phone, copy.street
            copies[-1].province = copies[-1].city = copies[-1].district = "310101"
        Address.objects.bulk_create(copies)
    with django_assert_max_num_queries(12):
        assert move(Address) == 31
    assert {again(one).street for one in copies} == {address.street}


# --- Backups ------------------------------------------------------------------------------


def test_a_key_from_which_rows_moved_waits_for_the_backups_that_hold_them(alice, address):
    before = backup_keys.draw(Kind.MAIN, timezone.now())
    old = key_of(address, "street")
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        move(Address)
    with time_machine.travel(timezone.now() + timedelta(hours=4)):
        backup_keys.draw(Kind.MAIN, timezone.now())
        assert keyring.destroy_keys(alice.subject, [KeyClass.ACCOUNT]) == 0
        assert resealing.destroy_retired() == (0, 0)
        assert again(alice.phone).number == "+8613800138001"
    backup_keys.end_old(before.ends_at + timedelta(seconds=1))
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        assert resealing.destroy_retired() == (2, 0), "what was left under it moves first"
    old.refresh_from_db()
    assert old.state == KeyState.ACTIVE, "it retired anew, with what moved last"


def test_what_is_left_under_a_retired_key_moves_before_the_key_goes(alice, address):
    old = key_of(address, "street")
    move(Address)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert resealing.destroy_retired()[0] > 0
        assert resealing.destroy_retired() == (0, 0)
    with time_machine.travel(timezone.now() + timedelta(hours=4)):
        assert resealing.destroy_retired() == (0, 1)
    old.refresh_from_db()
    assert old.state == KeyState.DESTROYED
    assert again(alice.phone).number == "+8613800138001"
    assert again(address).street == address.street
    assert EmailAddress.objects.get(user=alice).email == "alice@person.example"


def test_rows_that_are_still_under_a_key_are_found(alice, bob, address):
    key = key_of(address, "street")
    assert list(resealing.rows_under(Address, [key])) == [address]
    assert resealing.rows_under(EmailAddress, [key]).get().user == alice
    other = DataKey.objects.get(subject=bob.subject, key_class=KeyClass.ACCOUNT)
    assert not resealing.rows_under(Address, [other]).exists()
    move(Address)
    assert not resealing.rows_under(Address, [key]).exists()
