"""Sealed files, keys of backups, the witnesses of the journal, and the door."""

import io
import json
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from privacy import consents, journal, keyring, purposes
from privacy.enums import Decision, KeyClass, KeyState
from privacy.models import (
    AppliedDecision,
    AppliedKeyDecision,
    ConsentEntry,
    DataKey,
    JournalEntry,
    JournalHead,
    Restoration,
)
from privacy.vault import backup_keys, gate, gone_from_backups, replay, sealing, unreadable_from
from privacy.vault.backup_keys import Kind

KEY = bytes(range(32))


# --- Sealed files -----------------------------------------------------------------------


def sealed(content, step=70_000):
    out = io.BytesIO()
    writer = sealing.SealedWriter(out, KEY, {"kind": "main"})
    for start in range(0, len(content), step):
        writer.write(content[start : start + step])
    writer.finish()
    return out.getvalue()


def opened(content, key=KEY):
    return sealing.SealedReader(io.BytesIO(content), key).readall()


@given(st.sampled_from([0, 1, 1000, sealing.CHUNK, sealing.CHUNK + 1, 2 * sealing.CHUNK]))
def test_what_is_sealed_opens_again(size):
    content = bytes(size)
    assert opened(sealed(content)) == content


def test_a_file_that_was_changed_cut_extended_or_reordered_does_not_open():
    content = sealed(bytes(3 * sealing.CHUNK))
    head = len(content) - (3 * (sealing.CHUNK + 20))
    chunk = sealing.CHUNK + 20
    first, second = content[head : head + chunk], content[head + chunk : head + 2 * chunk]
    wrong = [
        content[:-1],
        content[: head + chunk],
        content[:head],
        content + b"x",
        content[:head] + second + first + content[head + 2 * chunk :],
        content[:100] + bytes([content[100] ^ 1]) + content[101:],
        content[:-5] + bytes([content[-5] ^ 1]) + content[-4:],
        b"PGDMP" + content,
        b"",
    ]
    for one in wrong:
        with pytest.raises(sealing.Damaged):
            opened(one)
    with pytest.raises(sealing.Damaged):
        opened(content, key=bytes(32))


def test_two_files_of_one_content_have_nothing_in_common():
    assert sealed(b"the same")[-24:] != sealed(b"the same")[-24:]


# --- The keys of backups ----------------------------------------------------------------


@pytest.fixture
def folders(settings, tmp_path):
    settings.VAULT_DIR = tmp_path / "vault"
    settings.JOURNAL_DIR = tmp_path / "journal"
    return tmp_path


def test_a_backup_key_ends_and_is_destroyed(folders, settings):
    now = timezone.now()
    old = backup_keys.draw(Kind.KEYS, now - timedelta(days=settings.KEY_BACKUP_KEEP_DAYS))
    new = backup_keys.draw(Kind.KEYS, now)
    assert backup_keys.find(new.id) == new.key
    with pytest.raises(backup_keys.KeyEnded, match="ended on"):
        backup_keys.find(old.id)
    assert backup_keys.end_old(timezone.now()) == 1
    file = settings.VAULT_DIR / backup_keys.FILE
    assert old.id not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert new.key.hex() not in file.read_text()


@pytest.mark.promise("RET-06")
def test_the_date_on_a_receipt_follows_from_the_rotation(settings):
    settings.KEY_BACKUP_KEEP_DAYS, settings.BACKUP_KEEP_DAYS = 14, 30
    at = datetime(2027, 3, 1, 17, tzinfo=UTC)  # Already the second of March in Shanghai.
    assert unreadable_from(KeyClass.ACCOUNT, at) == date(2027, 3, 17)
    assert unreadable_from(KeyClass.STATUTORY, at) > date(2028, 2, 28)
    assert gone_from_backups(at) == date(2027, 4, 2)


# --- Decisions --------------------------------------------------------------------------


@pytest.mark.django_db
def test_keys_are_journalled_before_they_are_destroyed_and_by_class_and_count():
    subject = uuid.uuid4()
    keyring.make_keys([subject], [KeyClass.ACCOUNT, KeyClass.MESSAGE])
    assert keyring.destroy_keys(subject) == 2
    entry = JournalEntry.objects.get()
    assert (entry.decision, entry.scope) == ("DESTROY_KEYS", "ACCOUNT,MESSAGE")
    month = timezone.now().strftime("%Y-%m")
    assert entry.counters == {"ACCOUNT": 1, f"MESSAGE@{month}": 1}
    assert AppliedDecision.objects.get().hash == AppliedKeyDecision.objects.get().hash == entry.hash
    assert keyring.destroy_keys(subject) == 0
    assert JournalEntry.objects.count() == 1, "nothing happened, so nothing was decided"


