"""The mall's signature under what others may check: heads of ledgers, receipts, notices.

Ed25519 over canonical JSON (RFC 8785). A signed document is a plain object

    {"kind": "ledger-head", "content": {...}, "key": "<key id>", "signature": "<base64>"}

and the signature covers everything but itself. The public keys, old ones too, stand at
`/.well-known/mall-keys.json`; `tools/verify_mall.py` checks a document without this program.

A new key is signed by the one before it, in a file under `VAULT_DIR`: a keyring that was restored
from before the change learns it from there, and still knows what was signed since.
"""

import base64
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils import timezone

from privacy.canonical import NotCanonical, canonical
from privacy.keyring import ALIAS, end_purpose_key, house, purpose_key
from privacy.models import PurposeKey, SigningKey

__all__ = [
    "SignatureWrong",
    "adopt",
    "check",
    "check_brief",
    "public_keys",
    "ready",
    "rotate",
    "sign",
    "sign_briefly",
]

log = logging.getLogger(__name__)

Document = dict[str, Any]

SUCCESSION = "signing-key"
FILE = "signing-keys.jsonl"
PREFIX = "signing-"
FIRST_OF_JOURNAL = "journal-signature"
"""The key under which the journal was signed before it used this service."""


class SignatureWrong(Exception):
    """The document is not one that this mall signed; the message says why."""


class _UnknownKey(SignatureWrong):
    """The signature names a key that this keyring does not know."""


def sign(kind: str, content: Mapping[str, Any]) -> Document:
    """Sign `content` as a document of this kind."""
    return _signed(_current(), kind, content)


def _signed(key: SigningKey, kind: str, content: Mapping[str, Any]) -> Document:
    document: Document = {"kind": kind, "content": dict(content), "key": key.pk}
    signature = _private(key).sign(canonical(document))
    return {**document, "signature": base64.b64encode(signature).decode()}


def sign_briefly(kind: str, content: Mapping[str, Any]) -> str:
    """The same signature as `key.signature`, for a place that holds the content already."""
    document = sign(kind, content)
    return f"{document['key']}.{document['signature']}"


def check_brief(kind: str, content: Mapping[str, Any], signature: str) -> None:
    """Raises `SignatureWrong` unless `sign_briefly` signed this content."""
    key, _, rest = signature.partition(".")
    check({"kind": kind, "content": dict(content), "key": key, "signature": rest}, kind=kind)


def check(document: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """The content of a document of this kind that the mall signed. Raises `SignatureWrong`."""
    try:
        return _verified(document, kind)
    except _UnknownKey:
        if not adopt():
            raise
    return _verified(document, kind)


def _verified(document: Mapping[str, Any], kind: str) -> dict[str, Any]:
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
        raise _UnknownKey("The mall does not know the key of the signature.") from None
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

    What was signed before can still be checked. Returns the new key's id. The old key signs the new
    one, on disk, before the new one signs anything.
    """
    rows = SigningKey.objects.using(ALIAS)
    ready()
    old = list(rows.filter(retired_at__isnull=True).order_by("-made_at", "pk"))
    new = _drawn()
    _append(_signed(old[0], SUCCESSION, _described(new)))
    new.save(using=ALIAS, force_insert=True)
    for row in old:
        rows.filter(pk=row.pk).update(retired_at=timezone.now())
        end_purpose_key(row.secret_name)
    _retire_first_of_journal()
    return new.pk


def ready() -> None:
    """Make the first key, in a transaction of its own, and see that the present one opens."""
    _private(_current())


def adopt() -> int:
    """Learn the keys that followed those of this keyring; returns how many were new.

    The restored keyring has the private half of an older key only: sign with a new one then.
    """
    rows = SigningKey.objects.using(ALIAS)
    known = set(rows.values_list("pk", flat=True))
    adopted = 0
    for document in _succession():
        content = document.get("content", {})
        if document.get("key") not in known or content.get("key") in known:
            continue
        try:
            said = _verified(document, SUCCESSION)
            public = base64.b64decode(said["public"], validate=True)
        except (SignatureWrong, KeyError, ValueError):
            log.warning("a key of the succession is not signed by its predecessor")
            continue
        if _id_of(public) != said["key"]:
            continue
        rows.create(
            id=said["key"],
            public=public,
            secret_name=f"adopted-{said['key']}",
            retired_at=timezone.now(),
        )
        known.add(said["key"])
        adopted += 1
    return adopted


def succeed() -> None:
    """Sign with another new key where a restored keyring brought back one that had a successor.

    The private halves of its successors are lost with the keyring that was replaced.
    """
    adopt()
    present = _current().pk
    if any(document.get("key") == present for document in _succession()):
        rotate()
    for name in house.missing_names():
        if name.startswith(PREFIX):
            end_purpose_key(name)


def first_key_of_journal() -> Ed25519PublicKey | None:
    """What checks entries of the journal from before it used this service, if there are any."""
    row = SigningKey.objects.using(ALIAS).filter(secret_name=FIRST_OF_JOURNAL).first()
    if row is not None:
        return Ed25519PublicKey.from_public_bytes(bytes(row.public))
    if not PurposeKey.objects.using(ALIAS).filter(pk=FIRST_OF_JOURNAL).exists():
        return None
    return Ed25519PrivateKey.from_private_bytes(purpose_key(FIRST_OF_JOURNAL)).public_key()


def _retire_first_of_journal() -> None:
    key = first_key_of_journal()
    if key is None:
        return
    public = key.public_bytes_raw()
    SigningKey.objects.using(ALIAS).get_or_create(
        id=_id_of(public),
        defaults={
            "public": public,
            "secret_name": FIRST_OF_JOURNAL,
            "retired_at": timezone.now(),
        },
    )
    end_purpose_key(FIRST_OF_JOURNAL)


def _described(key: SigningKey) -> dict[str, Any]:
    return {"key": key.pk, "public": base64.b64encode(bytes(key.public)).decode()}


def _succession() -> list[Document]:
    found = []
    with suppress(FileNotFoundError):
        for line in _file().read_text().splitlines():
            with suppress(ValueError):
                document = json.loads(line)
                if isinstance(document, dict):
                    found.append(document)
    return found


def _append(document: Document) -> None:
    """On disk before this returns."""
    file = _file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(json.dumps(document) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _file() -> Path:
    return Path(settings.VAULT_DIR) / FILE


def _current() -> SigningKey:
    rows = SigningKey.objects.using(ALIAS).filter(retired_at__isnull=True)
    return rows.order_by("-made_at", "pk").first() or _make()


def _make() -> SigningKey:
    """A new key. Two processes may make one each at the very first use; both are published."""
    key = _drawn()
    key.save(using=ALIAS, force_insert=True)
    return key


def _drawn() -> SigningKey:
    name = f"{PREFIX}{secrets.token_hex(8)}"
    public = Ed25519PrivateKey.from_private_bytes(purpose_key(name)).public_key().public_bytes_raw()
    return SigningKey(id=_id_of(public), public=public, secret_name=name)


def _id_of(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


@lru_cache(maxsize=32)
def _public(key_id: str) -> Ed25519PublicKey:
    """A key's id is the fingerprint of its bytes, so what was read once stays true."""
    row = SigningKey.objects.using(ALIAS).get(pk=key_id)
    return Ed25519PublicKey.from_public_bytes(bytes(row.public))


def _private(key: SigningKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(purpose_key(key.secret_name))
