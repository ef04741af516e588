"""People sign up with a phone number or an e-mail address, and prove it by a code."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.enums import AgeBand
from accounts.models import MessageCount, User
from accounts.queries import missing_for_trade, verified_email_of, verified_phone_of
from notices.models import Message
from privacy.documents import current
from privacy.models import AuditEntry, ConsentEntry
from tests.accounts.flows import (
    EMAIL,
    PASSWORD,
    PHONE,
    ask_sign_up,
    bare,
    is_signed_in,
    messages_of,
    newest_code,
    sign_up,
    sign_up_data,
    wrong_code,
)

pytestmark = pytest.mark.django_db


@pytest.mark.promise("ACC-01", "ACC-04")
@pytest.mark.parametrize("login", ["139 0013 9001", "+86 139-0013-9001", "１３９００１３９００１"])
def test_a_phone_in_any_spelling_is_enough(client, login):
    sign_up(client, login)
    person = User.objects.get()
    assert is_signed_in(client)
    assert verified_phone_of(person) == PHONE
    assert not person.has_usable_password()
    assert person.age_band == AgeBand.ADULT


@pytest.mark.promise("ACC-01")
def test_an_e_mail_address_is_enough(client):
    response = sign_up(client, "New@Person.Example")
    person = User.objects.get()
    assert is_signed_in(client)
    assert verified_email_of(person) == EMAIL
    assert response.url == "/me/member/"


def test_the_code_arrives_by_sms_and_by_mail(client, outbox, jobs):
    ask_sign_up(client, PHONE)
    ask_sign_up(Client(), EMAIL)
    jobs()
    arrived = {entry["channel"]: entry for entry in outbox()}
    assert arrived["sms"]["to"] == PHONE
    assert arrived["email"]["to"] == EMAIL
    assert newest_code() in arrived["email"]["text"]
    assert newest_code() in arrived["email"]["subject"]


@pytest.mark.promise("C-07")
def test_a_member_name_and_password_make_a_member_at_once(client):
    response = sign_up(client, PHONE, member_name="Nina", password=PASSWORD)
    person = User.objects.get()
    assert person.member_name == "Nina"
    assert person.check_password(PASSWORD)
    assert missing_for_trade(person) == []
    assert response.url == "/me/"


@pytest.mark.promise("C-07")
def test_an_account_is_told_what_it_lacks(client):
    sign_up(client, EMAIL)
    page = client.get("/me/member/")
    assert {one.code for one in missing_for_trade(User.objects.get())} == {"phone", "member_name"}
    assert b"Add my phone number" in page.content
    assert b"Take this name" in page.content
    client.post("/me/member/", {"member_name": "nina"})
    assert User.objects.get().member_name == "nina"


@pytest.mark.promise("ACC-01")
def test_only_the_member_name_may_be_taken(client, alice):
    response = ask_sign_up(client, PHONE, member_name="ALICE")
    assert response.status_code == 200
    assert response.context["form"].errors["member_name"] == [
        "This name is taken. Please choose another one."
    ]


@pytest.mark.parametrize("name", ["林小雨", "a", "<b>", "two words", "123", "x" * 25])
def test_a_member_name_has_a_shape(client, name):
    response = ask_sign_up(client, PHONE, member_name=name)
    fine = name == "林小雨"
    assert (response.status_code == 302) is fine


@pytest.mark.parametrize("login", ["", "12", "not a number", "a@b", "@", "13900139001x@"])
def test_nonsense_is_answered_with_an_example(client, login):
    response = ask_sign_up(client, login)
    assert response.status_code == 200
    assert "login" in response.context["form"].errors
    assert Message.objects.count() == 0


def test_nothing_is_stored_before_the_code(client):
    ask_sign_up(client, PHONE, member_name="nina", password=PASSWORD)
    assert User.objects.count() == 0
    assert ConsentEntry.objects.count() == 0


# --- Codes ------------------------------------------------------------------------------


@pytest.mark.promise("ACC-04")
def test_a_wrong_code_is_said_and_leaves_tries(client):
    ask_sign_up(client)
    response = client.post("/accounts/signup/code/", {"code": wrong_code()})
    assert "4 tries are left" in response.content.decode()
    client.post("/accounts/signup/code/", {"code": newest_code()})
    assert is_signed_in(client)


@pytest.mark.promise("ACC-04")
def test_too_many_wrong_codes_end_it(client):
    ask_sign_up(client)
    for _try in range(5):
        response = client.post("/accounts/signup/code/", {"code": wrong_code()}, follow=True)
    assert messages_of(response) == ["That was one wrong code too many. Please ask for a new one."]
    client.post("/accounts/signup/code/", {"code": newest_code()})
    assert User.objects.count() == 0


def test_tries_are_counted_even_where_the_session_is_put_back(client):
    """Many tries at the same moment share a session, and must not share a try."""
    ask_sign_up(client)
    session = client.session
    before = dict(session.items())
    for _try in range(5):
        client.post("/accounts/signup/code/", {"code": wrong_code()})
        session = client.session
        session.update(before)
        session.save()
    response = client.post("/accounts/signup/code/", {"code": newest_code()}, follow=True)
    assert "too many" in messages_of(response)[0]
    assert User.objects.count() == 0


@pytest.mark.promise("ACC-04")
def test_an_expired_code_is_said(client):
    ask_sign_up(client)
    code = newest_code()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        response = client.post("/accounts/signup/code/", {"code": code}, follow=True)
    assert messages_of(response) == [
        "This code was valid for ten minutes. Please ask for a new one."
    ]
    assert User.objects.count() == 0


@pytest.mark.promise("ACC-04")
def test_a_used_code_is_said(client):
    ask_sign_up(client, EMAIL)
    code = newest_code()
    client.post("/accounts/signup/code/", {"code": code})
    again = client.post("/accounts/signup/code/", {"code": code}, follow=True)
    assert "This code was used already. Please ask for a new one." in messages_of(again)


def test_a_copied_session_cannot_use_a_code_twice(client):
    ask_sign_up(client, EMAIL)
    before = dict(client.session.items())
    client.post("/accounts/signup/code/", {"code": newest_code()})
    client.post("/accounts/logout/")
    session = client.session
    session.update(before)
    session.save()
    client.cookies["sessionid"] = session.session_key
    response = client.post("/accounts/signup/code/", {"code": newest_code()}, follow=True)
    assert "used already" in messages_of(response)[-1]
    assert User.objects.count() == 1


def test_a_code_of_somebody_else_is_worth_nothing(client):
    ask_sign_up(client, PHONE)
    other = Client()
    ask_sign_up(other, EMAIL)
    theirs = newest_code()
    response = client.post("/accounts/signup/code/", {"code": theirs})
    assert User.objects.count() == 0
    assert response.status_code == 200


def test_a_code_for_signing_up_does_not_log_in(client, alice):
    ask_sign_up(client, EMAIL)
    response = client.post("/accounts/login/code/confirm/", {"code": newest_code()}, follow=True)
    assert not is_signed_in(client)
    assert messages_of(response) == ["There is no code to enter here. Please ask for a new one."]


def test_a_new_code_replaces_the_old_one(client):
    ask_sign_up(client)
    old = newest_code()
    client.post("/accounts/signup/code/", {"action": "again"})
    assert newest_code() != old
    client.post("/accounts/signup/code/", {"code": old})
    assert not is_signed_in(client)
    client.post("/accounts/signup/code/", {"code": newest_code()})
    assert is_signed_in(client)


# --- Taken identifiers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "free"),
    [("+8613800138001", "+8613800138009"), ("alice@person.example", EMAIL)],
)
def test_a_taken_identifier_is_answered_like_a_free_one(alice, taken, free):
    pages = {}
    for login in (taken, free):
        client = Client()
        asked = ask_sign_up(client, login)
        steps = [
            client.get(asked.url),
            client.post(asked.url, {"code": "wrong"}),
            client.post(asked.url, {"action": "again"}, follow=True),
            *[client.post(asked.url, {"code": "wrong"}, follow=True) for _try in range(5)],
        ]
        pages[login] = [
            (asked.status_code, asked.url, sorted(client.cookies)),
            *[
                (
                    page.status_code,
                    page.redirect_chain if hasattr(page, "redirect_chain") else [],
                    bare(page, login),
                )
                for page in steps
            ],
        ]
    assert pages[taken] == pages[free]
    # The bait was there: one got codes, the other was told.
    assert {row.to_address for row in Message.objects.filter(kind="accounts.code")} == {free}
    told = Message.objects.filter(kind="accounts.already_here")
    assert {row.to_address for row in told} == {taken}
    assert User.objects.count() == 1


@pytest.mark.parametrize("login", ["+8613800138001", "alice@person.example"])
def test_the_owner_of_a_taken_identifier_is_told(client, alice, login, outbox, jobs):
    ask_sign_up(client, login)
    jobs()
    told = [entry for entry in outbox() if entry["kind"] == "accounts.already_here"]
    assert [entry["to"] for entry in told] == [login]
    assert "/accounts/login/" in told[0]["text"]


def test_nobody_can_prepare_a_strangers_account(client):
    """Trap T5: a password set with somebody else's identifier never becomes theirs."""
    ask_sign_up(client, PHONE, password="the attackers password")
    victim = Client()
    sign_up(victim, PHONE)
    assert is_signed_in(victim)
    person = User.objects.get()
    assert not person.has_usable_password()
    assert not person.check_password("the attackers password")


