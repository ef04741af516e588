"""The keys of blind indexes are exchanged while people come and go, and nobody doubles."""

import threading
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from accounts.errors import IdentifierTaken
from accounts.models import Phone
from accounts.queries import user_by_phone
from accounts.services import register_person
from accounts.services.registering import give_email, give_phone
from privacy import keyring
from privacy.enums import Decision
from privacy.fields import blind_index
from privacy.keyring import house
from privacy.keyring import indexes as phases
from privacy.models import IndexKey, IndexPhase, JournalEntry, PurposeKey, Run
from privacy.rotation import indexes
from privacy.runs import engine
from privacy.runs.enums import RunState
from privacy.vault import replay

PHONE = "accounts_phone.number_index"
MAIL = "account_emailaddress.email"
NUMBER, ADDRESS = "+8613800138001", "alice@person.example"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody else remembers phases here."""
    monkeypatch.setattr(indexes, "GRACE", timedelta())


def rotate(*labels):
    run = engine.finish_now(indexes.start(list(labels) or None))
    assert run.state == RunState.DONE, run.last_error
    return run


def until(phase, label=PHONE):
    """A rotation that stands in this phase."""
    run = indexes.start([label])
    (step,) = run.steps.all()
    cursor = {}
    for _ in range(5):
        if IndexKey.objects.filter(column=label, phase=phase).exists():
            return step, cursor
        with transaction.atomic():
            cursor = indexes.rotate(step, cursor).cursor
    raise AssertionError(phase)


def go_on(step, cursor):
    for _ in range(20):
        with transaction.atomic():
            chunk = indexes.rotate(step, cursor)
        cursor = chunk.cursor
        if chunk.done:
            return
    raise AssertionError("It never ends.")


def stored(row, column):
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


# --- Before, meanwhile, afterwards --------------------------------------------------------


def test_everybody_is_found_in_each_phase_and_afterwards(alice, bob):
    old = stored(alice.phone, "number_index")
    step, cursor = until(IndexPhase.ANNOUNCED)
    assert user_by_phone(NUMBER) == alice
    step, cursor = until(IndexPhase.MOVING)
    assert user_by_phone(NUMBER) == alice
    assert stored(alice.phone, "number_index") == old, "nothing moved yet"
    go_on(step, cursor)
    assert user_by_phone(NUMBER) == alice
    assert user_by_phone("13800138002") == bob
    assert stored(alice.phone, "number_index") != old


def test_an_address_of_e_mail_is_found_and_opens_in_each_phase(alice):
    def found():
        return EmailAddress.objects.get(email=ADDRESS.upper())

    old = stored(found(), "email")
    step, cursor = until(IndexPhase.MOVING, MAIL)
    assert found().email == ADDRESS
    assert EmailAddress.objects.filter(email__in=[ADDRESS, "x@person.example"]).count() == 1
    go_on(step, cursor)
    assert found().email == ADDRESS
    assert stored(found(), "email") != old
    row = found()
    row.verified = False
    row.save()
    assert found().email == ADDRESS


@pytest.mark.promise("SEC-02")
def test_an_old_dump_with_a_list_of_numbers_finds_nobody_afterwards(alice, bob):
    dump = {stored(row, "number_index") for row in Phone.objects.all()}
    dump |= {stored(row, "number_tail_index") for row in Phone.objects.all()}
    dump |= {stored(row, "email") for row in EmailAddress.objects.all()}

    def finds():
        names = list(PurposeKey.objects.values_list("name", flat=True))
        listed = [NUMBER, "+8613800138002", "8001", "8002", ADDRESS, "bob@person.example"]
        return {
            one for one in dump for name in names for n in listed if keyring.token(name, n) == one
        }

    assert finds() == dump, "before, the list finds everybody"
    rotate()
    assert finds() == set()
    assert user_by_phone(NUMBER) == alice


def test_the_old_key_is_destroyed_and_the_journal_says_so(alice):
    first = phases.first_name(PHONE)
    rotate(PHONE)
    entry = JournalEntry.objects.get(decision=Decision.DESTROY_INDEX_KEY)
    assert entry.scope == first
    assert not PurposeKey.objects.filter(pk=first).exists()
    with pytest.raises(keyring.HouseKeyMissing):
        keyring.purpose_key(first)
    rotate(PHONE)
    assert JournalEntry.objects.count() == 2


def test_a_row_read_before_the_rotation_and_saved_after_it_keeps_the_new_index(alice):
    untouched = Phone.objects.get(user=alice)
    opened = Phone.objects.get(user=alice)
    assert opened.number == NUMBER
    mail = EmailAddress.objects.get(user=alice)
    rotate()
    for row in (untouched, opened, mail):
        row.save()
    assert user_by_phone(NUMBER) == alice
    assert EmailAddress.objects.get(email=ADDRESS).user == alice


def test_a_blocked_row_moves_too_and_a_lost_one_loses_its_index(alice, bob):
    keyring.block_keys(alice.subject)
    keyring.destroy_keys(bob.subject)
    rotate()
    assert stored(bob.phone, "number_index") is None
    assert EmailAddress.objects.get(user=bob).email == ""
    keyring.unblock_keys(alice.subject)
    assert user_by_phone(NUMBER) == alice


# --- No double ----------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [IndexPhase.ANNOUNCED, IndexPhase.MOVING])
def test_a_taken_number_stays_taken_during_the_rotation(alice, bob, phase):
    step, cursor = until(phase)
    with pytest.raises(IdentifierTaken):
        give_phone(bob, NUMBER)
    assert give_phone(alice, "+8613900139000")
    assert user_by_phone("13900139000") == alice
    go_on(step, cursor)
    assert user_by_phone("13900139000") == alice
    assert user_by_phone(NUMBER) is None


@pytest.mark.parametrize("phase", [IndexPhase.ANNOUNCED, IndexPhase.MOVING])
def test_a_taken_address_stays_taken_during_the_rotation(alice, bob, phase):
    step, cursor = until(phase, MAIL)
    with pytest.raises(IdentifierTaken):
        give_email(bob, ADDRESS)
    give_email(alice, ADDRESS)
    go_on(step, cursor)
    assert EmailAddress.objects.get(email=ADDRESS).user == alice
    assert EmailAddress.objects.get(email="bob@person.example").user == bob


@pytest.mark.django_db(transaction=True)
def test_of_many_who_sign_up_with_one_number_during_a_rotation_one_gets_it():
    """Half of them begin before the indexes move, half while they do."""
    keyring.purpose_key("warm-up")
    run = indexes.start([PHONE])
    (step,) = run.steps.all()
    with transaction.atomic():
        cursor = indexes.rotate(step, {}).cursor
    barrier, won, lost, errors = threading.Barrier(9), [], [], []

    def sign_up(number):
        try:
            barrier.wait(20)
            won.append(register_person(phone=number))
        except IdentifierTaken:
            lost.append(number)
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=sign_up, args=(f"+8613700137{n // 4:03}",)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    barrier.wait(20)
    go_on(step, cursor)
    for thread in threads:
        thread.join()
    assert errors == []
    assert (len(won), len(lost)) == (2, 6)
    assert Phone.objects.count() == 2
    for n in range(2):
        assert user_by_phone(f"+8613700137{n:03}") in won


@pytest.mark.django_db(transaction=True)
def test_a_phase_waits_for_whoever_is_writing_by_the_former_one():
    person = register_person(phone=NUMBER)
    run = indexes.start([PHONE])
    (step,) = run.steps.all()
    with transaction.atomic():
        cursor = indexes.rotate(step, {}).cursor
    entered, moved = threading.Event(), threading.Event()

    def begin_moving():
        entered.wait(10)
        with transaction.atomic():
            indexes.rotate(step, cursor)
        moved.set()
        connections.close_all()

    thread = threading.Thread(target=begin_moving)
    thread.start()
    with transaction.atomic():
        give_phone(person, "+8613900139000")
        entered.set()
        assert not moved.wait(0.5), "somebody is writing under the present key"
    assert moved.wait(10)
    thread.join()
    go_on(step, {"phase": "move"})
    assert user_by_phone("+8613900139000") == person


# --- Faults -------------------------------------------------------------------------------


def test_it_waits_until_every_process_knows(alice, monkeypatch):
    monkeypatch.setattr(indexes, "GRACE", timedelta(seconds=60))
    run = engine.finish_now(indexes.start([PHONE]))
    assert (run.state, run.waits_for) == (RunState.PAUSED, "LATER")
    assert IndexKey.objects.get(pk=PHONE).phase == IndexPhase.ANNOUNCED
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        run = engine.finish_now(run)
        assert IndexKey.objects.get(pk=PHONE).phase == IndexPhase.STEADY
        assert run.state == RunState.PAUSED, "the old key may still be looked up by"
    with time_machine.travel(timezone.now() + timedelta(seconds=240)):
        assert engine.finish_now(run).state == RunState.DONE


def test_a_step_that_is_done_twice_does_no_harm(alice):
    step, cursor = until(IndexPhase.ANNOUNCED)
    for _ in range(12):
        with transaction.atomic():
            indexes.rotate(step, dict(cursor))
        with transaction.atomic():
            chunk = indexes.rotate(step, dict(cursor))
        cursor = chunk.cursor
        assert user_by_phone(NUMBER) == alice
        if chunk.done:
            break
    assert chunk.done
    assert PurposeKey.objects.filter(pk__startswith=f"blind:{PHONE}").count() == 1


def test_the_constraint_still_guards_when_nothing_is_rotated(alice, bob):
    row = Phone.objects.get(user=bob)
    row.number = NUMBER
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_one_rotation_at_a_time(alice):
    first = indexes.start([PHONE])
    assert indexes.start([MAIL]) == first
    with pytest.raises(indexes.NoSuchIndex):
        indexes.start(["accounts_phone.number"])


def test_old_keys_are_exchanged_by_the_clock(alice, settings):
    assert indexes.start_old() is None
    with time_machine.travel(timezone.now() + timedelta(days=settings.INDEX_KEY_DAYS + 1)):
        run = indexes.start_old()
    assert PHONE in run.plan["steps"]
    assert Run.objects.filter(kind=indexes.KIND).count() == 1


# --- Restored databases -------------------------------------------------------------------


def test_a_main_database_from_before_the_rotation_finds_everybody_after_the_replay(alice):
    old = stored(alice.phone, "number_index")
    mail = EmailAddress.objects.get(user=alice)
    before = (stored(mail, "email"), bytes(stored(mail, "email_sealed")))
    rotate()
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE accounts_phone SET number_index = %s", [old])
        cursor.execute(
            "UPDATE account_emailaddress SET email = %s, email_sealed = %s", list(before)
        )
    IndexKey.objects.all().delete()
    phases.forget_phases()
    for entry in JournalEntry.objects.order_by("number"):
        replay.carry_out(entry)
    assert user_by_phone(NUMBER) == alice
    assert EmailAddress.objects.get(email=ADDRESS).email == ADDRESS
    assert not PurposeKey.objects.filter(pk=phases.first_name(PHONE)).exists()


def test_a_keyring_from_before_the_rotation_gets_new_indexes(alice):
    rotate()
    present = IndexKey.objects.get(pk=PHONE).key_name
    PurposeKey.objects.filter(pk=present).delete()
    keyring.forget_purpose_keys()
    with pytest.raises(keyring.HouseKeyMissing):
        blind_index(Phone, "number_index", NUMBER)
    assert indexes.heal() == 1
    assert user_by_phone(NUMBER) == alice
    assert indexes.heal() == 0


def test_a_key_that_no_index_uses_is_not_missed(alice):
    name = f"{phases.first_name(PHONE)}:of-a-replaced-database"
    keyring.purpose_key(name)
    PurposeKey.objects.filter(pk=name).delete()
    assert name in house.missing_names()
    assert indexes.heal() == 0
    assert name not in house.missing_names()
    assert user_by_phone(NUMBER) == alice
