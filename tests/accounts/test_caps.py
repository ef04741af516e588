"""Each message costs money and can annoy: caps per address and per network."""

import pytest
import time_machine
from django.test import Client

from accounts.models import MessageCount
from accounts.services import limits
from notices.models import Message
from tests.accounts.flows import PHONE, ask_log_in, ask_sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-24T12:10:00+08:00"):
        yield


def test_one_address_gets_so_many_codes_an_hour_from_anywhere():
    for number in range(5):
        assert ask_sign_up(Client(REMOTE_ADDR=f"198.51.100.{number}"), PHONE).status_code == 302
    response = ask_sign_up(Client(REMOTE_ADDR="198.51.100.99"), "139 0013 9001")
    assert response.status_code == 200
    sentence = "That was a lot of codes in a short time. You can ask for the next one at 13:00."
    assert sentence in response.content.decode()
    assert Message.objects.count() == 5
    with time_machine.travel("2026-11-24T13:00:01+08:00"):
        assert ask_sign_up(Client(), PHONE).status_code == 302


def test_the_day_has_a_cap_too():
    for hour in (8, 9):
        with time_machine.travel(f"2026-11-24T{hour:02}:10:00+08:00"):
            for _time in range(5):
                ask_log_in(Client(), PHONE)
    with time_machine.travel("2026-11-24T10:10:00+08:00"):
        assert ask_log_in(Client(), PHONE).status_code == 200


@pytest.mark.promise("SEC-04")
def test_one_network_asks_for_so_many(settings):
    settings.CODES_PER_NETWORK_HOUR = 3
    for number in range(3):
        assert ask_sign_up(Client(), f"+861390013900{number}").status_code == 302
    assert ask_sign_up(Client(), PHONE).status_code == 200
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert ask_sign_up(elsewhere, PHONE).status_code == 302


def test_an_ipv6_network_is_one_network(settings):
    settings.CODES_PER_NETWORK_HOUR = 1
    assert ask_sign_up(Client(REMOTE_ADDR="2001:db8::1"), "+8613900139002").status_code == 302
    assert ask_sign_up(Client(REMOTE_ADDR="2001:db8::2"), PHONE).status_code == 200
    assert ask_sign_up(Client(REMOTE_ADDR="2001:db8:0:1::1"), PHONE).status_code == 302


def test_a_forged_forwarding_header_makes_no_new_network(settings):
    settings.CODES_PER_NETWORK_HOUR = 1
    ask_sign_up(Client(), "+8613900139002")
    again = Client(headers={"X-Forwarded-For": "198.51.100.7"})
    assert ask_sign_up(again, PHONE).status_code == 200


def test_a_cap_says_nothing_about_accounts(alice):
    for login in ("+8613800138001", PHONE):
        answers = [ask_log_in(Client(), login).status_code for _time in range(6)]
        assert answers == [302] * 5 + [200]


def test_sending_again_counts(client):
    ask_sign_up(client, PHONE)
    for _time in range(4):
        client.post("/accounts/signup/code/", {"action": "again"})
    response = client.post("/accounts/signup/code/", {"action": "again"}, follow=True)
    assert "That was a lot of codes" in response.content.decode()
    assert Message.objects.count() == 5


def test_counts_are_fingerprints_and_go(client):
    ask_sign_up(client, PHONE)
    assert all(
        len(row.token) == 64 and PHONE not in row.token for row in MessageCount.objects.all()
    )
    with time_machine.travel("2026-11-27T12:10:00+08:00"):
        assert limits.forget_old_counts() >= 4
    assert MessageCount.objects.count() == 0
