"""Keys are made before what they seal, end with their scope, and are destroyed for ever."""

import threading
import uuid

import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction

from privacy import keyring
from privacy.enums import KeyClass, KeyState
from privacy.models import DataKey, PurposeKey
from tests.support.processes import python

PLACE = {"table": "t", "column": "c", "row": "r"}


def seal(subject, plain=b"value", key_class=KeyClass.ACCOUNT, **place):
    return keyring.seal_value(plain, subject=subject, key_class=key_class, **{**PLACE, **place})


@pytest.mark.promise("SEC-02")
def test_what_is_sealed_opens_again_and_shows_nothing(db):
    sealed = seal(keyring.new_subject(), b"Lin Xiaoyu")
    assert b"Lin" not in sealed
    assert keyring.open_value(sealed, **PLACE) == b"Lin Xiaoyu"


def test_equal_values_are_sealed_differently(db):
    subject = keyring.new_subject()
    assert seal(subject) != seal(subject)


@pytest.mark.parametrize("moved", [{"table": "x"}, {"column": "x"}, {"row": "x"}])
def test_a_sealed_value_opens_in_its_place_only(db, moved):
    sealed = seal(keyring.new_subject())
    with pytest.raises(InvalidTag):
        keyring.open_value(sealed, **{**PLACE, **moved})


def test_one_changed_byte_is_noticed(db):
    sealed = bytearray(seal(keyring.new_subject()))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        keyring.open_value(bytes(sealed), **PLACE)


def test_something_that_was_never_sealed_is_refused(db):
    with pytest.raises(InvalidTag):
        keyring.open_value(b"plain text that somebody wrote here by hand", **PLACE)


def test_a_destroyed_key_opens_nothing_and_seals_nothing(db):
    subject = keyring.new_subject()
    sealed = seal(subject)
    assert keyring.destroy_keys(subject) == 1
    assert keyring.destroy_keys(subject) == 0
    assert keyring.open_value(sealed, **PLACE) is None
    with pytest.raises(keyring.KeyDestroyed):
        seal(subject)
    row = DataKey.objects.get(subject=subject)
    assert row.state == KeyState.DESTROYED
    assert row.wrapped is None


def test_a_missing_key_is_an_error_and_not_the_same_as_a_destroyed_one(db, caplog):
    gone, lost = keyring.new_subject(), keyring.new_subject()
    destroyed, missing = seal(gone), seal(lost)
    keyring.destroy_keys(gone)
    key_id = keyring.key_id_of(missing)
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_datakey WHERE id = %s", [key_id])
    assert keyring.open_value(destroyed, **PLACE) is None
    with keyring.scope():
        assert key_id not in keyring.fetch_keys([key_id])
        with pytest.raises(keyring.KeyMissing, match=str(key_id)):
            keyring.open_value(missing, **PLACE)
    (line,) = [record for record in caplog.records if record.name == "privacy.keyring"]
    assert line.key_id == str(key_id)
    assert str(lost) not in caplog.text


def test_destroying_ends_what_the_present_scope_had_opened(db):
    subject = keyring.new_subject()
    with keyring.scope():
        sealed = seal(subject)
        assert keyring.open_value(sealed, **PLACE) == b"value"
        keyring.destroy_keys(subject)
        assert keyring.open_value(sealed, **PLACE) is None


def test_classes_are_destroyed_one_by_one(db):
    subject = keyring.new_subject()
    account = seal(subject)
    trade = seal(subject, key_class=KeyClass.TRANSACTION)
    keyring.destroy_keys(subject, [KeyClass.ACCOUNT])
    assert keyring.open_value(account, **PLACE) is None
    assert keyring.open_value(trade, **PLACE) == b"value"


def test_rows_that_end_by_age_have_a_key_for_each_month(db):
    subject = keyring.new_subject()
    with time_machine.travel("2027-03-31T10:00:00Z", tick=False):
        march = seal(subject, key_class=KeyClass.MESSAGE)
    with time_machine.travel("2027-04-01T10:00:00Z", tick=False):
        april = seal(subject, key_class=KeyClass.MESSAGE)
    assert keyring.key_id_of(march) != keyring.key_id_of(april)
    buckets = DataKey.objects.filter(subject=subject).values_list("bucket", flat=True)
    assert sorted(buckets) == ["2027-03", "2027-04"]
    assert keyring.open_value(march, **PLACE) == b"value"


def test_one_query_opens_many_keys_and_the_scope_remembers_them(db, django_assert_num_queries):
    sealed = [seal(keyring.new_subject()) for _ in range(5)]
    ids = [keyring.key_id_of(one) for one in sealed]
    with keyring.scope():
        with django_assert_num_queries(1, using="keyring"):
            keyring.fetch_keys(ids)
        with django_assert_num_queries(0, using="keyring"):
            assert [keyring.open_value(one, **PLACE) for one in sealed] == [b"value"] * 5
    with keyring.scope(), django_assert_num_queries(1, using="keyring"):
        keyring.open_value(sealed[0], **PLACE)


