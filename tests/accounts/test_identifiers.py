"""A change of phone or e-mail is proved by the new one, told to the old one, and can be stopped."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.enums import IdentifierKind
from accounts.errors import IdentifierTaken
from accounts.models import IdentifierChange, User
from accounts.queries import verified_email_of, verified_phone_of
from accounts.services.identifiers import change_identifier, stop_token
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
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, alice):
    """Alice's, a moment after she logged in."""
    log_in_by_password(client, "alice@person.example")
    return client


def change(client, name, address):
    asked = client.post(f"/me/security/{name}/", {"address": address})
    assert asked.status_code == 302
    return client.post(asked.url, {"code": newest_code()})


@pytest.mark.promise("ACC-03")
def test_a_new_phone_takes_the_old_ones_place(browser, alice):
    change(browser, "phone", "139 0013 9001")
    assert verified_phone_of(alice) == PHONE
    log_in_by_password(other := Client(), PHONE)
    assert is_signed_in(other)
    log_in_by_password(other := Client(), "+8613800138001")
    assert not is_signed_in(other)


def test_a_new_e_mail_takes_the_old_ones_place(browser, alice):
    change(browser, "email", "New@Person.Example")
    assert verified_email_of(alice) == EMAIL
    assert alice.emailaddress_set.count() == 1


def test_nothing_changes_before_the_code(browser, alice):
    asked = browser.post("/me/security/phone/", {"address": PHONE})
    browser.post(asked.url, {"code": "wrong"})
    assert verified_phone_of(alice) == "+8613800138001"
    assert IdentifierChange.objects.count() == 0


