"""Whatever breaks: the others finish, nothing is done twice, and it ends as without the fault."""

from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Address, Phone, User
from accounts.services import register_person
from delivery.models import Parcel
from orders.models import Order
from privacy import keyring
from privacy.enums import Decision, KeyClass, KeyState
from privacy.erasure import cases, rows, running
from privacy.erasure.enums import CaseState
from privacy.fields import RESTRICTED
from privacy.models import DataKey, JournalEntry
from privacy.registry import registry
from privacy.retention import holding
from privacy.retention.enums import HoldReason
from privacy.runs import engine
from privacy.runs.enums import RunState
from tests.conftest import PASSWORD
from tests.orders.world import buy_and_pay, shop
from tests.privacy.erasure.world import erase, go_on

LATER = timedelta(days=8)


class Killed(BaseException):
    """As SIGKILL: nothing of ours gets to say a word."""


def begun(person):
    """A case whose run has been written and not started."""
    case = cases.open_case(person.subject)
    with time_machine.travel(timezone.now() + LATER, tick=True):
        assert cases.tend() == 1
    case.refresh_from_db()
    return case


def keys_of(person, *classes):
    rows = DataKey.objects.filter(subject=person.subject, key_class__in=classes)
    return set(rows.values_list("state", flat=True))


def decided(person, decision):
    rows = JournalEntry.objects.using(keyring.ALIAS)
    return rows.filter(subject=person.subject, decision=decision).count()


def finish(case, *, days=8):
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
        engine.finish_now(case.run)
        case.refresh_from_db()


@pytest.fixture
def bought(alice, address):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    Order.objects.filter(pk=order.pk).update(state="completed")
    Parcel.objects.filter(subject=alice.subject).update(ended_at=timezone.now())
    return order


def is_gone(person, order):
    person.refresh_from_db()
    assert (person.password, person.member_name) == ("", None)
    assert not Address.objects.filter(user=person).exists()
    assert not Phone.objects.filter(user=person).exists()
    assert keys_of(person, KeyClass.ACCOUNT, KeyClass.LEDGER) == {KeyState.DESTROYED}
    assert Order.objects.get(pk=order.pk).recipient is RESTRICTED


@pytest.mark.slow
def test_a_worker_killed_at_any_point_leaves_nothing_half_done(alice, bought, monkeypatch):
    """Before, in and after a chunk of every part; the next worker goes on."""
    case = begun(alice)
    real, deaths = running.rows.erase_chunk, set()

    def dies_once(declaration, *arguments):
        chunk = real(declaration, *arguments)
        if declaration.label not in deaths:
            deaths.add(declaration.label)
            raise Killed
        return chunk

    monkeypatch.setattr(rows, "erase_chunk", dies_once)
    now = timezone.now() + LATER
    for turn in range(80):
        # The lease of a dead worker runs out.
        with time_machine.travel(now + turn * 2 * engine.LEASE, tick=True):
            engine.Run.objects.filter(pk=case.run_id).update(stalls=0)
            try:
                engine.take_turn(case.run_id)
            except Killed:
                continue
        case.refresh_from_db()
        if not case.is_open:
            break
    assert len(deaths) > 10
    assert case.state == CaseState.DONE, case.run.last_error
    assert decided(alice, Decision.ERASE_ACCOUNT) == 1
    is_gone(alice, bought)


@pytest.mark.promise("RGT-10")
def test_a_handler_that_raises_lets_the_others_finish_and_is_tried_again(
    alice, bought, monkeypatch
):
    real = rows.erase_chunk

    def broken(declaration, *arguments):
        if declaration.label == "accounts.Address":
            raise ValueError("broken")
        return real(declaration, *arguments)

    monkeypatch.setattr(rows, "erase_chunk", broken)
    case = erase(alice)
    assert (case.state, case.run.state) == (CaseState.PARTIAL, RunState.PARTIAL)
    assert case.run.last_error == "accounts.Address"
    assert Address.objects.filter(user=alice).exists()
    assert not Phone.objects.filter(user=alice).exists(), "the others finished"
    assert keys_of(alice, KeyClass.ACCOUNT) == {KeyState.BLOCKED}, "its keys wait, closed"
    monkeypatch.setattr(rows, "erase_chunk", real)
    go_on(case, days=8.001)
    assert case.state == CaseState.PARTIAL, "not at once"
    go_on(case, days=8.1)
    assert case.state == CaseState.DONE
    assert decided(alice, Decision.ERASE_ACCOUNT) == 1
    is_gone(alice, bought)


