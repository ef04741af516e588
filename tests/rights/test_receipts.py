"""The public page about receipts, and the receipt that its holder opens."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from privacy import receipts
from privacy.enums_proofs import ReceiptKind
from privacy.receipts import codes
from rights.receipts import address_of
from rights.views import receipts as views
from tests.privacy.receipts.test_issuing import OUTCOME, PROMISE

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])


@pytest.fixture
def receipt():
    return receipts.issue(ReceiptKind.ERASURE, PROMISE, subject=uuid.uuid4())


def asked(client, **given):
    return client.post("/receipts/", given)


@pytest.mark.promise("RGT-07")
def test_a_stranger_checks_a_code_and_reads_nobodys_name(client, receipt):
    assert client.get("/receipts/").status_code == 200
    page = asked(client, code=codes.spaced(receipt.code).lower())
    assert "Genuine, not yet complete" in page.text
    receipts.complete(receipt, OUTCOME)
    page = asked(client, code=receipt.code)
    assert "Genuine, and done" in page.text
    assert str(receipt.subject) not in page.text
    assert codes.secret_of(receipt.code) not in page.text
    assert "no-store" in page["Cache-Control"]


def test_a_slip_an_unknown_code_and_nothing_get_a_sentence_each(client, receipt):
    wrong = receipt.code[:-1] + ("2" if receipt.code[-1] != "2" else "3")
    assert "slip" in asked(client, code=wrong).text
    assert "We know no such receipt" in asked(client, code=codes.new_code()).text
    nothing = asked(client)
    assert nothing.status_code == 400
    assert "Type the code" in nothing.text
    large = asked(client, file=SimpleUploadedFile("r.json", b"x" * (views.LARGEST_FILE + 1)))
    assert large.status_code == 400
    assert "larger than 256 KB" in large.text


def test_a_file_is_genuine_or_changed(client, receipt):
    held = client.get(f"{address_of(receipt)}receipt.json")
    assert held["Content-Disposition"] == f'attachment; filename="receipt-{receipt.code}.json"'
    good = asked(client, file=SimpleUploadedFile("r.json", held.content))
    assert "Genuine, not yet complete" in good.text
    bad = held.content.replace(b"2027-01-10", b"2027-01-11")
    assert bad != held.content
    assert "Changed" in asked(client, file=SimpleUploadedFile("r.json", bad)).text
    said = client.post("/receipts/check.json", bad, content_type="application/json").json()
    assert (said["answer"], said["genuine"]) == ("changed", False)


def test_programs_get_json(client, receipt):
    said = client.get(f"/receipts/{receipt.code}.json").json()
    assert (said["answer"], said["genuine"], said["due"]) == (
        "not_yet_complete",
        True,
        "2027-01-10",
    )
    held = client.get(f"{address_of(receipt)}receipt.json").content
    answer = Client(enforce_csrf_checks=True).post(
        "/receipts/check.json", held, content_type="application/json"
    )
    assert answer.json()["answer"] == "not_yet_complete"
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.promise("RGT-07")
def test_its_holder_reads_it_without_an_account_and_nobody_else_does(client, receipt):
    receipts.complete(receipt, OUTCOME)
    page = client.get(address_of(receipt))
    assert page.status_code == 200
    assert codes.spaced(receipt.code) in page.text
    assert "Unreadable in backups from" in page.text
    for secret in (codes.secret_of(codes.new_code()), "x", codes.secret_of(receipt.code).lower()):
        assert client.get(f"/receipts/{receipt.code}/{secret}/").status_code == 404
    chinese = client.get(f"/zh-hans{address_of(receipt)}")
    assert chinese.status_code == 200


def test_one_network_checks_so_many_and_then_waits(client, receipt, monkeypatch):
    monkeypatch.setattr(views, "CAP", views.Cap("receipts", 2, views.CAP.window))
    for _time in range(2):
        assert asked(client, code=receipt.code).status_code == 200
    refused = asked(client, code=receipt.code)
    assert refused.status_code == 429
    assert "You can go on at" in refused.text
    assert client.get(f"/receipts/{receipt.code}.json").status_code == 429


def test_footer_and_transparency_page_lead_there(client):
    assert 'href="/receipts/"' in client.get("/transparency/").text
    assert json.loads(client.get("/receipts/nonsense.json").content)["answer"] == "mistyped"
