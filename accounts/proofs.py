"""One-time codes: who can read the message has the phone or the mailbox.

A proof lies in the sealed session of the browser that asked for it. Its code works once, for ten
minutes, in this browser, for what it was asked for; tries are counted in the database, where two
requests at the same moment cannot share one.

An address that cannot be proved here (taken, or unknown) gets a proof too, with a code that
nobody was sent: pages and answers are the same.
"""

import secrets
import time
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.enums import IdentifierKind
from accounts.network import network_of
from accounts.services import limits

KEY = "accounts_proof"
ENDED_KEY = "accounts_proof_ended"
DIGITS = 6


class Purpose(StrEnum):
    """What a code was asked for; it opens nothing else."""

    SIGN_UP = "sign_up"
    LOG_IN = "log_in"
    SECOND = "second"
    FRESH = "fresh"
    CHANGE = "change"


class Verdict(StrEnum):
    """What became of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"
    USED = "used"
    NONE = "none"


@dataclass
class Proof:
    """A code that is on its way, or pretends to be."""

    purpose: str
    kind: str
    address: str
    code: str
    is_real: bool
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    at: float = field(default_factory=time.time)
    tries_left: int = 0
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def identifier_kind(self) -> IdentifierKind:
        """Phone or e-mail."""
        return IdentifierKind(self.kind)

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return time.time() - self.at > settings.CODE_LIFETIME.total_seconds()


def ask(
    request: HttpRequest,
    purpose: Purpose,
    kind: IdentifierKind,
    address: str,
    *,
    payload: dict[str, Any] | None = None,
) -> Proof:
    """Begin a proof in place of any other; the caller sends the code, or something else.

    `address` is normalised. Raises `TooMany`. Not real until the caller says so.
    """
    limits.spend_code(address=address, network=network_of(request))
    proof = Proof(
        purpose=purpose.value,
        kind=kind.value,
        address=address,
        code="".join(secrets.choice("0123456789") for _ in range(DIGITS)),
        is_real=False,
        tries_left=settings.CODE_TRIES,
        payload=payload or {},
    )
    keep(request, proof)
    return proof


def keep(request: HttpRequest, proof: Proof) -> None:
    """Remember the proof in the session."""
    request.session[KEY] = asdict(proof)
    request.session.pop(ENDED_KEY, None)


def pending(request: HttpRequest, purpose: Purpose) -> Proof | None:
    """The proof that waits for its code, expired or not."""
    content = request.session.get(KEY)
    if not isinstance(content, dict) or content.get("purpose") != purpose.value:
        return None
    return Proof(**content)


def forget(request: HttpRequest) -> None:
    """Drop the proof, if there is one."""
    request.session.pop(KEY, None)


def give(request: HttpRequest, purpose: Purpose, code: str) -> tuple[Verdict, Proof | None]:
    """Try a code. A right one is used up by it."""
    proof = pending(request, purpose)
    if proof is None:
        ended = request.session.get(ENDED_KEY, {})
        same = ended.get("purpose") == purpose.value
        return Verdict(ended["verdict"]) if same else Verdict.NONE, None
    verdict = _judge(proof, code)
    if verdict == Verdict.WRONG:
        keep(request, proof)
    else:
        forget(request)
        # Kept for the next try: why there is no proof any more.
        why = Verdict.USED if verdict == Verdict.RIGHT else verdict
        request.session[ENDED_KEY] = {"purpose": proof.purpose, "verdict": why.value}
    return verdict, proof


def _judge(proof: Proof, code: str) -> Verdict:
    if proof.is_over:
        return Verdict.EXPIRED
    tries = _count("try", proof)
    proof.tries_left = max(settings.CODE_TRIES - tries, 0)
    if tries > settings.CODE_TRIES:
        return Verdict.TOO_MANY
    given = "".join(character for character in code if character.isdigit())
    if not constant_time_compare(given, proof.code) or not proof.is_real:
        return Verdict.WRONG if proof.tries_left else Verdict.TOO_MANY
    return Verdict.RIGHT if _count("use", proof) == 1 else Verdict.USED


def _count(what: str, proof: Proof) -> int:
    start = datetime.fromtimestamp(proof.at, tz=UTC)
    return limits.count(f"{what}:{proof.name}", start=start, window=timedelta(days=1))