def test_a_place_outside_the_tables_that_fails_is_named(alice, monkeypatch):
    place = next(one for one in registry.elsewhere if one.name == "avatars")

    def broken(_subject):
        raise OSError

    changed = [
        one if one is not place else type(one)(**{**one.__dict__, "erase": broken})
        for one in registry.elsewhere
    ]
    monkeypatch.setattr(registry, "elsewhere", changed)
    case = erase(alice)
    assert (case.state, case.run.last_error) == (CaseState.PARTIAL, "elsewhere:avatars")


def test_a_hold_placed_while_the_erasure_runs_keeps_its_rows_until_it_is_over(alice, bought, dan):
    case = begun(alice)
    hold = holding.place(
        actor=dan, reason=HoldReason.COURT, declaration="accounts.Address", subject=alice.subject
    )
    with time_machine.travel(timezone.now() + LATER, tick=True):
        engine.Run.objects.filter(pk=case.run_id).update(created_at=timezone.now())
    engine.finish_now(case.run)
    case.refresh_from_db()
    assert case.state == CaseState.PARTIAL
    assert case.counters["held:accounts.Address"] == 1
    row = Address.objects.get(user=alice)
    assert row.street is RESTRICTED, "it stays, and nobody reads it"
    assert not Phone.objects.filter(user=alice).exists()
    assert cases.tend() == 0, "while the hold is in force"
    holding.release(hold, actor=dan)
    assert cases.tend() == 1
    case.refresh_from_db()
    engine.finish_now(case.run)
    case.refresh_from_db()
    assert case.state == CaseState.DONE
    is_gone(alice, bought)


def test_somebody_who_comes_back_with_the_same_number_is_somebody_else(alice, bought):
    erase(alice)
    again = register_person(phone="+8613800138001", member_name="alice", password=PASSWORD)
    entry = JournalEntry.objects.using(keyring.ALIAS).get(
        subject=alice.subject, decision=Decision.ERASE_ACCOUNT
    )
    running.erase_again(entry.subject)
    again.refresh_from_db()
    assert again.member_name == "alice"
    assert Phone.objects.get(user=again).number == "+8613800138001"
    assert not Order.objects.filter(buyer=again).exists()
    assert not Order.objects.filter(subject=again.subject).exists()


@pytest.mark.django_db(transaction=True, databases=["default", "keyring"])
def test_a_double_click_and_an_undo_at_the_moment_of_beginning(alice):
    """Of two who ask one case comes about; of undo and begin one wins."""
    found = []

    def ask():
        try:
            found.append(cases.open_case(alice.subject).pk)
        finally:
            connections.close_all()

    threads = [Thread(target=ask) for _click in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    case = cases.open_case(alice.subject)
    outcomes = []

    def undo():
        try:
            cases.undo(case)
            outcomes.append("undone")
        except cases.TooLateToUndo:
            outcomes.append("late")
        finally:
            connections.close_all()

    def begin():
        try:
            outcomes.append("begun" if cases.begin(case) else "not begun")
        finally:
            connections.close_all()

    both = [Thread(target=undo), Thread(target=begin)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert set(outcomes) in ({"undone", "not begun"}, {"late", "begun"})


@pytest.mark.django_db(transaction=True, databases=["default", "keyring"])
def test_a_row_that_somebody_has_locked_is_waited_for(alice, address):
    case = begun(alice)
    with time_machine.travel(timezone.now() + LATER, tick=True):

        def work():
            try:
                engine.take_turn(case.run_id, seconds=20)
            finally:
                connections.close_all()

        with transaction.atomic():
            list(Address.objects.select_for_update().filter(user=alice))
            thread = Thread(target=work)
            thread.start()
            thread.join()
            assert Address.objects.filter(user=alice).exists()
        case.refresh_from_db()
        assert case.run.state == RunState.PAUSED
    with time_machine.travel(timezone.now() + LATER + timedelta(minutes=1), tick=True):
        engine.finish_now(case.run)
    case.refresh_from_db()
    assert case.state == CaseState.DONE
    assert not Address.objects.filter(user=alice).exists()
    assert connection.is_usable()
    assert User.objects.get(pk=alice.pk).password == ""
