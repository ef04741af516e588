"""The master keys: the present one wraps, the present and the old ones open.

    wrapped = version (1) | id of the master key (4) | nonce (12) | ciphertext with its tag

What the first version wrapped does not say which master key did; every one is tried.
"""

import base64
import binascii
import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from privacy.keyring.errors import MasterKeyMissing

FIRST, MARKED = b"\x01", b"\x02"
NONCE_BYTES = 12
ID_BYTES = 4


def wrap(name: str, key: bytes) -> bytes:
    """Seal a key of the house under the master key, for a place outside the keyring."""
    return wrap_bytes(name.encode(), key)


def unwrap(name: str, wrapped: bytes) -> bytes:
    """Open what `wrap` sealed; raises `InvalidTag` when another master key did."""
    return unwrap_bytes(name.encode(), wrapped)


def wrap_bytes(name: bytes, key: bytes) -> bytes:
    """Seal a key under the present master key, bound to its name."""
    key_id, master = _masters(settings.MASTER_KEY, ())[0]
    nonce = os.urandom(NONCE_BYTES)
    return MARKED + key_id + nonce + master.encrypt(nonce, key, name)


def unwrap_bytes(name: bytes, wrapped: bytes) -> bytes:
    """Open a key with whichever master key wrapped it."""
    masters = _masters(settings.MASTER_KEY, tuple(settings.MASTER_KEY_OLD))
    if wrapped[:1] == MARKED:
        start = 1 + ID_BYTES
        for key_id, master in masters:
            if wrapped[1:start] == key_id:
                nonce = wrapped[start : start + NONCE_BYTES]
                return master.decrypt(nonce, wrapped[start + NONCE_BYTES :], name)
        raise MasterKeyMissing
    if wrapped[:1] != FIRST:
        raise InvalidTag
    nonce, content = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
    for _key_id, master in masters:
        try:
            return master.decrypt(nonce, content, name)
        except InvalidTag:
            continue
    raise MasterKeyMissing


def present_mark() -> bytes:
    """How everything begins that the present master key wrapped."""
    return MARKED + _masters(settings.MASTER_KEY, ())[0][0]


def mark_of(wrapped: bytes) -> str:
    """Which master key wrapped this, by its id; "" when the bytes do not say."""
    return wrapped[1 : 1 + ID_BYTES].hex() if wrapped[:1] == MARKED else ""


def ids() -> list[str]:
    """The ids of the configured master keys, the present one first."""
    masters = _masters(settings.MASTER_KEY, tuple(settings.MASTER_KEY_OLD))
    return [key_id.hex() for key_id, _master in masters]


@lru_cache(maxsize=8)
def _masters(present: str, old: tuple[str, ...]) -> tuple[tuple[bytes, AESGCM], ...]:
    found = [_read(present, "MASTER_KEY")]
    found += [_read(text, "Each key of MASTER_KEY_OLD") for text in old if text]
    return tuple(
        (hashlib.sha256(b"master key|" + key).digest()[:ID_BYTES], AESGCM(key)) for key in found
    )


def _read(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 random bytes in base64.")
    return key
