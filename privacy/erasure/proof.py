"""What stands on the receipt of an erasure: first what will be done, then what was."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.utils import timezone, translation

from privacy import keyring, receipts, recipients_told
from privacy.enums import KeyClass
from privacy.enums_proofs import ReceiptKind
from privacy.erasure.planning import Plan
from privacy.explain import find
from privacy.models import ErasureCase, Receipt, Run
from privacy.vault import gone_from_backups, unreadable_from


def promise(case: ErasureCase, plan: Plan) -> Receipt:
    """Issue the receipt at the confirming click."""
    with translation.override("en"):
        content = {
            "case": case.code,
            "scope": str(case.scope),
            "plan_sha256": plan.fingerprint,
            "due": timezone.localdate(case.latest_at).isoformat(),
            "will": [
                {"what": table.label, "how": str(table.declaration.data.on_erasure)}
                for table in plan.goes
            ],
            "kept": _kept(plan),
        }
    return receipts.issue(ReceiptKind.ERASURE, content, subject=case.subject)


def _kept(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "why": str(law.ground),
            "law": law.ground.law,
            "until": law.until.isoformat() if law.until else "",
            "what": name,
        }
        for law in plan.stays
        for name in law.tables
    ]


def complete(case: ErasureCase, plan: Plan, run: Run) -> None:
    """Say what was done, and from which day on no backup can be read any more."""
    receipt = receipt_of(case)
    if receipt is None:
        return
    now = timezone.now()
    with translation.override("en"):
        content = {
            "case": case.code,
            "did": _did(case),
            "kept": _kept(plan),
            "counts": _totals(case),
            "unreadable_from": _unreadable_from(case, now).isoformat(),
            "gone_from_backups": gone_from_backups(now).isoformat(),
            "recipients": [
                {"recipient": one.recipient, "state": str(one.state)}
                for one in recipients_told.of_case(run.code)
            ],
        }
    receipts.complete(receipt, content)


def cancel(case: ErasureCase) -> None:
    """The person took it back."""
    receipt = receipt_of(case)
    if receipt is not None:
        receipts.cancel(receipt)


def receipt_of(case: ErasureCase) -> Receipt | None:
    """The receipt of a case."""
    return Receipt.objects.filter(code=case.receipt_code).first() if case.receipt_code else None


def _unreadable_from(case: ErasureCase, at: datetime) -> date:
    """The day D. A key from which rows moved lately ends only with the backups of its rows."""
    day = unreadable_from(KeyClass.ACCOUNT, at)
    if keyring.some_wait_for_backups(case.subject):
        day = max(day, gone_from_backups(at))
    return day


def _did(case: ErasureCase) -> list[dict[str, Any]]:
    done = []
    for key, number in case.counters.items():
        kind, _, name = key.partition(":")
        if kind in {"erased", "kept"} and "." in name:
            label = find(name).title
            done.append({"what": label, "became": kind, "count": number})
    return done


def _totals(case: ErasureCase) -> dict[str, int]:
    found: Counter[str] = Counter()
    for key, number in case.counters.items():
        found[key.partition(":")[0]] += number
    return {name: found[name] for name in ("erased", "kept", "keys") if found[name]}
