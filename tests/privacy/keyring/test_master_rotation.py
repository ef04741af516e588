"""The master key is exchanged while everything stays readable."""

import base64
import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from accounts.queries import user_by_phone
from privacy import keyring
from privacy.enums import KeyClass, KeyState
from privacy.models import DataKey, HouseKeyName, PurposeKey, Run
from privacy.rotation import master as rotation
from privacy.rotation import people
from privacy.rotation.status import status
from privacy.runs import engine
from privacy.runs.enums import RunState
from privacy.vault import backup_keys, replay
from privacy.vault.backup_keys import KeyEnded, Kind

pytestmark = pytest.mark.django_db


def drawn():
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def exchange(settings):
    """Put a new master key in place of the present one, which becomes an old one."""

    def put():
        settings.MASTER_KEY_OLD = [settings.MASTER_KEY, *settings.MASTER_KEY_OLD]
        settings.MASTER_KEY = drawn()
        keyring.forget_purpose_keys()

    return put


def again(row):
    return type(row).objects.get(pk=row.pk)


def test_everything_is_read_before_while_and_after(alice, address, exchange, settings):
    backup = backup_keys.draw(Kind.KEYS, timezone.now())
    exchange()
    assert status()["under_other_masters"] > 3
    assert again(address).street == address.street
    assert user_by_phone("+8613800138001") == alice
    run = rotation.start()
    engine.take_turn(run.pk, seconds=0)
    assert again(address).street == address.street
    run = engine.finish_now(run)
    assert run.state == RunState.DONE
    assert run.counters["rows"] > 3
    settings.MASTER_KEY_OLD = []
    keyring.forget_purpose_keys()
    assert again(address).street == address.street
    assert user_by_phone("+8613800138001") == alice
    assert backup_keys.find(backup.id) == backup.key
    found = status()
    assert found["old_master_may_be_removed"]
    assert found["keep_old_master_until"] == backup.ends_at.date().isoformat()


def test_without_the_old_key_nothing_opens_before_the_rotation(alice, address, settings):
    backup = backup_keys.draw(Kind.MAIN, timezone.now())
    settings.MASTER_KEY = drawn()
    keyring.forget_purpose_keys()
    with pytest.raises(keyring.MasterKeyMissing):
        assert again(address).street
    with pytest.raises(keyring.MasterKeyMissing):
        user_by_phone("+8613800138001")
    with pytest.raises(KeyEnded, match="master key"):
        backup_keys.find(backup.id)
    with pytest.raises(CommandError, match="MASTER_KEY_OLD"):
        call_command("keyring", "status", stdout=StringIO())
    run = engine.finish_now(rotation.start())
    assert "rows" not in run.counters
    assert run.counters["closed"] > 3


def test_the_door_stays_shut_under_another_master_key(alice, settings):
    assert replay.look().faults == ()
    settings.MASTER_KEY = drawn()
    keyring.forget_purpose_keys()
    assert "MASTER_KEY_OLD" in replay.look().faults[0]


def test_keys_wrapped_before_masters_had_ids_are_read_and_wrapped_anew(alice, address, settings):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from privacy.keyring import master

    row = DataKey.objects.get(subject=alice.subject, key_class=KeyClass.ACCOUNT)
    key = master.unwrap_bytes(row.pk.bytes, bytes(row.wrapped))
    nonce = os.urandom(12)
    cipher = AESGCM(base64.b64decode(settings.MASTER_KEY))
    row.wrapped = b"\x01" + nonce + cipher.encrypt(nonce, key, row.pk.bytes)
    row.save()
    assert again(address).street == address.street
    assert status()["wrapped_by"]["unmarked"] == 1
    engine.finish_now(rotation.start())
    assert "unmarked" not in status()["wrapped_by"]
    assert again(address).street == address.street


def test_a_key_destroyed_meanwhile_stays_destroyed(alice, address, exchange, monkeypatch):
    exchange()
    read = rotation._people_after

    def destroy_after_reading(after, at_once):
        rows = read(after, at_once)
        keyring.destroy_keys(alice.subject)
        return rows

    monkeypatch.setattr(rotation, "_people_after", destroy_after_reading)
    engine.finish_now(rotation.start())
    states = DataKey.objects.filter(subject=alice.subject).values_list("state", "wrapped")
    assert set(states) == {(KeyState.DESTROYED, None)}


