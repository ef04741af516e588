"""Keys of the house rather than of a person: blind indexes, sessions, signing.

A name is new only when the main database never heard of it. A keyring that lacks a key whose name
is known there is older than what the key sealed or found: that is an error, never a new key.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections
from django.utils import timezone

from privacy.keyring.errors import HouseKeyMissing, KeyringInTransaction
from privacy.keyring.master import NONCE_BYTES, unwrap_bytes, wrap_bytes
from privacy.models.house import HouseKeyName
from privacy.models.keys import PurposeKey

ALIAS = "keyring"
VERSION = b"\x01"
_also: list[Callable[[], None]] = []
"""What else is remembered of keys of the house."""


def purpose_key(name: str) -> bytes:
    """The 32-byte key of the house called `name`, made at its first use.

    Raises `HouseKeyMissing` when it was made once and is not here.
    """
    old = tuple(settings.MASTER_KEY_OLD)
    return _purpose_key(name, str(settings.DATABASES[ALIAS]["NAME"]), settings.MASTER_KEY, old)


@lru_cache(maxsize=256)
def _purpose_key(name: str, _database: str, _master: str, _old: tuple[str, ...]) -> bytes:
    rows = PurposeKey.objects.using(ALIAS)
    row = rows.filter(pk=name).first() or _make(name)
    if row.noted_at is None:
        _note([name])
    return unwrap_bytes(name.encode(), bytes(row.wrapped))


def _make(name: str) -> PurposeKey:
    if connections[ALIAS].in_atomic_block and not settings.TESTING:
        raise KeyringInTransaction("Keys are committed by themselves, before what they seal.")
    if HouseKeyName.objects.filter(pk=name).exists():
        raise HouseKeyMissing(
            f"The keyring lacks the key {name}, and the main database knows that it was in use: "
            "the keyring is older than the main database. Restore the keyring of the same backup "
            "or a younger one."
        )
    rows = PurposeKey.objects.using(ALIAS)
    wrapped = wrap_bytes(name.encode(), AESGCM.generate_key(256))
    rows.bulk_create([PurposeKey(name=name, wrapped=wrapped)], ignore_conflicts=True)
    return rows.get(pk=name)


def _note(names: list[str]) -> None:
    """Let the main database know the names; the key is there first, so none is known in vain."""
    HouseKeyName.objects.bulk_create(
        [HouseKeyName(name=name) for name in names], ignore_conflicts=True
    )
    PurposeKey.objects.using(ALIAS).filter(pk__in=names).update(noted_at=timezone.now())


def note_names() -> int:
    """Note every key of the house that the main database does not know; returns how many.

    After a rollback, or the restore of an older main database.
    """
    names = list(PurposeKey.objects.using(ALIAS).values_list("name", flat=True))
    known = set(HouseKeyName.objects.filter(pk__in=names).values_list("name", flat=True))
    missing = [name for name in names if name not in known]
    if missing:
        _note(missing)
    return len(missing)


def missing_names() -> list[str]:
    """Keys of the house that are in use and that the keyring lacks."""
    known = HouseKeyName.objects.filter(ended_at=None).values_list("name", flat=True)
    here = set(PurposeKey.objects.using(ALIAS).values_list("name", flat=True))
    return sorted(name for name in known if name not in here)


def end_purpose_key(name: str) -> int:
    """Destroy a key of the house for ever; its name is never given again. Repeatable."""
    ended, _ = PurposeKey.objects.using(ALIAS).filter(pk=name).delete()
    HouseKeyName.objects.bulk_create([HouseKeyName(name=name)], ignore_conflicts=True)
    HouseKeyName.objects.filter(pk=name, ended_at=None).update(ended_at=timezone.now())
    forget_purpose_keys()
    return ended


def forget_purpose_keys() -> None:
    """Read the keys of the house anew; after a restore, and between tests."""
    _purpose_key.cache_clear()
    for forget in _also:
        forget()


def seal_bytes(purpose: str, plain: bytes, *, bound_to: str = "") -> bytes:
    """Seal under a key of the house: sessions, files, second factors."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(purpose_key(purpose)).encrypt(nonce, plain, f"{purpose}|{bound_to}".encode())
    return VERSION + nonce + sealed


def open_bytes(purpose: str, sealed: bytes, *, bound_to: str = "") -> bytes:
    """Open what `seal_bytes` sealed; raises `InvalidTag` when it is not that."""
    if sealed[:1] != VERSION:
        raise InvalidTag
    nonce, content = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return AESGCM(purpose_key(purpose)).decrypt(nonce, content, f"{purpose}|{bound_to}".encode())


def token(purpose: str, value: str) -> str:
    """A keyed fingerprint of `value`, 64 hex digits: equal values, equal tokens, no way back."""
    return hmac.new(purpose_key(purpose), value.encode(), hashlib.sha256).hexdigest()
