"""Channels that refuse, keep silent or lose their answer."""

import email
import socket
from datetime import timedelta
from email import policy

import pytest
import time_machine
from django.utils import timezone

from jobs.enums import JobState
from jobs.models import Job
from notices import delivery, mail
from notices import outbox as written
from notices.enums import Channel, MessageState
from notices.kinds import declare_kind, kind_of
from notices.models import Message
from notices.rendering import render
from notices.services import send, send_to_address
from privacy.models import DisclosureEntry
from tests.notices.test_sending import greeting, words  # noqa: F401 - fixtures
from tests.support.smtp import mail_server

NUMBER = "+8613900003333"


@pytest.fixture
def smtp(settings):
    """A real mail server in place of the outbox."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = False
        yield server


def tell(once, channel=Channel.SMS, address=NUMBER, name="Friend"):
    return send_to_address(
        "tests.greeting",
        channel=channel,
        address=address,
        language="en",
        context={"name": name},
        once=once,
    )


def tell_mail(once, **given):
    return tell(once, channel=Channel.EMAIL, address="friend@person.example", **given)


def state(row):
    return Message.objects.get(pk=row.pk).state


def job_of(row):
    return Job.objects.get(once=f"notices.deliver:{row.pk}")


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


# --- SMS --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["503", "reset"])
def test_a_gateway_in_trouble_is_asked_again_until_it_answers(db, sandbox, outbox, jobs, fault):
    sandbox.control("faults", {"part": "sms", "operation": "*", "kind": fault, "times": 2})
    row = tell(f"trouble-{fault}")
    jobs()
    assert state(row) == MessageState.QUEUED
    assert job_of(row).state == JobState.WAITING
    assert job_of(row).failures == 0
    assert outbox() == []
    for seconds in (10, 60):
        with later(seconds):
            jobs()
    assert state(row) == MessageState.SENT
    assert [entry["to"] for entry in outbox()] == [NUMBER]


def test_an_answer_that_was_lost_is_not_a_second_message(db, sandbox, outbox, jobs):
    sandbox.control("faults", {"part": "sms", "operation": "*", "kind": "lost", "times": 1})
    row = tell("lost")
    jobs()
    assert state(row) == MessageState.QUEUED
    with later(10):
        jobs()
    assert state(row) == MessageState.SENT
    assert len(outbox()) == 1
    key = f"m-{row.code.lower()}"
    sent = sandbox.control("state")["messages"]
    assert len([one for one in sent if key in str(one)]) == 1


def test_a_number_that_nobody_has_is_refused_and_not_tried_again(db, sandbox, outbox, jobs):
    row = tell("nobody", address="+8613900000404")
    jobs()
    assert state(row) == MessageState.REFUSED
    assert Message.objects.get(pk=row.pk).error == "unknown_subscriber"
    assert job_of(row).state == JobState.DONE
    assert outbox() == []


def test_a_code_that_would_come_too_late_is_not_sent_any_more(db, sandbox, outbox, jobs):
    sandbox.control("faults", {"part": "sms", "operation": "*", "kind": "503", "times": 1})
    row = tell("too-late")
    jobs()
    with later(11 * 60):
        jobs()
    assert state(row) == MessageState.EXPIRED
    assert outbox() == []


def test_what_leaves_the_house_is_written_down_by_names_of_fields(db, outbox, jobs):
    row = tell("disclosed", name="Bait")
    jobs()
    entry = DisclosureEntry.objects.get(reference=f"m-{row.code.lower()}")
    assert (entry.recipient, entry.fields) == ("sms_gateway", ["phone", "text"])
    assert entry.subject == row.subject


# --- E-mail -----------------------------------------------------------------------------


def test_an_e_mail_says_it_in_text_and_in_html(db, smtp, jobs):
    row = tell_mail("both", name="<b>A & B</b>")
    jobs()
    assert state(row) == MessageState.SENT
    message = email.message_from_string(smtp.taken[0], policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "Dear <b>A & B</b>," in text
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in html
    assert "<b>A" not in html
    assert 'lang="en"' in html
    assert message["Message-ID"] == f"<m-{row.code.lower()}@mall.example>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_mail_server_that_refuses_the_address_is_not_asked_again(db, smtp, jobs):
    smtp.answer_to_rcpt = "550 nobody here"
    row = tell_mail("refused")
    jobs()
    assert state(row) == MessageState.REFUSED
    assert job_of(row).state == JobState.DONE


@pytest.mark.parametrize("where", ["answer_to_rcpt", "answer_to_data"])
def test_a_mail_server_that_puts_it_off_is_asked_again(db, smtp, jobs, where):
    setattr(smtp, where, "451 later please")
    row = tell_mail(f"later-{where}")
    jobs()
    assert state(row) == MessageState.QUEUED
    setattr(smtp, where, "250 OK")
    with later(30):
        jobs()
    assert state(row) == MessageState.SENT
    assert len(smtp.taken) == 1


def test_a_mail_server_that_is_away_is_asked_again(db, settings, smtp, jobs):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = one.getsockname()[1]
    row = tell_mail("away")
    jobs()
    assert state(row) == MessageState.QUEUED
    settings.EMAIL_PORT = smtp.port
    with later(30):
        jobs()
    assert state(row) == MessageState.SENT


def test_a_line_break_in_a_name_cannot_add_a_header(db, smtp, jobs):
    tell_mail("header", name="A\r\nBcc: everyone@person.example")
    jobs()
    message = email.message_from_string(smtp.taken[0], policy=policy.default)
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello A Bcc: everyone@person.example"


def test_after_a_day_of_silence_a_message_is_given_up(db, settings, smtp, jobs):
    kind = declare_forever()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = one.getsockname()[1]
    row = send_to_address(
        kind.code,
        channel=Channel.EMAIL,
        address="friend@person.example",
        language="en",
        context={"name": "x"},
        once="a-day",
    )
    jobs()
    assert state(row) == MessageState.QUEUED
    with later(25 * 60 * 60):
        jobs()
    assert state(row) == MessageState.REFUSED
    assert Message.objects.get(pk=row.pk).error == "silent"


def declare_forever():
    from notices.enums import Category
    from notices.kinds import UnknownKind

    try:
        return kind_of("tests.forever")
    except UnknownKind:
        return declare_kind(
            "tests.forever", category=Category.SERVICE, subject="Hello", template="tests/greeting"
        )


def test_the_pauses_grow_with_the_age_of_the_message():
    assert [delivery._pause(age) for age in (0, 7, 100, 10_000)] == [5, 7, 100, 900]


# --- Words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "name", "url"),
    [("en", "Osmanthus Mall", "http://localhost:8000/me"), ("zh-hans", "桂树商城", "/zh-hans/me")],
)
def test_a_message_is_written_in_the_language_of_its_reader(language, name, url):
    kind = kind_of("tests.greeting")
    assert name in render(kind, Channel.SMS, language, {"name": "x"}).text
    mail_words = render(kind, Channel.EMAIL, language, {"name": "x"})
    assert url in mail_words.text
    assert name in mail_words.html
    assert f'lang="{language}"' in mail_words.html


def test_no_account_no_phone_no_sms(db, outbox, jobs):
    from accounts.services import register_person

    person = register_person(email="only@person.example")
    rows = send("tests.greeting", to=person, context={"name": "x"}, once="only-mail")
    jobs()
    assert sorted(row.channel for row in rows) == [Channel.EMAIL, Channel.INBOX]


def test_an_address_that_went_away_in_the_meantime_gets_nothing(alice, outbox, jobs):
    rows = send("tests.greeting", to=alice, context={"name": "x"}, once="gone")
    alice.phone.delete()
    jobs()
    sms = next(row for row in rows if row.channel == Channel.SMS)
    assert state(sms) == MessageState.NO_ADDRESS


def test_the_outbox_page_shows_what_was_sent(client, db, outbox, jobs):
    tell("shown", name="Shown")
    jobs()
    page = client.get("/demo/outbox/")
    assert page.status_code == 200
    assert "hello Shown" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_outside_the_demo_there_is_no_outbox(client, settings, db):
    settings.DEMO = settings.TESTING = False
    assert client.get("/demo/outbox/").status_code == 404


def test_a_reader_of_the_outbox_sees_whole_lines_only(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path
    assert written.latest(5) == []
    for number in range(30):
        written.append(channel="SMS", to="+86", kind="k", subject="", text="长" * 900 + str(number))
    assert [entry["text"][-2:] for entry in written.latest(3)] == ["29", "28", "27"]


def test_a_message_without_a_key_gets_an_id_of_its_own(db, smtp):
    from notices.rendering import Words

    first = mail.send_mail(to="a@b.example", words=Words("s", "t", ""), kind="k", key="")
    assert first != mail.send_mail(to="a@b.example", words=Words("s", "t", ""), kind="k", key="")
