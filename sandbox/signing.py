"""The two signatures: RSA2 over sorted parameters, HMAC-SHA256 over a canonical request."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

UNSIGNED_IN_NOTICES = frozenset({"sign", "sign_type"})


def sorted_pairs(parameters: Mapping[str, str], *, without: frozenset[str]) -> bytes:
    """`name=value` of everything that is not empty, sorted by name, joined by `&`."""
    kept = sorted((k, v) for k, v in parameters.items() if v != "" and k not in without)
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def rsa2_sign(private_pem: str, content: bytes) -> str:
    """RSA PKCS#1 v1.5 with SHA-256, in base64."""
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return base64.b64encode(key.sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()


def rsa2_holds(public_pem: str, content: bytes, signature: str) -> bool:
    """Whether the holder of the private key signed exactly this."""
    key = serialization.load_pem_public_key(public_pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(base64.b64decode(signature), content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _hmac(
    secret: str, account: str, timestamp: str, nonce: str, method: str, path: str, body: bytes
) -> str:
    digest = hashlib.sha256(body).hexdigest()
    text = f"{account}\n{timestamp}\n{nonce}\n{method.upper()}\n{path}\n{digest}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def hmac_headers(account: str, secret: str, method: str, path: str, body: bytes) -> dict[str, str]:
    """The four headers of a signed JSON request."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    return {
        "X-Account": account,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": _hmac(secret, account, timestamp, nonce, method, path, body),
    }


def hmac_fault(
    headers: Mapping[str, str], account: str, secret: str, method: str, path: str, body: bytes
) -> str:
    """Why the request is refused (`bad_signature`, `stale`), or the empty text."""
    timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    given = headers.get("X-Signature", "")
    expected = _hmac(secret, account, timestamp, nonce, method, path, body)
    known = headers.get("X-Account", "") == account and 16 <= len(nonce) <= 64
    if not known or not hmac.compare_digest(given.encode(), expected.encode()):
        return "bad_signature"
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return "stale"
    return ""


def compact(value: object) -> str:
    """JSON as the partner writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
