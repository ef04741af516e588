"""A session's payload is sealed; a payload that does not open is an empty session."""

import base64

import pytest
from django.contrib.sessions.models import Session

from privacy import keyring
from privacy.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_the_payload_is_unreadable_in_the_table():
    session = SessionStore()
    session["bait"] = {"email": "bait@person.example", "code": "482915"}
    session.save()
    stored = Session.objects.get(pk=session.session_key).session_data
    for text in (stored, base64.b64decode(stored).decode("latin-1")):
        assert "bait" not in text
        assert "482915" not in text
    assert SessionStore(session.session_key)["bait"]["code"] == "482915"


def test_a_changed_payload_is_an_empty_session():
    session = SessionStore()
    session["a"] = 1
    session.save()
    for rubbish in (
        "",
        "not base64",
        base64.b64encode(b"\x01rubbish that is long enough").decode(),
    ):
        Session.objects.filter(pk=session.session_key).update(session_data=rubbish)
        assert list(SessionStore(session.session_key).keys()) == []


def test_a_session_survives_a_new_process():
    session = SessionStore()
    session["a"] = 1
    session.save()
    keyring.forget_purpose_keys()
    assert SessionStore(session.session_key)["a"] == 1


def test_what_signing_in_leaves_in_the_session_is_not_readable(client_of, alice):
    client = client_of(alice)
    key = client.session.session_key
    assert SessionStore(key)["_auth_user_id"] == str(alice.pk)
    stored = Session.objects.get(pk=key)
    assert "_auth_user_id" not in base64.b64decode(stored.session_data).decode("latin-1")


def test_a_request_ends_its_scope(client, django_assert_num_queries, alice):
    from privacy.keyring.data import _opened

    client.get("/healthz")
    assert _opened.get() is None
