"""Deleting a part of one's data in the browser."""

import pytest
from django.test import Client

from accounts.models import Address
from tests.accounts.flows import log_in_by_code

PHONE = "+8613800138001"


@pytest.fixture
def browser(alice):
    client = Client()
    log_in_by_code(client, PHONE)
    return client


@pytest.mark.promise("RGT-11")
def test_the_page_offers_what_there_is_and_says_what_the_law_keeps(browser, address):
    page = browser.get("/me/delete/").content.decode()
    assert "/me/delete/addresses/" in page
    assert "What cannot be deleted yet" in page
    assert "Cybersecurity Law, article 23(3)" in page
    shown = browser.get("/me/delete/addresses/").content.decode()
    assert "桂花路88号3单元501室" in shown
    assert str(address.seal_id) in shown


def test_one_entry_and_then_all_are_deleted(browser, address):
    browser.post("/me/delete/addresses/", {"item": str(address.seal_id)})
    assert not Address.objects.exists()
    answer = browser.post("/me/delete/addresses/", follow=True)
    assert "There is nothing to delete here any more." in answer.content.decode()
    assert "What you deleted" in browser.get("/me/delete/").content.decode()


def test_what_could_harm_asks_for_a_fresh_proof(client_of, alice, address):
    client = client_of(alice)
    assert client.get("/me/delete/addresses/").status_code == 302
    assert client.post("/me/delete/addresses/").status_code == 302
    assert Address.objects.exists()
    assert client.get("/me/delete/nickname/").status_code == 200


@pytest.mark.parametrize("item", ["1", "x" * 500, "00000000-0000-0000-0000-00000000000g", "\x00"])
def test_nonsense_deletes_nothing(browser, address, item):
    assert browser.post("/me/delete/addresses/", {"item": item}).status_code in {400, 404}
    assert browser.post("/me/delete/nickname/", {"item": str(address.seal_id)}).status_code == 404
    assert browser.get("/me/delete/nothing/").status_code == 404
    assert Address.objects.exists()
