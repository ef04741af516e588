"""A month's keys go when nothing that they open is left, and never before."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from notices.enums import Channel
from notices.models import Message
from notices.services import send_to_address
from privacy import keyring
from privacy.enums import KeyClass, KeyState
from privacy.fields import RESTRICTED
from privacy.models import DataKey
from privacy.retention import keys
from privacy.vault import backup_keys
from privacy.vault.backup_keys import Kind
from tests.orders.world import buy_and_pay, shop

pytestmark = pytest.mark.django_db
THEN = timezone.datetime(2024, 3, 10, 4, tzinfo=timezone.get_fixed_timezone(480))
LATER = THEN + timedelta(days=70)


@pytest.fixture
def letter():
    """A message to an address without an account, written in March 2024."""
    with time_machine.travel(THEN, tick=False):
        return send_to_address(
            "accounts.code",
            channel=Channel.EMAIL,
            address="somebody@person.example",
            language="en",
            context={"code": "123456", "minutes": 10},
            once="keys",
        )


def march(subject, key_class):
    rows = DataKey.objects.using(keyring.ALIAS)
    return rows.get(subject=subject, key_class=key_class, bucket="2024-03")


def march_is_over(subject, key_class):
    rows = DataKey.objects.using(keyring.ALIAS)
    return not rows.filter(subject=subject, key_class=key_class, bucket="2024-03").exists()


def work_off(as_of):
    cursor, counters = {}, {}
    for _ in range(50):
        with keyring.scope():
            chunk = keys.destroy_ended(cursor, as_of)
        cursor = chunk.cursor
        for name, number in chunk.counters.items():
            counters[name] = counters.get(name, 0) + number
        if chunk.done:
            return counters
    raise AssertionError("It never ends.")


def test_the_keys_of_a_month_go_with_its_last_row(letter):
    Message.objects.all().delete()
    with time_machine.travel(LATER, tick=False):
        assert work_off(timezone.now())["keys"] >= 1
    assert march_is_over(letter.subject, KeyClass.MESSAGE)


def test_a_row_whose_time_is_running_keeps_its_month(alice, address, jobs):
    with time_machine.travel(THEN, tick=False):
        shop().goods("K1", price=5000)
        order = buy_and_pay(alice, ("K1", 1))
        jobs()
    with time_machine.travel(LATER, tick=False):
        work_off(timezone.now())
        order.refresh_from_db()
        assert march(order.subject, KeyClass.TRANSACTION).state == KeyState.ACTIVE
        assert order.recipient
        assert order.phone.startswith("+86")


def test_a_row_kept_beyond_its_time_is_sealed_anew_before_the_keys_go(letter):
    with time_machine.travel(LATER, tick=False):
        counters = work_off(timezone.now())
        assert counters["sealed_anew"] >= 1
        kept = Message.objects.get(pk=letter.pk)
        assert kept.to_address == "somebody@person.example"
        assert kept.context["code"] == "123456"
    keys = DataKey.objects.using(keyring.ALIAS).filter(subject=letter.subject)
    assert keys.get(key_class=KeyClass.HELD).state == KeyState.ACTIVE
    assert march(letter.subject, KeyClass.MESSAGE).state == KeyState.ACTIVE, "for an hour"
    with time_machine.travel(LATER + timedelta(hours=2), tick=False):
        work_off(timezone.now())
        assert march_is_over(letter.subject, KeyClass.MESSAGE)
        assert Message.objects.get(pk=letter.pk).context["code"] == "123456"
        Message.objects.all().delete()
    with time_machine.travel(LATER + timedelta(days=3), tick=False):
        work_off(timezone.now())
    assert keys.get(key_class=KeyClass.HELD).state == KeyState.DESTROYED


def test_a_blocked_row_is_sealed_anew_and_stays_blocked(letter):
    keyring.block_keys(letter.subject)
    with time_machine.travel(LATER, tick=False):
        work_off(timezone.now())
        kept = Message.objects.get(pk=letter.pk)
        assert kept.to_address is RESTRICTED
        keyring.unblock_keys(letter.subject)
        assert Message.objects.get(pk=letter.pk).to_address == "somebody@person.example"
    assert march_is_over(letter.subject, KeyClass.MESSAGE)


def test_the_key_of_a_row_that_was_sealed_anew_waits_for_the_backups(letter):
    with time_machine.travel(LATER - timedelta(days=1), tick=False):
        backup = backup_keys.draw(Kind.MAIN, timezone.now())
    with time_machine.travel(LATER, tick=False):
        work_off(timezone.now())
    with time_machine.travel(LATER + timedelta(days=1), tick=False):
        work_off(timezone.now())
        assert march(letter.subject, KeyClass.MESSAGE).state == KeyState.ACTIVE
    with time_machine.travel(backup.ends_at + timedelta(minutes=1), tick=False):
        work_off(timezone.now())
        assert march_is_over(letter.subject, KeyClass.MESSAGE)
        assert Message.objects.get(pk=letter.pk).context["code"] == "123456"
