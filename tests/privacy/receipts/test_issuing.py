"""Receipts: signed at the click, completed at the end, naming nobody."""

import base64
import copy
import json
import subprocess
import sys
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.codes import ALPHABET
from privacy import receipts, signing
from privacy.enums_proofs import ReceiptKind, ReceiptState
from privacy.ledger import heads, sealing
from privacy.models import Receipt
from privacy.receipts import codes
from privacy.receipts.checking import Answer
from privacy.receipts.issuing import fingerprint, holder
from tests.support.verifier import FILE, verifier

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])

PROMISE = {
    "plan_sha256": "ab" * 32,
    "due": "2027-01-10",
    "will": [{"what": "orders", "how": "KEEP", "rows": 3}],
    "kept": [{"what": "orders", "why": "DEAL_RECORDS", "until": "2030-01-10"}],
}
OUTCOME = {"unreadable_from": "2027-02-01", "did": [{"what": "addresses", "count": 2}]}


@pytest.fixture
def subject():
    return uuid.uuid4()


@pytest.fixture
def receipt(subject):
    return receipts.issue(ReceiptKind.ERASURE, PROMISE, subject=subject)


def as_file(receipt):
    content = {"promise": receipt.document, "outcome": receipt.outcome}
    return json.dumps(content, ensure_ascii=False).encode()


@pytest.mark.promise("RGT-07")
def test_a_receipt_is_open_then_done_by_code_and_by_file(receipt):
    assert receipts.check_code(receipt.code).answer is Answer.OPEN
    early = as_file(receipt)
    assert receipts.check_file(early).answer is Answer.OPEN
    receipts.complete(receipt, OUTCOME)
    assert receipts.complete(receipt, OUTCOME).document_sha256 == receipt.document_sha256
    for verdict in (
        receipts.check_code(receipt.code),
        receipts.check_file(as_file(receipt)),
        receipts.check_file(json.dumps(receipt.outcome).encode()),
        receipts.check_file(early),
    ):
        assert (verdict.answer, verdict.unreadable_from) == (Answer.DONE, "2027-02-01")


def test_a_receipt_taken_back_says_so_and_stays_so(receipt):
    receipts.cancel(receipt)
    assert receipts.check_code(receipt.code).answer is Answer.TAKEN_BACK
    with pytest.raises(receipts.AlreadyEnded):
        receipts.complete(receipt, OUTCOME)


@pytest.mark.promise("RGT-07")
def test_the_documents_name_nobody_and_only_the_holder_can_be_told(receipt, subject):
    receipts.complete(receipt, OUTCOME)
    text = as_file(receipt).decode()
    assert str(subject) not in text
    assert receipt.salt not in text
    assert receipt.document["content"]["holder"] == holder(receipt.salt, subject)
    again = receipts.issue(ReceiptKind.ERASURE, PROMISE, subject=subject)
    assert again.document["content"]["holder"] != receipt.document["content"]["holder"]


@pytest.mark.parametrize(
    "words",
    ["alice@person.example", "call +86 138 0013 8001", "13800138001", "x" * 200, "two\nlines"],
)
def test_words_of_a_person_do_not_get_onto_a_receipt(subject, words):
    with pytest.raises(receipts.NamesSomebody) as refusal:
        receipts.issue(ReceiptKind.ERASURE, {"scope": words}, subject=subject)
    assert words not in str(refusal.value)
    with pytest.raises(receipts.NamesSomebody):
        receipts.issue(ReceiptKind.ERASURE, {"scope": str(subject)}, subject=subject)


def test_a_receipt_witnesses_ledgers_and_journal(subject, alice):
    sealing.seal()
    heads.publish()
    receipt = receipts.issue(ReceiptKind.ERASURE, PROMISE, subject=subject)
    said = receipt.document["content"]
    assert set(said["ledger"]) == {"day", "batch", "hash"}
    assert set(said["journal"]) == {"number", "hash"}


# --- Changed ----------------------------------------------------------------------------


