"""The SMS adapter against the running gateway."""

from uuid import uuid4

import pytest

from notices.errors import ChannelRefused, ChannelSilent
from notices.sms import send_sms
from tests.payments.conftest import little_patience


@pytest.fixture
def key():
    """The gateway remembers keys for longer than a test."""
    return f"m-{uuid4().hex}"


def send(key, to="+8613800138009"):
    return send_sms(to=to, text="Hello there", kind="tests.hello", key=key)


def sent(sandbox, key):
    messages = sandbox.control("state")["messages"]
    return [one for one in messages if one["idempotency_key"] == key]


def test_a_message_is_sent_once_however_often_we_ask(sandbox, outbox, key):
    first = send(key)
    assert send(key) == first
    assert [one["text"] for one in sent(sandbox, key)] == ["Hello there"]
    assert len([one for one in outbox() if one["kind"] == "tests.hello"]) == 1


@pytest.mark.parametrize(
    ("to", "code"), [("13800138009", "invalid_number"), ("+8613800130404", "unknown_subscriber")]
)
def test_a_number_that_nobody_has_is_refused_for_good(sandbox, key, to, code):
    with pytest.raises(ChannelRefused) as refusal:
        send(key, to)
    assert refusal.value.code == code


@pytest.mark.parametrize("kind", ["503", "reset", "hang", "too_many"])
def test_a_silent_gateway_is_told_apart_from_a_refusal(sandbox, key, kind):
    sandbox.control("faults", {"part": "sms", "kind": kind, "seconds": 1})
    with little_patience(), pytest.raises(ChannelSilent):
        send(key)
    assert sent(sandbox, key) == []
    assert send(key)


def test_a_lost_answer_is_no_second_message(sandbox, key):
    sandbox.control("faults", {"part": "sms", "kind": "lost"})
    with pytest.raises(ChannelSilent):
        send(key)
    assert len(sent(sandbox, key)) == 1
    send(key)
    assert len(sent(sandbox, key)) == 1


def test_a_wrong_secret_is_refused_by_the_gateway(sandbox, settings, key):
    settings.SMS_ACCOUNT, settings.SMS_SECRET = "nobody", "guessed"
    with pytest.raises(ChannelRefused) as refusal:
        send(key)
    assert refusal.value.code == "bad_signature"
    assert sent(sandbox, key) == []