def test_an_inner_scope_ends_with_the_outer_one(db, django_assert_num_queries):
    sealed = seal(keyring.new_subject())
    with keyring.scope():
        with keyring.scope():
            keyring.open_value(sealed, **PLACE)
        with django_assert_num_queries(0, using="keyring"):
            keyring.open_value(sealed, **PLACE)


def test_keys_of_many_new_people_are_made_at_once(db, django_assert_num_queries):
    subjects = [keyring.new_subject() for _ in range(20)]
    with keyring.scope():
        with django_assert_num_queries(1, using="keyring"):
            made = keyring.make_keys(subjects, [KeyClass.ACCOUNT, KeyClass.MESSAGE])
        assert made == 40
        with django_assert_num_queries(0, using="keyring"):
            sealed = seal(subjects[3])
    assert keyring.open_value(sealed, **PLACE) == b"value"


def test_a_key_wrapped_for_another_row_is_refused(db):
    mine, other = keyring.new_subject(), keyring.new_subject()
    sealed, _ = seal(mine), seal(other)
    stolen = DataKey.objects.get(subject=other).wrapped
    DataKey.objects.filter(subject=mine).update(wrapped=stolen)
    with pytest.raises(InvalidTag):
        keyring.open_value(sealed, **PLACE)


@pytest.mark.parametrize("bad", ["", "too short", "c2hvcnQ="])
def test_a_master_key_that_is_none_is_refused(db, settings, bad):
    settings.MASTER_KEY = bad
    with pytest.raises(ImproperlyConfigured):
        seal(keyring.new_subject())


def test_another_master_key_opens_nothing(db, settings):
    sealed = seal(keyring.new_subject())
    settings.MASTER_KEY = "A" * 43 + "="
    with pytest.raises(InvalidTag):
        keyring.open_value(sealed, **PLACE)


# --- Keys of the house ------------------------------------------------------------------


def test_a_fingerprint_depends_on_purpose_and_value(db):
    assert keyring.token("a", "x") == keyring.token("a", "x")
    assert len({keyring.token("a", "x"), keyring.token("b", "x"), keyring.token("a", "y")}) == 3


def test_a_key_of_the_house_is_made_once_and_stays(db):
    first = keyring.purpose_key("somewhere")
    keyring.forget_purpose_keys()
    assert keyring.purpose_key("somewhere") == first
    assert PurposeKey.objects.filter(pk="somewhere").count() == 1


def test_bytes_sealed_for_one_thing_do_not_open_for_another(db):
    sealed = keyring.seal_bytes("files", b"content", bound_to="a")
    assert keyring.open_bytes("files", sealed, bound_to="a") == b"content"
    for purpose, thing in (("files", "b"), ("sessions", "a")):
        with pytest.raises(InvalidTag):
            keyring.open_bytes(purpose, sealed, bound_to=thing)
    with pytest.raises(InvalidTag):
        keyring.open_bytes("files", b"", bound_to="a")


# --- Order of writes --------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_key_is_never_made_in_a_transaction_of_the_keyring(settings):
    settings.TESTING = False
    with transaction.atomic(using="keyring"), pytest.raises(keyring.KeyringInTransaction):
        seal(keyring.new_subject())
    with transaction.atomic(using="keyring"), pytest.raises(keyring.KeyringInTransaction):
        keyring.purpose_key("never-made")
    with transaction.atomic(using="default"):
        assert seal(keyring.new_subject())


@pytest.mark.django_db(transaction=True)
def test_the_key_outlives_the_transaction_that_needed_it():
    subject = keyring.new_subject()
    with transaction.atomic():
        seal(subject)
        transaction.set_rollback(True)
    assert DataKey.objects.filter(subject=subject).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_key_at_once_share_it():
    subject = keyring.new_subject()
    keyring.purpose_key("warm-up")
    barrier, sealed, errors = threading.Barrier(8), [], []

    def make():
        try:
            barrier.wait(10)
            sealed.append(seal(subject))
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert DataKey.objects.filter(subject=subject).count() == 1
    assert {keyring.open_value(one, **PLACE) for one in sealed} == {b"value"}


CRASH = """
import os, sys
from uuid import UUID
from django.db import transaction
from accounts.models import User, Profile
from privacy import keyring
from privacy.enums import KeyClass

subject, where = UUID(sys.argv[1]), sys.argv[2]

def die(at):
    if at == where:
        os._exit(9)

with transaction.atomic():
    user = User(subject=subject)
    user.save()
    die("after the person")
    profile = Profile(user=user, subject=subject, gender="x")
    profile.save()
    die("before the commit")
die("after the commit")
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["after the person", "before the commit", "after the commit"])
def test_a_crash_leaves_an_unused_key_at_most_and_never_an_unreadable_row(where):
    from accounts.models import Profile

    subject = uuid.uuid4()
    child = python(CRASH, str(subject), where)
    assert child.returncode == 9, child.stderr
    rows = list(Profile.objects.filter(subject=subject))
    keys = DataKey.objects.filter(subject=subject).count()
    expected = {
        "after the person": (0, 0),
        "before the commit": (0, 1),
        "after the commit": (1, 1),
    }
    assert (len(rows), keys) == expected[where]
    assert [row.gender for row in rows] == ["x"] * len(rows)
