"""The mall's signature under what others may check: heads of ledgers, receipts, notices.

Ed25519 over canonical JSON (RFC 8785). A signed document is a plain object

    {"kind": "ledger-head", "content": {...}, "key": "<key id>", "signature": "<base64>"}

and the signature covers everything but itself. The public keys, old ones too, stand at
`/.well-known/mall-keys.json`; `tools/verify_mall.py` checks a document without this program.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.utils import timezone

from privacy.canonical import NotCanonical, canonical
from privacy.keyring import ALIAS, purpose_key
from privacy.models import PurposeKey, SigningKey

__all__ = ["SignatureWrong", "check", "public_keys", "rotate", "sign"]

Document = dict[str, Any]


class SignatureWrong(Exception):
    """The document is not one that this mall signed; the message says why."""


def sign(kind: str, content: Mapping[str, Any]) -> Document:
    """Sign `content` as a document of this kind."""
    key = _current()
    document: Document = {"kind": kind, "content": dict(content), "key": key.pk}
    signature = _private(key).sign(canonical(document))
    return {**document, "signature": base64.b64encode(signature).decode()}


def check(document: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """The content of a document of this kind that the mall signed. Raises `SignatureWrong`."""
    try:
        signed = {name: document[name] for name in ("kind", "content", "key")}
        signature = base64.b64decode(document["signature"], validate=True)
        text = canonical(signed)
    except (KeyError, TypeError, ValueError, NotCanonical):
        raise SignatureWrong("The document is not complete.") from None
    if signed["kind"] != kind:
        raise SignatureWrong(f"The document is not of the kind {kind}.")
    try:
        _public(str(signed["key"])).verify(signature, text)
    except SigningKey.DoesNotExist:
        raise SignatureWrong("The mall does not know the key of the signature.") from None
    except InvalidSignature:
        raise SignatureWrong("The signature does not belong to this document.") from None
    return dict(signed["content"])


def public_keys() -> dict[str, Any]:
    """Every public key that ever signed, the present one first, as a set of JSON Web Keys."""
    _current()
    rows = SigningKey.objects.using(ALIAS).order_by("-made_at", "pk")
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": row.pk,
                "x": base64.urlsafe_b64encode(bytes(row.public)).rstrip(b"=").decode(),
                "from": row.made_at.isoformat(),
                "until": row.retired_at.isoformat() if row.retired_at else None,
            }
            for row in rows
        ]
    }


def rotate() -> str:
    """Sign with a new key from now on, and destroy the private half of the old one.

    What was signed before can still be checked. Returns the new key's id.
    """
    rows = SigningKey.objects.using(ALIAS)
    old = list(rows.filter(retired_at__isnull=True))
    new = _make()
    for row in old:
        rows.filter(pk=row.pk).update(retired_at=timezone.now())
        PurposeKey.objects.using(ALIAS).filter(pk=row.secret_name).delete()
    return new.pk


def _current() -> SigningKey:
    rows = SigningKey.objects.using(ALIAS).filter(retired_at__isnull=True)
    return rows.order_by("-made_at", "pk").first() or _make()


def _make() -> SigningKey:
    """A new key. Two processes may make one each at the very first use; both are published."""
    name = f"signing-{secrets.token_hex(8)}"
    public = Ed25519PrivateKey.from_private_bytes(purpose_key(name)).public_key().public_bytes_raw()
    return SigningKey.objects.using(ALIAS).create(
        id=hashlib.sha256(public).hexdigest()[:16], public=public, secret_name=name
    )


@lru_cache(maxsize=32)
def _public(key_id: str) -> Ed25519PublicKey:
    """A key's id is the fingerprint of its bytes, so what was read once stays true."""
    row = SigningKey.objects.using(ALIAS).get(pk=key_id)
    return Ed25519PublicKey.from_public_bytes(bytes(row.public))


def _private(key: SigningKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(purpose_key(key.secret_name))