def test_of_two_who_prove_the_same_identifier_one_gets_the_account(client):
    ask_sign_up(client, PHONE)
    first = newest_code()
    other = Client()
    ask_sign_up(other, PHONE)
    other.post("/accounts/signup/code/", {"code": newest_code()})
    response = client.post("/accounts/signup/code/", {"code": first}, follow=True)
    assert not is_signed_in(client)
    assert "There is an account with this already. Please log in." in messages_of(response)
    assert User.objects.count() == 1


# --- Consent ----------------------------------------------------------------------------


@pytest.mark.promise("CON-01")
def test_both_boxes_are_empty_and_checked_on_the_server(client):
    page = client.get("/accounts/signup/").content.decode()
    for name in ("terms", "policy"):
        box = page[page.index(f'name="{name}"') - 60 :][:200]
        assert "checked" not in box
    for name in ("terms", "policy"):
        data = sign_up_data()
        data.pop(name)
        response = client.post("/accounts/signup/", data)
        assert response.status_code == 200
        assert list(response.context["form"].errors) == [name]
    assert Message.objects.count() == 0


@pytest.mark.promise("CON-01")
def test_each_agreement_is_stored_with_its_text(client):
    sign_up(client)
    person = User.objects.get()
    stored = {entry.purpose: entry for entry in ConsentEntry.objects.filter(subject=person.subject)}
    assert set(stored) == {"terms", "policy"}
    for purpose, kind in (("terms", "terms"), ("policy", "privacy")):
        document = current(kind, "en")
        assert stored[purpose].document_sha256 == document.sha256
        assert stored[purpose].document_version == document.version
        assert stored[purpose].decision == "GIVEN"
        assert stored[purpose].place == "sign-up"