@pytest.mark.django_db
def test_a_whole_bucket_is_one_decision():
    people = [uuid.uuid4() for _ in range(3)]
    keyring.make_keys(people, [KeyClass.MESSAGE, KeyClass.ACCOUNT])
    bucket = timezone.now().strftime("%Y-%m")
    assert keyring.destroy_bucket(KeyClass.MESSAGE, bucket) == 3
    assert JournalEntry.objects.get().counters == {"MESSAGE": 3}
    assert DataKey.objects.filter(key_class=KeyClass.ACCOUNT, state=KeyState.ACTIVE).count() == 3
    with pytest.raises(ValueError, match="no buckets"):
        keyring.destroy_bucket(KeyClass.ACCOUNT, bucket)


@pytest.mark.django_db
def test_what_a_whole_bucket_sealed_reads_as_gone_and_not_as_lost():
    people = [uuid.uuid4() for _ in range(20)]
    place = {"table": "t", "column": "c", "row": "r"}
    sealed = [
        keyring.seal_value(b"bait", subject=person, key_class=KeyClass.MESSAGE, **place)
        for person in people
    ]
    assert {keyring.open_value(one, **place) for one in sealed} == {b"bait"}
    bucket = timezone.now().strftime("%Y-%m")
    assert keyring.destroy_bucket(KeyClass.MESSAGE, bucket) == 20
    assert not DataKey.objects.filter(key_class=KeyClass.MESSAGE).exists()
    assert {keyring.open_value(one, **place) for one in sealed} == {None}
    assert keyring.destroy_bucket(KeyClass.MESSAGE, bucket) == 0
    strange = sealed[0][:1] + uuid.uuid4().bytes + sealed[0][17:]
    with pytest.raises(keyring.KeyMissing):
        keyring.open_value(strange, **place)


def forget_marks(alias, table):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute("RESET ROLE")
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(f'SET ROLE "{role}"')


@pytest.mark.django_db
def test_a_replay_does_not_touch_a_younger_key():
    subject = uuid.uuid4()
    keyring.make_keys([subject], [KeyClass.ACCOUNT])
    keyring.destroy_keys(subject)
    later = timezone.now() + timedelta(days=40)
    bucket = later.strftime("%Y-%m")
    DataKey.objects.create(
        subject=subject, key_class=KeyClass.MESSAGE, bucket=bucket, wrapped=b"x", created_at=later
    )
    forget_marks("keyring", "privacy_appliedkeydecision")
    assert replay.look().pending == 1
    assert replay.replay().done == 1
    assert DataKey.objects.get(bucket=bucket).state == KeyState.ACTIVE
    assert replay.look().is_sound


@pytest.mark.django_db
def test_a_withdrawal_comes_back_after_a_restore_once_and_a_later_yes_stays():
    subject = uuid.uuid4()

    def agree():
        consents.give(
            subject, purposes.POLICY, document_version="1", language="en", place="sign-up"
        )

    agree()
    consents.withdraw(subject, purposes.POLICY, language="en", place="settings")
    forget_marks("default", "privacy_applieddecision")
    forget_marks("default", "privacy_consententry")
    agree_before = JournalEntry.objects.get().written_at - timedelta(days=1)
    ConsentEntry.objects.create(
        subject=subject,
        purpose=purposes.POLICY.code,
        decision="GIVEN",
        document_version="1",
        language="en",
        place="sign-up",
        method="CHECKBOX",
        at=agree_before,
    )
    assert consents.has_given(subject, purposes.POLICY)
    assert replay.replay().changed == 1
    assert not consents.has_given(subject, purposes.POLICY)
    forget_marks("default", "privacy_applieddecision")
    assert replay.replay().changed == 0, "the ledger has it already"
    agree()
    assert consents.has_given(subject, purposes.POLICY)


@pytest.mark.django_db
def test_a_decision_without_a_handler_keeps_the_door_shut_and_is_named_and_others_go_on():
    journal.write(Decision.OBJECT, subject=uuid.uuid4())
    subject = uuid.uuid4()
    keyring.make_keys([subject], [KeyClass.ACCOUNT])
    keyring.destroy_keys(subject)
    forget_marks("keyring", "privacy_appliedkeydecision")
    result = replay.replay()
    assert result.done == 1
    assert result.faults == ["Entry 1 (OBJECT) has no handler in this release."]
    assert replay.look().pending == 1


