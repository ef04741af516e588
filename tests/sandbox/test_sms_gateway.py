"""The SMS gateway takes a message once."""

import time

import pytest

MESSAGE = {"idempotency_key": "m-1", "to": "+8613800138000", "text": "Hello"}


def test_the_same_key_sends_once(partner):
    first = partner.post("sms", "/sms/send", MESSAGE).json()
    again = partner.post("sms", "/sms/send", MESSAGE).json()
    assert (first["status"], first["duplicate"]) == ("accepted", False)
    assert again == {**first, "duplicate": True}
    (kept,) = partner.control("state")["messages"]
    assert (kept["to"], kept["text"]) == ("+8613800138000", "Hello")


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("13800138000", "invalid_number"),
        ("+0123456789", "invalid_number"),
        ("+8613800130404", "unknown_subscriber"),
    ],
)
def test_numbers_that_nobody_has_are_refused(partner, to, code):
    answer = partner.post("sms", "/sms/send", {**MESSAGE, "to": to})
    assert (answer.status_code, answer.json()) == (400, {"error": code})
    assert partner.control("state")["messages"] == []


def test_a_request_counts_once_and_only_while_it_is_fresh(partner):
    nonce = "n" * 20
    assert partner.post("sms", "/sms/send", MESSAGE, nonce=nonce).status_code == 200
    replayed = partner.post("sms", "/sms/send", MESSAGE, nonce=nonce)
    assert (replayed.status_code, replayed.json()) == (401, {"error": "replayed"})
    stale = partner.post("sms", "/sms/send", MESSAGE, moment=time.time() - 400)
    assert (stale.status_code, stale.json()) == (401, {"error": "stale"})


def test_another_secret_opens_nothing(partner):
    partner.keys["sms"] = {**partner.keys["sms"], "secret": "guessed"}
    answer = partner.post("sms", "/sms/send", MESSAGE)
    assert (answer.status_code, answer.json()) == (401, {"error": "bad_signature"})
    assert partner.control("state")["messages"] == []