def test_every_change_shows(receipt, subject):
    receipts.complete(receipt, OUTCOME)
    whole = json.loads(as_file(receipt))
    for part, path, value in (
        ("promise", "due", "2027-01-11"),
        ("outcome", "unreadable_from", "2026-01-01"),
        ("outcome", "promise_sha256", "0" * 64),
    ):
        changed = copy.deepcopy(whole)
        changed[part]["content"][path] = value
        assert receipts.check_file(json.dumps(changed).encode()).answer is Answer.CHANGED
    other = receipts.issue(ReceiptKind.ERASURE, PROMISE, subject=subject)
    receipts.complete(other, OUTCOME)
    mixed = {"promise": receipt.document, "outcome": other.outcome}
    assert receipts.check_file(json.dumps(mixed).encode()).answer is Answer.CHANGED


def test_the_malls_own_changed_copy_shows(receipt):
    changed = copy.deepcopy(receipt.document)
    changed["content"]["due"] = "2028-01-01"
    Receipt.objects.filter(pk=receipt.pk).update(document=changed)
    assert receipts.check_code(receipt.code).answer is Answer.CHANGED


def test_what_we_did_not_sign_is_not_genuine(receipt):
    forged = copy.deepcopy(receipt.document)
    forged["content"]["receipt"] = codes.new_code()
    forged["signature"] = base64.b64encode(b"x" * 64).decode()
    assert receipts.check_file(json.dumps(forged).encode()).answer is Answer.NOT_GENUINE


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 9000, b'{"promise": 1}', b"x" * 300_000]
)
def test_nonsense_is_no_receipt(data):
    assert receipts.check_file(data).answer is Answer.UNREADABLE


def test_old_receipts_are_checked_by_their_signature_alone(receipt):
    receipts.complete(receipt, OUTCOME)
    data = as_file(receipt)
    signing.rotate()
    Receipt.objects.all().delete()
    verdict = receipts.check_file(data)
    assert (verdict.answer, verdict.is_ours_no_longer) == (Answer.DONE, True)
    assert receipts.check_code(receipt.code).answer is Answer.UNKNOWN


# --- Codes ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 15), st.sampled_from(ALPHABET), st.integers(0, 14))
def test_one_wrong_sign_and_two_swapped_ones_show(place, sign, swap):
    code = codes.new_code()
    wrong = code[:place] + sign + code[place + 1 :]
    assert codes.read_code(wrong) == (code if wrong == code else "")
    swapped = code[:swap] + code[swap + 1] + code[swap] + code[swap + 2 :]
    if swapped != code and swap < codes.DRAWN - 1:
        assert not codes.read_code(swapped)


def test_a_code_is_read_in_any_spelling_and_opens_with_its_own_word_only():
    code, other = codes.new_code(), codes.new_code()
    assert codes.read_code(f" {codes.spaced(code).lower()} ") == code
    assert codes.opens(code, codes.secret_of(code))
    assert not codes.opens(code, codes.secret_of(other))
    assert len(ALPHABET) ** codes.SECRET_LENGTH > 2**128


# --- Without us -------------------------------------------------------------------------


def test_the_program_checks_a_receipt_as_the_library_does(receipt, tmp_path):
    receipts.complete(receipt, OUTCOME)
    keys = verifier.keys_of(signing.public_keys())
    whole = json.loads(as_file(receipt))
    assert verifier.check_receipt(whole, keys)["state"] == ReceiptState.COMPLETE
    assert verifier.check_receipt({**whole, "outcome": None}, keys)["due"] == "2027-01-10"
    changed = copy.deepcopy(whole)
    changed["promise"]["content"]["due"] = "2030-01-01"
    with pytest.raises(verifier.Wrong):
        verifier.check_receipt(changed, keys)
    forged = {**whole, "promise": signing.sign("receipt", {"receipt": receipt.code})}
    assert fingerprint(forged["promise"]) != receipt.document_sha256
    with pytest.raises(verifier.Wrong, match="another promise"):
        verifier.check_receipt(forged, keys)
    (tmp_path / "keys.json").write_text(json.dumps(signing.public_keys()))
    (tmp_path / "receipt.json").write_bytes(as_file(receipt))
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    command = [sys.executable, str(FILE), "--keys", "keys.json", "receipt.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "receipt.json: genuine")
    done = subprocess.run(
        [*command, "changed.json"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1