# --- Witnesses --------------------------------------------------------------------------


@pytest.fixture
def decided(folders, db):
    subject = uuid.uuid4()
    keyring.make_keys([subject], [KeyClass.ACCOUNT, KeyClass.MESSAGE])
    keyring.destroy_keys(subject, [KeyClass.MESSAGE])
    keyring.destroy_keys(subject, [KeyClass.ACCOUNT])
    assert replay.look().is_sound
    return folders


@pytest.mark.usefixtures("decided")
def test_a_lost_file_is_written_again_from_the_table(settings):
    (settings.JOURNAL_DIR / journal.FILE).unlink()
    assert replay.look().is_sound
    assert journal.verify() == 2


@pytest.mark.usefixtures("decided")
def test_a_journal_shorter_than_the_published_head_takes_no_entry(settings):
    file = settings.JOURNAL_DIR / journal.FILE
    file.write_text(file.read_text().splitlines(keepends=True)[0])
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_journalentry WHERE number = 2")
    assert "entry 2" in replay.look().faults[0]
    with pytest.raises(journal.JournalBroken, match="Entries are missing"):
        journal.write(Decision.OBJECT, subject=uuid.uuid4())


@pytest.mark.usefixtures("decided")
def test_a_published_head_that_is_gone_or_forged_is_noticed(settings):
    file = settings.VAULT_DIR / journal.PUBLISHED
    whole = file.read_text()
    file.unlink()
    assert "No published head" in replay.look().faults[0]
    replay.trust(journal.table_head())
    assert replay.look().is_sound
    document = json.loads(whole)
    document["content"]["number"] = 1
    file.write_text(json.dumps(document))
    assert "not signed by this mall" in replay.look().faults[0]
    file.write_text("rubbish")
    assert "not readable" in replay.look().faults[0]


@pytest.mark.usefixtures("decided")
def test_a_database_that_knows_another_decision_is_noticed():
    forget_marks("default", "privacy_applieddecision")
    AppliedDecision.objects.create(number=2, hash="0" * 64)
    assert replay.look().faults == ("The main database knows another entry 2.",)
    JournalHead.objects.update(number=9)
    assert "the keyring knows entry 9" in replay.look().faults[0]


@pytest.mark.usefixtures("decided")
def test_a_restore_waits_until_it_was_replayed():
    head = journal.table_head()
    Restoration.objects.create(
        backup="b", parts="main", made_at=timezone.now(), head_number=2, head_hash=head.hash
    )
    assert not replay.look().is_sound
    assert replay.replay().faults == []
    assert replay.look().is_sound
    assert Restoration.objects.get().finished_at is not None


def test_a_mall_that_begins_anew_puts_the_old_head_aside(folders, settings, db):
    settings.VAULT_DIR.mkdir()
    (settings.VAULT_DIR / journal.PUBLISHED).write_text('{"number": 9, "hash": "x"}')
    assert replay.look().is_sound
    assert len(list(settings.VAULT_DIR.glob(f"{journal.PUBLISHED}.2*"))) == 1


# --- The door ---------------------------------------------------------------------------


@pytest.fixture
def door(settings, tmp_path, decided):
    settings.VAR = tmp_path
    gate.begin()
    yield gate
    gate._door = gate._Door()


def test_an_open_door_asks_no_database(door, django_assert_num_queries):
    assert door.is_open()
    for alias in ("default", "keyring"):
        with django_assert_num_queries(0, connection=connections[alias]):
            assert door.is_open()


def test_a_shut_door_says_so_on_every_page_and_holds_the_jobs_back(door, settings):
    from jobs.errors import TryLater

    assert door.is_open()
    file = settings.VAULT_DIR / journal.PUBLISHED
    content = file.read_text()
    file.unlink()
    door.stamp()
    page = Client().get("/search/", headers={"accept-language": "zh-hans"})
    assert page.status_code == 503
    assert page["Retry-After"] == "30"
    assert "default-src" in page["Content-Security-Policy"]
    assert Client().get("/readyz").json()["erasures_replayed"] is False
    assert Client().get("/healthz").status_code == 200
    with pytest.raises(TryLater), door.for_jobs():
        pass
    file.write_text(content)
    door.stamp()
    assert door.is_open()
    assert Client().get("/readyz").json()["erasures_replayed"] is True