def test_agreements_name_the_text_in_the_readers_language(client):
    data = sign_up_data(
        terms_text=current("terms", "zh-hans").sha256,
        policy_text=current("privacy", "zh-hans").sha256,
    )
    client.post("/zh-hans/accounts/signup/", data)
    client.post("/zh-hans/accounts/signup/code/", {"code": newest_code()})
    assert set(ConsentEntry.objects.values_list("language", flat=True)) == {"zh-hans"}
    assert User.objects.get().language == "zh-hans"


def test_a_text_that_changed_meanwhile_is_asked_again(client):
    response = ask_sign_up(client, PHONE, terms_text="0" * 64)
    assert response.status_code == 200
    assert response.context["form"].errors["terms"] == [
        "The text changed while you were reading. Please look again."
    ]
    assert current("terms", "en").sha256 in response.content.decode()


@pytest.mark.promise("CON-01")
def test_disagreeing_stores_nothing_and_names_whom_to_ask(client, settings):
    response = client.get("/accounts/signup/disagree/")
    assert settings.OPERATOR["privacy_email"] in response.content.decode()
    assert not response.cookies
    assert Session.objects.count() == 0


def test_sign_up_is_written_down(client):
    sign_up(client)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["SIGNED_UP", "SIGNED_IN"]


# --- Age --------------------------------------------------------------------------------


def teen(year, month):
    return {"age_band": "TEEN", "adult_year": year, "adult_month": month}


def test_under_14_is_refused_and_nothing_stored(client):
    response = ask_sign_up(client, PHONE, age_band="UNDER_14")
    assert b"You can open an account when you are 14" in response.content
    assert Session.objects.count() == 0
    assert Message.objects.count() == 0
    assert MessageCount.objects.count() == 0
    assert "sessionid" not in response.cookies


@time_machine.travel("2026-11-24T12:00:00+08:00", tick=False)
@pytest.mark.parametrize(
    ("year", "month", "outcome"),
    [
        (2030, 12, "refused"),  # 14 in December: 13 today
        (2030, 11, "teen"),  # 14 this month
        (2027, 1, "teen"),
        (2026, 11, "teen"),  # 18 this month, on a day that nobody asked for
        (2026, 10, "adult"),  # 18 already
    ],
)
def test_the_month_decides_at_its_boundary(client, year, month, outcome):
    response = ask_sign_up(client, PHONE, **teen(year, month))
    if outcome == "refused":
        assert b"You can open an account when you are 14" in response.content
        assert Session.objects.count() == 0
    elif outcome == "adult":
        assert "adult_month" in response.context["form"].errors
    else:
        client.post("/accounts/signup/code/", {"code": newest_code()})
        person = User.objects.get()
        assert person.age_band == AgeBand.TEEN
        assert not person.is_adult
        assert next(iter(missing_for_trade(person))).code == "age"
        assert client.get("/me/").status_code == 200
        assert person.age_changes_on == date(year + month // 12, month % 12 + 1, 1)


def test_a_teen_must_name_the_month(client):
    response = ask_sign_up(client, PHONE, age_band="TEEN")
    assert "adult_month" in response.context["form"].errors


def test_a_teen_grows_up(client, jobs):
    with time_machine.travel("2026-11-24T12:00:00+08:00"):
        ask_sign_up(client, PHONE, **teen(2026, 12))
        client.post("/accounts/signup/code/", {"code": newest_code()})
    person = User.objects.get()
    with time_machine.travel("2026-12-31T12:00:00+08:00"):
        assert not person.is_adult
    with time_machine.travel("2027-01-01T00:30:00+08:00"):
        from accounts.services.ages import grow_up

        assert person.is_adult
        assert grow_up() == 1
    person.refresh_from_db()
    assert person.age_band == AgeBand.ADULT
    assert person.age_changes_on is None
