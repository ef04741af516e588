"""The door of the carrier and the SMS gateway: JSON signed with a shared secret."""

import time

from sandbox.signing import hmac_fault
from sandbox.store import Store
from sandbox.web import Refused, Request

REMEMBER_NONCES = 600


def verified(request: Request, store: Store, account: str, secret: str) -> dict[str, object]:
    """The body of a request that the mall signed just now, once; raises `Refused`."""
    headers = {
        name: request.headers.get(name, "")
        for name in ("X-Account", "X-Timestamp", "X-Nonce", "X-Signature")
    }
    fault = hmac_fault(headers, account, secret, request.method, request.path, request.body)
    if fault:
        raise Refused(401, fault)
    now = time.time()
    with store.transaction():
        store.change("DELETE FROM nonces WHERE at < ?", now - REMEMBER_NONCES)
        new = store.change(
            "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", account, headers["X-Nonce"], now
        )
    if not new:
        raise Refused(401, "replayed")
    return request.json()