def test_a_damaged_wrapping_stops_nobody_else(alice, bob, address, exchange):
    exchange()
    rows = DataKey.objects.filter(subject=bob.subject, key_class=KeyClass.ACCOUNT)
    rows.update(wrapped=b"\x01" + bytes(60))
    run = engine.finish_now(rotation.start())
    assert run.counters["closed"] == 1
    assert again(address).street == address.street


def test_the_command_tells_how_the_keys_stand(alice, exchange):
    exchange()
    out = StringIO()
    call_command("keyring", "rotate-master", stdout=out)
    assert "MASTER_KEY_OLD may be emptied" in out.getvalue()
    out = StringIO()
    call_command("keyring", "status", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["under_other_masters"] == 0
    assert found["people"]["ACCOUNT ACTIVE"] == 1
    assert "accounts_phone.number_index" in found["indexes"]
    with pytest.raises(CommandError, match=r"accounts_phone\.number_index"):
        call_command("keyring", "rotate-index", "nonsense", stdout=out)


# --- People's keys ------------------------------------------------------------------------


def test_a_person_gets_a_new_key_and_keeps_everything(alice, bob, address):
    old = DataKey.objects.get(subject=alice.subject, key_class=KeyClass.ACCOUNT)
    out = StringIO()
    call_command("keyring", "rotate-data", "--person", str(alice.subject), stdout=out)
    assert "Done" in out.getvalue()
    old.refresh_from_db()
    assert old.retired_at is not None
    new = DataKey.objects.get(subject=alice.subject, key_class=KeyClass.ACCOUNT, retired_at=None)
    DataKey.objects.filter(pk=old.pk).update(state=KeyState.DESTROYED, wrapped=None)
    assert again(address).street == address.street
    assert again(alice.phone).number == "+8613800138001"
    assert alice.emailaddress_set.get().email == "alice@person.example"
    row = again(address)
    row.street = "桂花路99号"
    row.save()
    assert new.pk == keyring.key_id_of(again(row).__dict__["street"].content)
    others = DataKey.objects.filter(subject=bob.subject, retired_at__isnull=False)
    assert not others.exists()


def test_everybodys_keys_are_exchanged_and_a_blocked_person_stays_blocked(alice, bob, address):
    keyring.block_keys(alice.subject)
    run = engine.finish_now(people.start())
    assert run.state == RunState.DONE
    assert run.counters["rows"] == 2
    assert engine.finish_now(people.start()).state == RunState.DONE
    keys = DataKey.objects.filter(subject=alice.subject, key_class=KeyClass.ACCOUNT)
    assert set(keys.values_list("state", flat=True)) == {KeyState.BLOCKED}
    keyring.unblock_keys(alice.subject)
    assert again(address).street == address.street
    with pytest.raises(ValueError, match="LEDGER"):
        people.start(key_class=KeyClass.LEDGER)
    assert Run.objects.filter(kind=people.KIND, subject=None).count() == 2


# --- Keys of the house that are missing ---------------------------------------------------


def test_a_key_of_the_house_that_was_in_use_is_never_made_anew(db):
    keyring.purpose_key("somewhere")
    PurposeKey.objects.filter(pk="somewhere").delete()
    keyring.forget_purpose_keys()
    with pytest.raises(keyring.HouseKeyMissing, match=r"somewhere.*older than the main database"):
        keyring.purpose_key("somewhere")
    assert status()["missing"] == ["somewhere"]
    out = StringIO()
    with pytest.raises(CommandError, match="Keys are missing"):
        call_command("keyring", "status", stdout=out)
    assert "MISSING: somewhere" in out.getvalue()
    assert keyring.purpose_key("a new one")


def test_a_main_database_that_forgot_a_name_learns_it_again(db):
    keyring.purpose_key("somewhere")
    HouseKeyName.objects.all().delete()
    assert keyring.note_names() >= 1
    assert keyring.note_names() == 0
    PurposeKey.objects.filter(pk="somewhere").delete()
    keyring.forget_purpose_keys()
    with pytest.raises(keyring.HouseKeyMissing):
        keyring.purpose_key("somewhere")


def test_a_page_says_that_a_key_is_missing(alice, client_of):
    client = client_of(alice)
    client.raise_request_exception = False
    assert client.get("/me/addresses/").status_code == 200
    with connections["keyring"].cursor() as cursor:
        cursor.execute("DELETE FROM privacy_purposekey")
    keyring.forget_purpose_keys()
    assert client.get("/me/addresses/").status_code >= 500
