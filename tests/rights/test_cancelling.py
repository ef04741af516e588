"""Closing an account in the browser: few steps, one click, a week to take it back."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from notices.models import Message
from privacy.erasure.enums import CaseState
from privacy.models import ErasureCase
from tests.accounts.flows import ask_log_in, is_signed_in, log_in_by_code, log_in_by_password
from tests.orders.world import buy, shop
from tests.privacy.erasure.world import erase

PHONE = "+8613800138001"


@pytest.fixture
def browser(alice):
    """alice has just signed in with a code."""
    client = Client()
    log_in_by_code(client, PHONE)
    assert is_signed_in(client)
    return client


def confirm(client):
    page = client.get("/me/cancel/confirm/")
    assert page.status_code == 200
    plan = re.search(r'name="plan" value="([0-9a-f]{64})"', page.content.decode())
    return client.post("/me/cancel/confirm/", {"plan": plan[1]})


@pytest.mark.promise("RGT-06")
def test_the_page_says_what_goes_what_stays_and_until_when(browser, alice, address):
    page = browser.get("/me/cancel/").content.decode()
    assert "What goes" in page
    assert "Addresses" in page
    assert "E-Commerce Law" not in page, "nothing was bought yet"
    assert "Cybersecurity Law, article 23(3)" in page
    assert re.search(r'<time datetime="20\d\d-\d\d-\d\d">', page)
    assert "/me/cancel/confirm/" in page


def test_one_click_hides_the_account_and_ends_every_session(browser, alice):
    elsewhere = Client()
    log_in_by_password(elsewhere, PHONE)
    answer = confirm(browser)
    assert answer.status_code == 302
    assert not is_signed_in(browser)
    assert elsewhere.get("/me/").status_code == 302
    shown = browser.get(answer["Location"])
    assert shown.status_code == 200
    assert "Your account is hidden" in shown.content.decode()
    receipt = re.search(r'href="(/receipts/[^"]+receipt.json)"', shown.content.decode())[1]
    assert b'"scope": "ACCOUNT"' in b"".join(Client().get(receipt)), "also without an account"
    alice.refresh_from_db()
    assert alice.display_name == ""


def test_a_second_click_finds_the_same_case(browser, alice):
    page = browser.get("/me/cancel/confirm/").content.decode()
    plan = re.search(r'name="plan" value="([0-9a-f]{64})"', page)[1]
    twin = Client()
    log_in_by_code(twin, PHONE)
    twin.get("/me/cancel/confirm/")
    assert browser.post("/me/cancel/confirm/", {"plan": plan}).status_code == 302
    twin.post("/me/cancel/confirm/", {"plan": plan})
    assert ErasureCase.objects.count() == 1


def test_without_a_fresh_proof_nothing_is_asked(client_of, alice):
    client = client_of(alice)
    for answer in (client.get("/me/cancel/confirm/"), client.post("/me/cancel/confirm/", {})):
        assert answer.status_code == 302
        assert "cancelled" not in answer["Location"]
    assert not ErasureCase.objects.exists()


def test_a_plan_that_nobody_saw_is_not_carried_out(browser, alice):
    for plan in ("", "0" * 64, "a" * 9999):
        answer = browser.post("/me/cancel/confirm/", {"plan": plan})
        assert answer["Location"] == "/me/cancel/"
    assert not ErasureCase.objects.exists()


def test_what_must_be_settled_first_is_named_with_its_page(browser, alice):
    shop().goods("T1")
    buy(alice, ("T1", 1))
    page = browser.get("/me/cancel/").content.decode()
    assert "An order waits for payment. Pay or cancel it." in page
    assert 'href="/me/orders/"' in page
    assert "/me/cancel/confirm/" not in page
    assert browser.get("/me/cancel/confirm/")["Location"] == "/me/cancel/"


def test_signing_in_changes_nothing_and_opens_one_page(browser, alice):
    confirm(browser)
    log_in_by_password(browser, PHONE)
    assert is_signed_in(browser)
    case = ErasureCase.objects.get()
    assert case.state == CaseState.COOLING_OFF
    for path in ("/me/", "/me/orders/", "/cart/", "/me/cancel/", "/admin/", "/checkout/"):
        answer = browser.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/me/cancel/undo/"), path
    assert browser.post("/cart/add/", {"sku": "T1"}).status_code in {302, 403}
    page = browser.get("/me/cancel/undo/").content.decode()
    assert "signing in alone changed nothing" in page
    assert browser.post("/me/cancel/undo/").status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.UNDONE
    assert browser.get("/me/").status_code == 200


def test_a_number_in_the_week_is_nobody_elses(browser, alice):
    confirm(browser)
    stranger = Client()
    assert ask_log_in(stranger, PHONE).status_code == 302
    assert Message.objects.filter(kind="accounts.code").order_by("-pk").first().subject == (
        alice.subject
    )


@pytest.mark.promise("RGT-06")
def test_every_channel_is_told_and_a_link_stops_it(browser, alice):
    confirm(browser)
    told = Message.objects.filter(kind="rights.cancel_asked", person=alice)
    assert {row.channel for row in told} == {"EMAIL", "SMS", "INBOX"}
    token = told.first().context["token"]
    visitor = Client()
    assert "Was it not you?" in visitor.get(f"/cancelled/{token}/stop/").content.decode()
    assert ErasureCase.objects.get().state == CaseState.COOLING_OFF, "looking changes nothing"
    assert "Stopped" in visitor.post(f"/cancelled/{token}/stop/").content.decode()
    assert ErasureCase.objects.get().state == CaseState.UNDONE
    alice.refresh_from_db()
    assert not alice.has_usable_password()
    again = visitor.post(f"/cancelled/{token}/stop/").content.decode()
    assert "can no longer be stopped" in again


def test_the_link_that_shows_a_case_does_not_stop_it(browser, alice):
    token = confirm(browser)["Location"].split("/")[2]
    assert Client().post(f"/cancelled/{token}/stop/").status_code == 404
    assert ErasureCase.objects.get().state == CaseState.COOLING_OFF


def test_the_last_message_comes_when_all_is_done_and_brings_the_receipt(alice, outbox, jobs):
    case = erase(alice)
    assert case.farewell is None
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=True):
        jobs()
    last = [one for one in outbox() if one["kind"] == "rights.farewell"]
    assert {one["to"] for one in last} == {"alice@person.example"}
    told = Message.objects.filter(kind="rights.farewell")
    assert {row.channel for row in told} == {"EMAIL", "SMS"}
    assert not told.filter(subject=alice.subject).exists(), "nothing ties it to her"
    path = re.search(r"/receipts/[^\s]+/", last[0]["text"])[0]
    read = Client().get(path)
    assert read.status_code == 200
    assert "alice" not in read.content.decode().lower()
    document = Client().get(f"{path}receipt.json").json()
    content = document["outcome"]["content"]
    assert content["unreadable_from"] > content["ended_at"][:10]
    assert {"what": "Your phone number", "became": "erased", "count": 1} in content["did"]