def test_the_old_one_is_told_and_every_channel_too(
    browser, outbox, jobs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        change(browser, "phone", PHONE)
    jobs()
    told = [(one["kind"], one["channel"], one["to"]) for one in outbox()]
    assert ("accounts.identifier_lost", "sms", "+8613800138001") in told
    assert ("accounts.identifier_changed", "sms", PHONE) in told
    assert ("accounts.identifier_changed", "email", "alice@person.example") in told
    assert any(kind == "accounts.identifier_changed" and way == "inbox" for kind, way, _ in told)
    for one in outbox():
        if one["kind"].startswith("accounts.identifier"):
            assert PHONE not in one["text"], "a message to one address shows no other one"
        if one["kind"] == "accounts.identifier_changed":
            assert "/accounts/stop/" not in one["text"], "the newcomer gets no stop link"


def test_a_taken_one_is_answered_like_a_free_one(browser, bob):
    pages = {}
    for address in ("+8613800138002", PHONE):
        asked = browser.post("/me/security/phone/", {"address": address})
        shown = browser.get(asked.url)
        wrong = browser.post(asked.url, {"code": "wrong"})
        pages[address] = [asked.url, bare(shown, address), bare(wrong, address)]
    assert pages["+8613800138002"] == pages[PHONE]
    assert newest("accounts.already_here").to_address == "+8613800138002"
    assert verified_phone_of(bob) == "+8613800138002"


def test_ones_own_is_said(browser):
    response = browser.post("/me/security/phone/", {"address": "138 0013 8001"})
    assert "You sign in with this already." in response.content.decode()


def test_one_that_was_taken_meanwhile_is_refused(browser, alice):
    """Trap T11: two sessions proving the same one."""
    asked = browser.post("/me/security/email/", {"address": EMAIL})
    code = newest_code()
    sign_up(Client(), EMAIL)
    response = browser.post(asked.url, {"code": code}, follow=True)
    assert messages_of(response) == ["Another account has this by now."]
    assert verified_email_of(alice) == "alice@person.example"
    assert IdentifierChange.objects.count() == 0


def test_a_service_refuses_a_taken_one_whole(alice, bob):
    with pytest.raises(IdentifierTaken):
        change_identifier(alice, IdentifierKind.EMAIL, "bob@person.example")
    assert verified_email_of(alice) == "alice@person.example"
    assert Message.objects.count() == 0


def test_a_change_needs_a_fresh_proof(client_of, alice):
    response = client_of(alice).get("/me/security/phone/")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/reauthenticate/")


def test_a_code_of_another_account_in_the_same_browser_is_worth_nothing(browser, bob, alice):
    asked = browser.post("/me/security/phone/", {"address": PHONE})
    code = newest_code()
    content = dict(browser.session.items())
    browser.post("/accounts/logout/")
    log_in_by_password(browser, "bob@person.example")
    session = browser.session
    session["accounts_proof"] = content["accounts_proof"]
    session.save()
    browser.post(asked.url, {"code": code})
    assert verified_phone_of(bob) == "+8613800138002"


@pytest.mark.promise("C-07")
def test_an_account_by_e_mail_gets_its_phone_and_goes_on(client):
    sign_up(client, EMAIL)
    page = client.get("/me/member/?next=/checkout/")
    assert "/me/security/phone/?next=" in page.content.decode()
    asked = client.post("/me/security/phone/", {"address": PHONE, "next": "/me/profile/"})
    response = client.post(asked.url, {"code": newest_code()})
    assert response.url == "/me/profile/"
    assert verified_phone_of(User.objects.get()) == PHONE
    # Nothing was replaced: the account's other identifier is told, with the link.
    assert newest("accounts.identifier_lost").to_address == EMAIL


# --- The stop link ----------------------------------------------------------------------


def stop_link():
    return f"/accounts/stop/{newest('accounts.identifier_lost').context['token']}/"


def test_the_link_in_the_message_is_the_one_that_works(browser, outbox, jobs):
    change(browser, "phone", PHONE)
    jobs()
    text = next(one for one in outbox() if one["kind"] == "accounts.identifier_lost")["text"]
    path = re.search(r"https?://[^/]+(/\S+)", text).group(1)
    assert path == stop_link()
    assert b"Stop the change" in Client().get(path).content


def test_stopping_works_signed_out_and_locks_the_account(browser, alice):
    change(browser, "phone", PHONE)
    stranger = Client()
    page = stranger.get(stop_link())
    assert page.status_code == 200
    assert "+8613900139001" not in page.content.decode()
    response = stranger.post(stop_link())
    assert "Stopped" in response.content.decode()
    assert verified_phone_of(alice) == "+8613800138001"
    assert browser.get("/me/").status_code == 302, "every session ended"
    log_in_by_password(other := Client(), "alice@person.example")
    assert not is_signed_in(other), "the password no longer works"
    assert AuditEntry.objects.filter(action="IDENTIFIER_CHANGE_STOPPED").count() == 1


def test_looking_at_the_link_stops_nothing(browser, alice):
    change(browser, "phone", PHONE)
    Client().get(stop_link())
    assert verified_phone_of(alice) == PHONE


def test_a_code_to_what_was_put_back_opens_the_account_and_no_other_code(browser, alice):
    change(browser, "phone", PHONE)
    Client().post(stop_link())
    before = Message.objects.filter(kind="accounts.code").count()
    ask_log_in(Client(), "alice@person.example")
    assert Message.objects.filter(kind="accounts.code").count() == before
    owner = Client()
    response = log_in_by_code(owner, "+8613800138001")
    assert is_signed_in(owner)
    assert response.url == "/me/security/password/"
    assert owner.get(response.url).status_code == 200
    alice.refresh_from_db()
    assert alice.frozen_at is None
    log_in_by_code(other := Client(), "alice@person.example")
    assert is_signed_in(other)


def test_a_second_step_of_the_stranger_goes(browser, alice):
    change(browser, "email", EMAIL)
    Authenticator.objects.create(user=alice, type="totp", data={"secret": "x"})
    Client().post(stop_link())
    assert Authenticator.objects.count() == 0


def test_stopping_twice_is_said_and_changes_nothing(browser, alice):
    change(browser, "phone", PHONE)
    link = stop_link()
    Client().post(link)
    log_in_by_code(owner := Client(), "+8613800138001")
    response = Client().post(link)
    assert "This change was stopped already" in response.content.decode()
    assert owner.get("/me/").status_code == 200


def test_a_link_ends_after_two_weeks(browser, alice):
    change(browser, "phone", PHONE)
    link = stop_link()
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        response = Client().post(link)
    assert "This link has expired" in response.content.decode()
    assert verified_phone_of(alice) == PHONE


@pytest.mark.parametrize("token", ["nonsense", "AAAA:1abc:xyz"])
def test_a_forged_link_is_404(token, alice):
    assert Client().get(f"/accounts/stop/{token}/").status_code == 404
    assert Client().post(f"/accounts/stop/{token}/").status_code == 404


def test_what_somebody_else_has_by_now_is_not_taken_back(browser, alice):
    change(browser, "phone", PHONE)
    link = stop_link()
    sign_up(other := Client(), "+8613800138001")
    assert is_signed_in(other)
    Client().post(link)
    assert verified_phone_of(alice) is None
    assert verified_phone_of(User.objects.latest("pk")) == "+8613800138001"


def test_the_token_names_nothing(browser, alice):
    change(browser, "phone", PHONE)
    token = stop_token(IdentifierChange.objects.get())
    assert "138" not in token.split(":")[0]
