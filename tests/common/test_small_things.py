"""Codes, masks, locks, breakers, signatures and pages."""

import threading
import time

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st

from common import masking
from common.breaker import Breaker
from common.codes import ALPHABET, public_code
from common.hmac_signing import is_signed, signed_headers
from common.http import no_store, safe_next_url, same_origin_required
from common.locks import advisory_lock
from common.paging import page_by_key

# --- Codes and masks --------------------------------------------------------------------


def test_codes_are_random_and_hold_no_letters_that_look_alike():
    codes = {public_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {12}
    assert not set("".join(codes)) & set("01ILOU")
    assert set("".join(codes)) == set(ALPHABET)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613800138000", "••••8000"),
        ("phone", "123", "••••"),
        ("email", "lin.xiaoyu@example.com", "l•••@•••.com"),
        ("email", "no address", "••••"),
        ("name", "林小雨", "林••"),
        ("name", "", ""),
        ("address", "桂花路88号", "••••••"),
        ("code", "AB12CD34", "••••CD34"),
        ("all", "anything", "••••••"),
    ],
)
def test_each_mask_keeps_little(kind, value, shown):
    assert masking.mask(kind, value) == shown


@given(st.sampled_from(sorted(masking.MASKS)), st.text(min_size=10, max_size=60))
def test_no_mask_shows_more_than_a_few_characters(kind, value):
    shown = masking.mask(kind, value).replace(masking.DOT, "")
    domain = value.rpartition(".")[2] if kind == "email" else ""
    assert len(shown) <= 4 + len(domain)


def test_an_unknown_mask_is_an_error_and_not_a_window():
    with pytest.raises(KeyError):
        masking.mask("none", "value")


# --- Breaker ----------------------------------------------------------------------------


def test_a_breaker_opens_lets_one_trial_through_and_closes(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    breaker = Breaker(failures=2, seconds=5)
    assert breaker.allows()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    now[0] += 5.1
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


# --- Signatures -------------------------------------------------------------------------

SIGNED = {"account": "sandbox-carrier", "method": "POST", "path": "/push", "body": b'{"a": 1}'}


def headers(**changed):
    return {**signed_headers("secret", **SIGNED), **changed}


def test_a_signed_request_is_believed():
    assert is_signed(headers(), "secret", **SIGNED)


@pytest.mark.parametrize(
    "changed",
    [{"body": b'{"a": 2}'}, {"path": "/other"}, {"method": "PUT"}, {"account": "somebody"}],
)
def test_a_changed_request_is_not_believed(changed):
    assert not is_signed(headers(), "secret", **{**SIGNED, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Signature": ""},
        {"X-Signature": "é" * 64},
        {"X-Nonce": "short"},
        {"X-Nonce": "n" * 65},
        {"X-Timestamp": "soon"},
        {"X-Timestamp": "²"},
        {"X-Account": "other"},
    ],
)
def test_odd_headers_are_not_believed(changed):
    assert not is_signed(headers(**changed), "secret", **SIGNED)


def test_another_secret_or_no_headers_are_not_believed():
    assert not is_signed(headers(), "other", **SIGNED)
    assert not is_signed({}, "secret", **SIGNED)


@pytest.mark.parametrize(("seconds", "believed"), [(290, True), (310, False), (-310, False)])
def test_a_signature_grows_old(seconds, believed):
    given_headers = headers()
    with time_machine.travel(time.time() + seconds, tick=False):
        assert is_signed(given_headers, "secret", **SIGNED) is believed


def test_every_request_has_a_nonce_of_its_own():
    assert headers()["X-Nonce"] != headers()["X-Nonce"]


# --- Guards around views ----------------------------------------------------------------


def answer(_request):
    return HttpResponse("done")


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://testserver"},
    ],
)
def test_our_own_forms_pass(rf, sent):
    assert same_origin_required(answer)(rf.post("/", headers=sent)).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
    ],
)
def test_forms_from_elsewhere_do_not(rf, sent):
    with pytest.raises(PermissionDenied):
        same_origin_required(answer)(rf.post("/", headers=sent))


def test_reading_needs_no_origin(rf):
    assert same_origin_required(answer)(rf.get("/")).status_code == 200


def test_personal_pages_are_kept_by_nobody(rf):
    assert "no-store" in no_store(answer)(rf.get("/"))["Cache-Control"]


@pytest.mark.parametrize(
    ("given_next", "leads_to"),
    [
        ("/cart/", "/cart/"),
        ("http://testserver/cart/", "/home/"),
        ("http://evil.example/", "/home/"),
        ("//evil.example/", "/home/"),
        ("/\\evil.example", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("", "/home/"),
    ],
)
def test_the_next_page_is_one_of_ours(rf, given_next, leads_to):
    assert safe_next_url(rf.post("/", {"next": given_next}), "/home/") == leads_to


# --- Pages ------------------------------------------------------------------------------


def test_every_row_stands_on_exactly_one_page(db):
    Group.objects.all().delete()
    made = [Group.objects.create(name=f"group {number:02}").pk for number in range(23)]
    seen, key, pages = [], None, 0
    while True:
        page = page_by_key(Group.objects.all(), order=("-name", "pk"), after=key, size=5)
        seen += [row.pk for row in page.rows]
        pages += 1
        key = page.next_key
        if not key:
            break
    assert seen == made[::-1]
    assert pages == 5


def test_a_full_last_page_has_no_next_one(db):
    Group.objects.all().delete()
    for number in range(5):
        Group.objects.create(name=f"group {number}")
    assert page_by_key(Group.objects.all(), order=("pk",), after=None, size=5).next_key == ""


@pytest.mark.parametrize(
    "key",
    ["nonsense", "W10", "WzFd", "eyJhIjoxfQ", "W251bGwsMV0", "é", "W3sifSwxXQ", "=", "a" * 999],
)
def test_a_key_that_makes_no_sense_gives_the_first_page(db, key):
    first = page_by_key(Group.objects.all(), order=("name", "pk"), after=None, size=3)
    assert page_by_key(Group.objects.all(), order=("name", "pk"), after=key, size=3) == first


# --- Locks ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_named_lock_is_held_by_one_until_its_transaction_ends():
    inside, most, guard = [0], [0], threading.Lock()

    def hold():
        try:
            with transaction.atomic():
                advisory_lock("tests", "one")
                with guard:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0.02)
                with guard:
                    inside[0] -= 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hold) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
