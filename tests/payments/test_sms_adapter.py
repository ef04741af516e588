"""The SMS adapter against the running gateway."""

import pytest

from notices.errors import ChannelRefused, ChannelSilent
from notices.sms import send_sms


def send(key="m-1", to="+8613800138009"):
    return send_sms(to=to, text="Hello there", kind="tests.hello", key=key)


def sent(sandbox, key):
    messages = sandbox.control("state")["messages"]
    return [one for one in messages if one["idempotency_key"] == key]


def test_a_message_is_sent_once_however_often_we_ask(sandbox, outbox):
    first = send("once")
    assert send("once") == first
    assert [one["text"] for one in sent(sandbox, "once")] == ["Hello there"]
    assert len([one for one in outbox() if one["kind"] == "tests.hello"]) == 1


@pytest.mark.parametrize(
    ("to", "code"), [("13800138009", "invalid_number"), ("+8613800130404", "unknown_subscriber")]
)
def test_a_number_that_nobody_has_is_refused_for_good(sandbox, to, code):
    with pytest.raises(ChannelRefused) as refusal:
        send(f"refused-{code}", to)
    assert refusal.value.code == code


@pytest.mark.parametrize("kind", ["503", "reset", "hang", "too_many"])
def test_a_silent_gateway_is_told_apart_from_a_refusal(sandbox, settings, kind):
    settings.PARTNER_TIMEOUT = (0.5, 0.5)
    sandbox.control("faults", {"part": "sms", "kind": kind, "seconds": 1})
    with pytest.raises(ChannelSilent):
        send(f"silent-{kind}")
    assert sent(sandbox, f"silent-{kind}") == []
    assert send(f"silent-{kind}")


def test_a_lost_answer_is_no_second_message(sandbox):
    sandbox.control("faults", {"part": "sms", "kind": "lost"})
    with pytest.raises(ChannelSilent):
        send("lost")
    assert len(sent(sandbox, "lost")) == 1
    send("lost")
    assert len(sent(sandbox, "lost")) == 1


def test_a_wrong_secret_is_refused_by_the_gateway(sandbox, settings):
    settings.SMS_ACCOUNT, settings.SMS_SECRET = "nobody", "guessed"
    with pytest.raises(ChannelRefused) as refusal:
        send("foreign")
    assert refusal.value.code == "bad_signature"
    assert sent(sandbox, "foreign") == []
