"""A message of a declared kind reaches a person once on each channel."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from jobs.enums import JobState
from jobs.models import Job
from jobs.services import tick
from notices import delivery
from notices.enums import Category, Channel, MessageState
from notices.kinds import UnknownKind, declare_kind, kind_of
from notices.models import Message
from notices.services import prune, send, send_to_address
from privacy import keyring


@pytest.fixture(scope="module", autouse=True)
def greeting():
    """A kind with words of its own in the tests' templates."""
    try:
        return kind_of("tests.greeting")
    except UnknownKind:
        return declare_kind(
            "tests.greeting",
            category=Category.SERVICE,
            subject="Hello {name}",
            template="tests/greeting",
            useful_for=timedelta(minutes=10),
        )


@pytest.fixture(autouse=True)
def words(settings, tmp_path):
    folder = tmp_path / "tests" / "message"
    folder.mkdir(parents=True)
    (folder / "greeting.txt").write_text("Dear {{ name }}, look at {{ url }}/me/ & be well.\n")
    (folder / "greeting.sms.txt").write_text("{{ site_name }}: hello {{ name }}.")
    templates = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    settings.TEMPLATES = templates


def test_one_event_reaches_each_channel_once(
    alice, outbox, jobs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = send("tests.greeting", to=alice, context={"name": "A & B"}, once="event-1")
        again = send("tests.greeting", to=alice, context={"name": "A & B"}, once="event-1")
    jobs()
    assert len(first) == 3
    assert again == []
    arrived = [entry for entry in outbox() if entry["kind"] == "tests.greeting"]
    assert sorted(entry["channel"] for entry in arrived) == ["email", "inbox", "sms"]
    mail = next(entry for entry in arrived if entry["channel"] == "email")
    assert mail["subject"] == "Hello A & B"
    assert "Dear A & B," in mail["text"]


def told(once, **given):
    return send_to_address(
        given.pop("kind", "tests.greeting"),
        channel=Channel.SMS,
        address="+8613900003333",
        language="en",
        context={"name": "Friend"},
        once=once,
        **given,
    )


def test_an_address_without_an_account_is_forgotten_seven_days_after_its_use(db, alice):
    began = timezone.now()
    stranger, known = told("stranger"), told("known", subject=alice.subject)
    (kept, *_others) = send("tests.greeting", to=alice, context={"name": "A"}, once="account")
    key_id = keyring.key_id_of(again(stranger).__dict__["to_address"].content)
    with time_machine.travel(began + timedelta(days=7, minutes=9)):
        assert prune() == 0, "the kind is of use for ten minutes"
    with time_machine.travel(began + timedelta(days=7, minutes=11)):
        assert prune() == 2
        assert prune() == 0
    left = set(Message.objects.values_list("pk", flat=True))
    assert kept.pk in left
    assert not left & {stranger.pk, known.pk}
    assert keyring.fetch_keys([key_id]) == {key_id: None}, "destroyed with its only row"
    with keyring.scope():
        assert again(kept).context == {"name": "A"}
    assert delivery.deliver(stranger.pk) == MessageState.EXPIRED


def test_a_stranger_who_is_written_to_again_keeps_the_key(db):
    began, subject = timezone.now(), keyring.new_subject()
    told("first", subject=subject)
    with time_machine.travel(began + timedelta(days=7)):
        second = told("second", subject=subject)
    with time_machine.travel(began + timedelta(days=7, hours=1)):
        assert prune() == 1
        assert again(second).to_address == "+8613900003333"


def test_the_clock_forgets_them(db, jobs):
    told("by the clock")
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        tick()
        jobs()
    assert not Message.objects.filter(person=None).exists()


def again(row):
    """The row as the database has it."""
    return Message.objects.get(pk=row.pk)


def test_running_the_job_twice_sends_once(alice, outbox, jobs):
    rows = send("tests.greeting", to=alice, context={"name": "once"}, once="event-2")
    jobs()
    Job.objects.filter(name="notices.deliver").update(state=JobState.WAITING, run_at=timezone.now())
    jobs()
    mails = [
        entry for entry in outbox() if "once" in entry["subject"] and entry["channel"] == "email"
    ]
    assert len(mails) == 1
    assert {Message.objects.get(pk=row.pk).state for row in rows} == {MessageState.SENT}


def test_a_message_that_is_too_old_is_not_sent(alice, outbox, jobs):
    rows = send("tests.greeting", to=alice, context={"name": "late"}, once="event-3")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        jobs()
    states = {row.channel: Message.objects.get(pk=row.pk).state for row in rows}
    assert states[Channel.EMAIL] == states[Channel.SMS] == MessageState.EXPIRED
    assert not [
        entry for entry in outbox() if entry["channel"] == "sms" and "late" in entry["text"]
    ]


def test_an_address_without_an_account_gets_its_message(db, outbox, jobs):
    row = send_to_address(
        "tests.greeting",
        channel=Channel.SMS,
        address="+8613900001111",
        language="en",
        context={"name": "nobody"},
        once="event-4",
    )
    jobs()
    assert row is not None
    assert any(entry["to"] == "+8613900001111" for entry in outbox())
    assert row.person_id is None


def test_the_table_holds_neither_words_nor_address_in_clear(db):
    row = send_to_address(
        "tests.greeting",
        channel=Channel.EMAIL,
        address="bait@person.example",
        language="en",
        context={"name": "Baitname"},
        once="event-5",
    )
    assert Message.objects.get(pk=row.pk).to_address == "bait@person.example"
    with connection.cursor() as cursor:
        cursor.execute("SELECT notices_message::text FROM notices_message WHERE id = %s", [row.pk])
        (stored,) = cursor.fetchone()
    assert "tests.greeting" in stored
    for clear in ("bait@person.example", "Baitname"):
        assert clear not in stored
        assert clear.encode().hex() not in stored


def test_an_unknown_kind_is_refused(alice):
    with pytest.raises(UnknownKind):
        send("tests.nobody_declared_this", to=alice, context={}, once="x")


@pytest.mark.django_db(transaction=True, databases=["default", "keyring"])
def test_two_who_tell_the_same_event_at_once_tell_it_once():
    barrier = threading.Barrier(4)
    errors = []

    def tell():
        try:
            barrier.wait(10)
            send_to_address(
                "tests.greeting",
                channel=Channel.SMS,
                address="+8613900002222",
                language="en",
                context={"name": "race"},
                once="race",
            )
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Message.objects.filter(once="tests.greeting:race").count() == 1
