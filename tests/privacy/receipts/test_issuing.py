"""Receipts: signed at the click, completed at the end, naming nobody."""

import uuid

import pytest

from privacy import receipts, signing
from privacy.enums_proofs import ReceiptKind
from privacy.receipts.checking import Answer

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])

PROMISE = {"plan_sha256": "ab" * 32, "due": "2027-01-10", "will": [{"what": "orders", "rows": 3}]}


def test_a_receipt_is_open_then_done() -> None:
    receipt = receipts.issue(ReceiptKind.ERASURE, PROMISE, subject=uuid.uuid4())
    assert receipts.check_code(receipt.code).answer is Answer.OPEN
    receipts.complete(receipt, {"unreadable_from": "2027-02-01", "did": []})
    verdict = receipts.check_code(receipt.code)
    assert (verdict.answer, verdict.unreadable_from) == (Answer.DONE, "2027-02-01")
    signing.check(receipt.outcome, kind="receipt-outcome")
