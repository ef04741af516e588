"""The same account opens with each identifier it holds, by password or by code."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Phone, User
from accounts.signals import signed_in
from notices.models import Message
from privacy.models import AuditEntry
from tests.accounts.flows import (
    EMAIL,
    PHONE,
    ask_log_in,
    bare,
    is_signed_in,
    log_in_by_code,
    log_in_by_password,
    messages_of,
    newest,
    newest_code,
    sign_up,
    wrong_code,
)

pytestmark = pytest.mark.django_db

OF_ALICE = ["+8613800138001", "138 0013 8001", "alice@person.example", "Alice@Person.Example"]


@pytest.mark.promise("ACC-03", "ACC-04")
@pytest.mark.parametrize("login", OF_ALICE)
def test_the_account_opens_by_password_with_each_identifier(client, alice, login):
    response = log_in_by_password(client, login)
    assert response.url == "/me/"
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.promise("ACC-03", "ACC-04")
@pytest.mark.parametrize("login", OF_ALICE)
def test_the_account_opens_by_code_with_each_identifier(client, alice, login):
    response = log_in_by_code(client, login)
    assert response.url == "/me/"
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.promise("ACC-04")
@pytest.mark.parametrize("login", ["+8613800138001", "alice@person.example", PHONE, EMAIL, "?"])
def test_a_wrong_password_says_the_same_whoever_it_is(client, alice, login):
    response = log_in_by_password(client, login, "wrong")
    errors = [str(one) for one in response.context["form"].errors.as_data()]
    assert not is_signed_in(client)
    if login != "?":
        assert errors == ["__all__"]
        assert (
            "The phone number, e-mail address or password is not right."
            in response.content.decode()
        )


@pytest.mark.parametrize(
    ("known", "unknown"), [("+8613800138001", PHONE), ("alice@person.example", EMAIL)]
)
def test_an_unknown_identifier_is_answered_like_a_known_one(alice, known, unknown):
    """Traps T2 and T3 in one: page by page the same, however often one tries."""
    pages = {}
    for login in (known, unknown):
        client = Client()
        asked = ask_log_in(client, login)
        steps = [
            client.get(asked.url),
            client.post(asked.url, {"code": "wrong"}),
            client.post(asked.url, {"action": "again"}, follow=True),
            *[client.post(asked.url, {"code": "wrong"}, follow=True) for _try in range(5)],
            *[log_in_by_password(client, login, "wrong") for _try in range(7)],
        ]
        pages[login] = [
            (asked.status_code, asked.url, sorted(client.cookies)),
            *[(page.status_code, bare(page, login)) for page in steps],
        ]
    assert pages[known] == pages[unknown]
    assert {row.to_address for row in Message.objects.filter(kind="accounts.code")} == {known}


def test_an_unknown_phone_costs_no_message(client):
    ask_log_in(client, PHONE)
    assert Message.objects.count() == 0


def test_an_unknown_mailbox_is_told_that_there_is_no_account(client):
    ask_log_in(client, EMAIL)
    assert newest("accounts.not_here").to_address == EMAIL


def test_the_first_code_of_a_stranger_does_not_sign_in_as_them(client, alice):
    ask_log_in(client, "alice@person.example")
    other = Client()
    ask_log_in(other, "alice@person.example")
    client.post("/accounts/login/code/confirm/", {"code": newest_code()})
    assert not is_signed_in(client)


@pytest.mark.promise("ACC-04")
def test_wrong_and_expired_codes_are_said(client, alice):
    ask_log_in(client, "alice@person.example")
    response = client.post("/accounts/login/code/confirm/", {"code": wrong_code()})
    assert "4 tries are left" in response.content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        response = client.post(
            "/accounts/login/code/confirm/", {"code": newest_code()}, follow=True
        )
    assert messages_of(response) == [
        "This code was valid for ten minutes. Please ask for a new one."
    ]
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/code/"])
def test_one_comes_back_to_where_one_was_and_nowhere_else(alice, path):
    for target, lands in (("/me/profile/", "/me/profile/"), ("https://evil.example/", "/me/")):
        client = Client()
        data = {"login": "alice@person.example", "password": "correct horse battery staple"}
        response = client.post(path, {**data, "next": target})
        if "code" in path:
            response = client.post(response.url, {"code": newest_code()})
        assert response.url == lands


def test_five_wrong_passwords_lock_one_number_and_no_other(alice, bob):
    """Trap T2: numbers do not share their tries."""
    for _try in range(6):
        response = log_in_by_password(Client(), "+8613800138001", "wrong")
    assert "Too many tries" in response.content.decode()
    client = Client()
    log_in_by_password(client, "138 0013 8001")
    assert not is_signed_in(client), "another spelling is the same number"
    client = Client()
    log_in_by_password(client, "+8613800138002")
    assert is_signed_in(client)


@pytest.mark.promise("ACC-04")
def test_after_too_many_passwords_a_code_still_opens(alice):
    for _try in range(6):
        log_in_by_password(Client(), "alice@person.example", "wrong")
    client = Client()
    log_in_by_code(client, "alice@person.example")
    assert is_signed_in(client)


def test_a_closed_account_opens_by_nothing(client, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    log_in_by_password(client, "alice@person.example")
    assert not is_signed_in(client)
    ask_log_in(client, "alice@person.example")
    assert Message.objects.count() == 0


def test_signing_in_is_told_to_the_rooms_above(client, alice):
    heard = []

    def listen(user, request, **_kwargs):
        heard.append((user, request.session.session_key))

    signed_in.connect(listen)
    try:
        log_in_by_password(client, "alice@person.example")
    finally:
        signed_in.disconnect(listen)
    assert heard == [(alice, client.session.session_key)]


def test_what_a_visitor_had_in_the_session_stays(client, alice):
    session = client.session
    session["basket"] = "kept"
    session.save()
    client.cookies["sessionid"] = session.session_key
    log_in_by_password(client, "alice@person.example")
    assert client.session["basket"] == "kept"
    assert client.session.session_key != session.session_key


@pytest.mark.promise("SEC-05")
def test_sign_ins_are_written_down_and_shown(client, alice):
    log_in_by_password(Client(), "alice@person.example", "wrong")
    log_in_by_password(client, "alice@person.example")
    entries = AuditEntry.objects.filter(subject=alice.subject).order_by("pk")
    assert [entry.action for entry in entries] == ["SIGN_IN_FAILED", "SIGNED_IN"]
    assert entries[1].detail == {"with": "password"}
    page = client.get("/me/security/").content.decode()
    assert "Sign-in failed" in page
    assert "Signed in" in page


# --- Numbers are given to new people -----------------------------------------------------


def aged(person):
    old = timezone.now() - timedelta(days=366)
    Phone.objects.filter(user=person).update(proved_at=old, verified_at=old)


@pytest.mark.promise("SEC-07")
def test_a_code_on_a_number_unused_for_a_year_needs_the_password_too(client, alice):
    aged(alice)
    response = log_in_by_code(client, "+8613800138001")
    assert response.url == "/accounts/login/second/"
    assert not is_signed_in(client)
    assert client.get("/me/").status_code == 302
    assert "One more proof" in client.get(response.url).content.decode()
    client.post(response.url, {"password": "wrong"})
    assert not is_signed_in(client)
    client.post(response.url, {"password": "correct horse battery staple"})
    assert is_signed_in(client)
    assert timezone.now() - Phone.objects.get(user=alice).proved_at < timedelta(minutes=1)


@pytest.mark.promise("SEC-07")
def test_a_code_by_e_mail_is_a_second_proof(client, alice):
    aged(alice)
    log_in_by_code(client, "+8613800138001")
    response = client.post("/accounts/login/second/", {"action": "code"})
    assert response.url == "/accounts/login/second/code/"
    assert newest().to_address == "alice@person.example"
    client.post(response.url, {"code": newest_code()})
    assert is_signed_in(client)


def test_without_a_second_proof_there_is_somebody_to_ask(client, settings):
    sign_up(Client(), PHONE)
    aged(User.objects.get())
    response = log_in_by_code(client, PHONE)
    page = client.get(response.url).content.decode()
    assert settings.OPERATOR["email"] in page
    assert not is_signed_in(client)


def test_the_second_proof_counts_wrong_passwords(client, alice):
    aged(alice)
    log_in_by_code(client, "+8613800138001")
    for _try in range(6):
        response = client.post("/accounts/login/second/", {"password": "wrong"})
    assert "Too many tries" in response.content.decode()


def test_the_second_proof_cannot_be_walked_around(client, alice):
    aged(alice)
    log_in_by_code(client, "+8613800138001")
    for path in ("/accounts/login/", "/accounts/login/code/", "/me/", "/me/security/"):
        client.get(path, follow=True)
    assert not is_signed_in(client)


def test_a_year_less_a_day_needs_nothing_more(client, alice):
    recent = timezone.now() - timedelta(days=364)
    Phone.objects.filter(user=alice).update(proved_at=recent)
    log_in_by_code(client, "+8613800138001")
    assert is_signed_in(client)


def test_signing_in_by_password_does_not_prove_the_number(client, alice):
    aged(alice)
    log_in_by_password(client, "+8613800138001")
    assert is_signed_in(client)
    assert timezone.now() - Phone.objects.get(user=alice).proved_at > timedelta(days=365)
