"""Unused for three years: two warnings on every channel, then closed; one sign-in takes it back."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from accounts.signals import signed_in
from notices.models import Message
from privacy.erasure import cases
from privacy.erasure.enums import CaseReason, CaseState
from privacy.models import DormantAccount, ErasureCase
from privacy.runs import engine
from privacy.runs.enums import RunState
from rights import dormancy
from stores.models import StoreMember
from tests.orders.world import buy, buy_and_pay, shop

pytestmark = pytest.mark.django_db
LAST_USED = datetime(2022, 3, 10, 4, tzinfo=UTC)


def used(person, when=LAST_USED):
    User.objects.filter(pk=person.pk).update(joined_at=when, last_login=when)


def tend(when):
    with time_machine.travel(when, tick=False):
        run = engine.finish_now(dormancy.start())
        assert run.state == RunState.DONE, list(run.steps.values())
    return {step.name: step.done_rows for step in run.steps.all() if step.done_rows}


def told(person):
    rows = Message.objects.filter(subject=person.subject, kind__startswith="rights.")
    return sorted(rows.values_list("kind", "channel"))


def day(year, month, number):
    return datetime(year, month, number, 2, tzinfo=UTC)


@pytest.mark.promise("RET-05")
def test_an_unused_account_is_warned_twice_on_every_channel_and_then_closed(alice, bob, outbox):
    used(alice)
    assert tend(day(2025, 1, 8)) == {}
    assert tend(day(2025, 1, 10)) == {"first_warning": 1}
    first = [("rights.dormant_first", one) for one in ("EMAIL", "INBOX", "SMS")]
    assert told(alice) == first
    message = Message.objects.get(subject=alice.subject, channel="INBOX")
    assert message.context == {"until": "2025-03-11", "years": 3}
    assert tend(day(2025, 3, 1)) == {}
    assert tend(day(2025, 3, 5)) == {"last_warning": 1}
    assert told(alice) == [*first, *(("rights.dormant_last", one[1]) for one in first)]
    assert tend(day(2025, 3, 11)) == {}
    assert not ErasureCase.objects.exists()
    assert tend(day(2025, 3, 13)) == {"closing": 1}
    case = ErasureCase.objects.get()
    assert (case.subject, case.reason) == (alice.subject, CaseReason.DORMANT)
    kinds = {kind for kind, _channel in told(alice)}
    assert kinds == {"rights.dormant_first", "rights.dormant_last", "rights.dormant_closed"}
    assert tend(day(2025, 3, 14)) == {}
    assert told(bob) == []


def test_whoever_was_away_for_longer_is_warned_for_as_long_as_anybody(alice):
    used(alice, datetime(2015, 1, 1, tzinfo=UTC))
    now = timezone.now()
    assert tend(now) == {"first_warning": 1}
    row = DormantAccount.objects.get()
    assert dormancy.ends_on(row) - now >= timedelta(days=60)
    assert tend(now + timedelta(days=52)) == {}
    assert tend(now + timedelta(days=54)) == {"last_warning": 1}
    assert tend(now + timedelta(days=60)) == {}
    assert tend(now + timedelta(days=62)) == {"closing": 1}


def test_one_sign_in_takes_it_back_at_once(alice, rf):
    used(alice)
    tend(day(2025, 1, 10))
    signed_in.send(sender=User, user=alice, request=rf.get("/"))
    assert not DormantAccount.objects.exists()
    used(alice, day(2025, 1, 20))
    assert tend(day(2025, 3, 20)) == {}


def test_who_was_seen_or_ordered_meanwhile_is_warned_no_further(alice, address):
    used(alice)
    tend(day(2025, 1, 10))
    shop().goods("T1", price=5000)
    buy_and_pay(alice, ("T1", 1))
    assert tend(day(2025, 3, 20)) == {"used_again": 1}
    assert not DormantAccount.objects.exists()


def test_people_who_work_here_sell_here_or_wait_for_something_are_not_dormant(
    alice, address, bob, carol
):
    tea = shop()
    tea.goods("T1", price=5000)
    StoreMember.objects.create(store=tea.store, user=bob, role="CLERK")
    with time_machine.travel(LAST_USED, tick=False):
        open_order = buy(alice, ("T1", 1)).orders.get()
    for person in (alice, bob, carol):
        used(person)
    assert tend(day(2026, 1, 10)) == {}
    StoreMember.objects.all().delete()
    assert tend(day(2026, 1, 11)) == {"first_warning": 1}
    assert told(bob)
    assert told(alice) == told(carol) == []
    assert open_order.subject == alice.subject


def test_taken_back_while_hidden_it_begins_anew(alice):
    used(alice)
    for when in (day(2025, 1, 10), day(2025, 3, 5), day(2025, 3, 13)):
        tend(when)
    with time_machine.travel(day(2025, 3, 14), tick=False):
        cases.undo(ErasureCase.objects.get())
    assert ErasureCase.objects.get().state == CaseState.UNDONE
    assert not DormantAccount.objects.exists()


def test_the_round_done_twice_warns_once_and_29_february_is_no_trap(alice):
    used(alice, datetime(2024, 2, 29, 4, tzinfo=UTC))
    assert dormancy.years_before(datetime(2028, 2, 29, 4, tzinfo=UTC)).day == 28
    with time_machine.travel(day(2027, 1, 5), tick=False):
        assert dormancy.start() == dormancy.start()
    assert tend(day(2027, 1, 5)) == {"first_warning": 1}
    assert tend(day(2027, 1, 5)) == {}
    assert len(told(alice)) == 3
    message = Message.objects.get(subject=alice.subject, channel="INBOX")
    assert message.context["until"] == "2027-03-06"
    row = DormantAccount.objects.get()
    row.first_warned_at = day(2020, 1, 1)
    assert dormancy.ends_on(row).date().isoformat() == "2027-03-01"
