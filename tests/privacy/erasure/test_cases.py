"""From the confirming click to the end: hidden, undone, waited for, erased."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Address, Phone, User
from accounts.services import register_person
from orders.models import Order
from privacy import keyring
from privacy.enums import Decision, KeyClass, KeyState
from privacy.erasure import cases, planning, proof
from privacy.erasure.enums import CaseState
from privacy.erasure.errors import MustWait, PlanChanged, TooLateToUndo
from privacy.models import DataKey, ErasureCase, JournalEntry
from tests.conftest import PASSWORD
from tests.orders.world import buy, buy_and_pay, shop
from tests.privacy.erasure.world import erase


def decisions_of(person):
    rows = JournalEntry.objects.using(keyring.ALIAS).filter(subject=person.subject)
    return list(rows.order_by("number").values_list("decision", flat=True))


@pytest.mark.promise("RGT-06")
def test_an_account_is_erased_after_the_week(alice, address):
    case = erase(alice)
    assert case.state == CaseState.DONE
    assert case.run.last_error == ""
    alice.refresh_from_db()
    assert (alice.member_name, alice.password, alice.is_active) == (None, "", False)
    assert not Phone.objects.filter(user=alice).exists()
    assert not Address.objects.filter(user=alice).exists()
    living = DataKey.objects.filter(subject=alice.subject, state=KeyState.ACTIVE)
    assert not living.filter(key_class=KeyClass.ACCOUNT).exists()
    assert decisions_of(alice) == [
        Decision.CANCEL_ACCOUNT,
        Decision.ERASE_ACCOUNT,
        Decision.DESTROY_KEYS,
    ]
    again = register_person(
        phone="+8613800138001", email="alice@person.example", member_name="alice", password=PASSWORD
    )
    assert again.subject != alice.subject


def test_the_receipt_names_the_day_on_which_the_last_backup_is_unreadable(alice, address):
    """A key from which kept rows moved waits for the backups that hold them under it."""
    case = erase(alice)
    said = proof.receipt_of(case).outcome["content"]
    assert said["unreadable_from"] < said["gone_from_backups"]


def test_the_day_waits_for_keys_that_wait(alice, address):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    Order.objects.filter(pk=order.pk).update(state="completed")
    case = erase(alice, days=16)
    said = proof.receipt_of(case).outcome["content"]
    assert keyring.some_wait_for_backups(alice.subject)
    assert said["unreadable_from"] == said["gone_from_backups"]


def test_asking_twice_is_asking_once(alice):
    assert cases.open_case(alice.subject) == cases.open_case(alice.subject)
    assert decisions_of(alice) == [Decision.CANCEL_ACCOUNT]


def test_nothing_goes_before_the_week_is_over(alice, jobs):
    cases.open_case(alice.subject)
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23), tick=True):
        assert cases.tend() == 0
    assert Phone.objects.filter(user=alice).exists()


def test_a_changed_plan_asks_again(alice):
    seen = planning.plan_for(alice.subject).fingerprint
    Address.objects.create(
        user=alice, subject=alice.subject, recipient="x", phone="+8613800138001", street="y"
    )
    with pytest.raises(PlanChanged):
        cases.open_case(alice.subject, fingerprint=seen)
    assert not ErasureCase.objects.exists()
    now = planning.plan_for(alice.subject).fingerprint
    assert cases.open_case(alice.subject, fingerprint=now).plan_sha256 == now


def test_what_was_taken_back_is_as_it_was(alice):
    before = planning.plan_for(alice.subject).fingerprint
    case = cases.open_case(alice.subject)
    alice.refresh_from_db()
    assert alice.closing_at is not None
    cases.undo(case)
    alice.refresh_from_db()
    assert alice.closing_at is None
    assert planning.plan_for(alice.subject).fingerprint == before
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=True):
        assert cases.tend() == 0
    with pytest.raises(TooLateToUndo):
        cases.undo(case)


def test_what_has_begun_is_not_taken_back(alice):
    case = erase(alice)
    with pytest.raises(TooLateToUndo):
        cases.undo(case)


def test_an_unpaid_order_is_to_be_settled_first(alice):
    shop().goods("T1")
    buy(alice, ("T1", 1))
    with pytest.raises(MustWait) as refused:
        cases.open_case(alice.subject)
    assert [one.code for one in refused.value.blockers] == ["unpaid_orders"]


@pytest.mark.promise("RGT-07")
def test_the_last_administrator_is_to_name_another_one_first(alice, bob):
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_staff=True)
    with pytest.raises(MustWait):
        cases.open_case(alice.subject)
    User.objects.filter(pk=bob.pk).update(is_superuser=True, is_staff=True)
    cases.open_case(alice.subject)
    alice.refresh_from_db()
    assert not alice.is_superuser
    with pytest.raises(MustWait):
        cases.open_case(bob.subject)
