"""Signed JSON requests between the mall and partners that share a secret with it."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping

FRESH_SECONDS = 300


def signature(
    secret: str, *, account: str, timestamp: str, nonce: str, method: str, path: str, body: bytes
) -> str:
    """HMAC-SHA256, in hex, over account, time, nonce, method, path and the raw body's digest."""
    digest = hashlib.sha256(body).hexdigest()
    text = f"{account}\n{timestamp}\n{nonce}\n{method.upper()}\n{path}\n{digest}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(
    secret: str, *, account: str, method: str, path: str, body: bytes
) -> dict[str, str]:
    """Headers of a request that starts now; every try draws a nonce of its own."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    return {
        "Content-Type": "application/json",
        "X-Account": account,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature(
            secret,
            account=account,
            timestamp=timestamp,
            nonce=nonce,
            method=method,
            path=path,
            body=body,
        ),
    }


def is_signed(
    headers: Mapping[str, str], secret: str, *, account: str, method: str, path: str, body: bytes
) -> bool:
    """Whether the partner signed exactly this request within the last five minutes.

    `headers` is case-insensitive, as Django's are. A replay within the five minutes passes:
    the partner's event id tells duplicates apart.
    """
    timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    expected = signature(
        secret,
        account=account,
        timestamp=timestamp,
        nonce=nonce,
        method=method,
        path=path,
        body=body,
    )
    given = headers.get("X-Signature", "")
    if headers.get("X-Account", "") != account or not 16 <= len(nonce) <= 64:
        return False
    if not hmac.compare_digest(given.encode(), expected.encode()):
        return False
    return timestamp.isdigit() and abs(time.time() - int(timestamp)) <= FRESH_SECONDS
