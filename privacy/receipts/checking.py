"""Is this receipt genuine? By its code or by its file, without naming anybody."""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privacy import signing
from privacy.canonical import NotCanonical
from privacy.enums_proofs import ReceiptState
from privacy.models import Receipt
from privacy.receipts import codes
from privacy.receipts.issuing import OUTCOME, PROMISE, fingerprint

LARGEST_FILE = 256 * 1024


class Answer(enum.Enum):
    """What can be said about a receipt."""

    DONE = "done"
    OPEN = "not_yet_complete"
    TAKEN_BACK = "taken_back"
    CHANGED = "changed"
    NOT_GENUINE = "not_genuine"
    MISTYPED = "mistyped"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


GENUINE = frozenset({Answer.DONE, Answer.OPEN, Answer.TAKEN_BACK})
_OF_STATE = {
    ReceiptState.ISSUED: Answer.OPEN,
    ReceiptState.COMPLETE: Answer.DONE,
    ReceiptState.CANCELLED: Answer.TAKEN_BACK,
}


@dataclass(frozen=True)
class Verdict:
    """The answer, and the public part of the receipt that it is about."""

    answer: Answer
    code: str = ""
    about: str = ""
    issued_at: datetime | None = None
    ended_at: datetime | None = None
    due: str = ""
    unreadable_from: str = ""
    is_ours_no_longer: bool = False

    @property
    def is_genuine(self) -> bool:
        """Whether the mall signed it."""
        return self.answer in GENUINE

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "answer": self.answer.value,
            "genuine": self.is_genuine,
            "receipt": self.code,
            "about": self.about,
            "issued_at": self.issued_at.isoformat() if self.issued_at else None,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "due": self.due or None,
            "unreadable_from": self.unreadable_from or None,
        }


def check_code(typed: str) -> Verdict:
    """What the mall knows of the receipt with this code."""
    code = codes.read_code(typed)
    if not code:
        return Verdict(Answer.MISTYPED)
    receipt = Receipt.objects.filter(code=code).first()
    if receipt is None:
        return Verdict(Answer.UNKNOWN, code)
    try:
        _check_pair(receipt.document, receipt.outcome)
    except signing.SignatureWrong:
        # Somebody changed the mall's own copy.
        return Verdict(Answer.CHANGED, code)
    return _of(receipt)


def check_file(data: bytes) -> Verdict:  # noqa: PLR0911 - one line for each answer
    """Whether the mall signed what this file says.

    The file is a receipt as it is downloaded, `{"promise": …, "outcome": …}`, or one of the two.
    """
    if len(data) > LARGEST_FILE:
        return Verdict(Answer.UNREADABLE)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return Verdict(Answer.UNREADABLE)
    promise, outcome = _parts(content)
    if promise is None and outcome is None:
        return Verdict(Answer.UNREADABLE)
    code = codes.read_code(_text((promise or outcome or {}).get("content"), "receipt"))
    receipt = Receipt.objects.filter(code=code).first() if code else None
    try:
        _check_pair(promise, outcome)
    except (signing.SignatureWrong, NotCanonical, RecursionError):
        return Verdict(Answer.CHANGED if receipt else Answer.NOT_GENUINE, code)
    if receipt is None:
        return _alone(code, promise, outcome)
    if promise is not None and fingerprint(promise) != receipt.document_sha256:
        return Verdict(Answer.CHANGED, code)
    return _of(receipt)


def _parts(content: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if not isinstance(content, dict):
        return None, None
    if content.get("kind") == PROMISE:
        return content, None
    if content.get("kind") == OUTCOME:
        return None, content
    promise, outcome = content.get("promise"), content.get("outcome")
    return (
        promise if isinstance(promise, dict) else None,
        outcome if isinstance(outcome, dict) else None,
    )


def _check_pair(promise: Mapping[str, Any] | None, outcome: Mapping[str, Any] | None) -> None:
    """Both are signed, and the second belongs to the first. Raises `SignatureWrong`."""
    if promise is not None:
        signing.check(promise, kind=PROMISE)
    if outcome is None:
        return
    said = signing.check(outcome, kind=OUTCOME)
    if promise is not None and said.get("promise_sha256") != fingerprint(promise):
        raise signing.SignatureWrong("The outcome belongs to another receipt.")


def _of(receipt: Receipt) -> Verdict:
    return Verdict(
        _OF_STATE[ReceiptState(receipt.state)],
        receipt.code,
        about=receipt.kind,
        issued_at=receipt.issued_at,
        ended_at=receipt.ended_at,
        due=_text(receipt.document.get("content"), "due"),
        unreadable_from=_text((receipt.outcome or {}).get("content"), "unreadable_from"),
    )


def _alone(
    code: str, promise: Mapping[str, Any] | None, outcome: Mapping[str, Any] | None
) -> Verdict:
    """Signed by the mall, which has let go of its own copy: three years are over."""
    said: Mapping[str, Any] = (outcome or promise or {})["content"]
    state = said.get("state", ReceiptState.ISSUED.value)
    return Verdict(
        _OF_STATE.get(state, Answer.OPEN),
        code,
        about=_text(said, "about"),
        issued_at=_moment(_text(said, "issued_at")),
        ended_at=_moment(_text(said, "ended_at")),
        due=_text((promise or {}).get("content"), "due"),
        unreadable_from=_text(said, "unreadable_from"),
        is_ours_no_longer=True,
    )


def _text(content: Any, name: str) -> str:
    value = content.get(name) if isinstance(content, Mapping) else None
    return value if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
