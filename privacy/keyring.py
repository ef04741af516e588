"""Keys: made before what they seal, opened for one request, destroyed for ever.

Order of writes (there is no transaction over both databases): the key is committed in the keyring
before the row that uses it; a row is erased before its key is destroyed. A crash in between leaves
an unused key, never an unreadable row.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models import Count, QuerySet
from django.utils import timezone

from privacy.enums import Decision, KeyClass, KeyState
from privacy.models.keys import DataKey, PurposeKey

__all__ = [
    "KeyClass",
    "KeyDestroyed",
    "KeyMissing",
    "close_opened",
    "destroy_bucket",
    "destroy_keys",
    "fetch_keys",
    "key_id_of",
    "keys_of",
    "make_keys",
    "new_subject",
    "open_bytes",
    "open_value",
    "purpose_key",
    "scope",
    "seal_bytes",
    "seal_value",
    "token",
    "unwrap",
    "wrap",
]

log = logging.getLogger(__name__)

ALIAS = "keyring"
VERSION = b"\x01"
NONCE_BYTES = 12
HEAD_BYTES = len(VERSION) + 16 + NONCE_BYTES
BUCKETED = frozenset({KeyClass.TRANSACTION, KeyClass.MESSAGE, KeyClass.SECURITY})
"""Classes whose rows end by age: a key for each month."""


class KeyDestroyed(Exception):
    """The key of this bucket is destroyed; nothing is sealed under it any more."""


class KeyMissing(Exception):
    """The keyring does not know this key: it is older than the rows. The key's id is its only word.

    Not the same as destroyed: what it sealed is still somebody's, and a younger keyring opens it.
    """


class KeyringInTransaction(RuntimeError):
    """A key would be written in a transaction that may still roll back."""


@dataclass
class _Opened:
    """Keys opened in the present scope: by id, and which id seals for a bucket."""

    by_id: dict[UUID, bytes | None] = field(default_factory=dict)
    by_bucket: dict[tuple[UUID, str, str], UUID] = field(default_factory=dict)


_opened: ContextVar[_Opened | None] = ContextVar("opened_keys", default=None)


@contextmanager
def scope() -> Iterator[None]:
    """Keys opened inside stay open until the end of the outermost scope, and no longer.

    A request, a job and a chunk of a run are scopes.
    """
    if _opened.get() is not None:
        yield
        return
    reset = _opened.set(_Opened())
    try:
        yield
    finally:
        _opened.reset(reset)


def new_subject() -> UUID:
    """A random name for a person, never used again."""
    return uuid.uuid4()


# --- Data keys --------------------------------------------------------------------------


def seal_value(
    plain: bytes, *, subject: UUID, key_class: KeyClass, table: str, column: str, row: str
) -> bytes:
    """Seal `plain` under the person's present key of the class, bound to its place.

    Raises `KeyDestroyed` for a person whose key of this bucket is gone.
    """
    key_id, key = _sealing_key(subject, key_class)
    nonce = _nonce()
    place = _place(table, column, key_id, row)
    return VERSION + key_id.bytes + nonce + AESGCM(key).encrypt(nonce, plain, place)


def open_value(sealed: bytes, *, table: str, column: str, row: str) -> bytes | None:
    """The plain value, or None once its key is destroyed.

    Raises `InvalidTag` when the bytes were moved here from another place or changed, and
    `KeyMissing` when the keyring has never heard of the key.
    """
    key_id = key_id_of(sealed)
    keys = fetch_keys([key_id])
    if key_id not in keys:
        log.error("a key is missing", extra={"key_id": str(key_id)})
        raise KeyMissing(str(key_id))
    key = keys[key_id]
    if key is None:
        return None
    nonce = sealed[17:HEAD_BYTES]
    return AESGCM(key).decrypt(nonce, sealed[HEAD_BYTES:], _place(table, column, key_id, row))


def key_id_of(sealed: bytes) -> UUID:
    """The id of the key that sealed this."""
    if sealed[:1] != VERSION or len(sealed) < HEAD_BYTES:
        raise InvalidTag
    return UUID(bytes=bytes(sealed[1:17]))


def fetch_keys(key_ids: Iterable[UUID]) -> dict[UUID, bytes | None]:
    """Open these keys with at most one query; a destroyed key is None, a missing one left out."""
    wanted = set(key_ids)
    opened = _opened.get()
    known: dict[UUID, bytes | None] = {}
    if opened is not None:
        known = {key_id: opened.by_id[key_id] for key_id in wanted if key_id in opened.by_id}
    missing = wanted - set(known)
    if missing:
        found = {
            row.pk: _unwrap_row(row.pk, row.wrapped)
            for row in DataKey.objects.using(ALIAS).filter(pk__in=missing)
        }
        if opened is not None:
            opened.by_id.update(found)
        known.update(found)
    return known


def destroy_keys(subject: UUID, key_classes: Iterable[KeyClass] | None = None) -> int:
    """Destroy the person's keys (of these classes); returns how many. Repeatable.

    The rows that they seal are to be erased first. Not reversible: the journal knows of it before
    it happens, and no restored keyring brings the keys back.
    """
    keys = DataKey.objects.using(ALIAS).filter(subject=subject, state=KeyState.ACTIVE)
    if key_classes is not None:
        keys = keys.filter(key_class__in=list(key_classes))
    return _destroy(subject, keys, scope="")


def destroy_bucket(key_class: KeyClass, bucket: str) -> int:
    """Destroy everybody's keys of one month, set-based, by one entry of the journal.

    For when the last row of the bucket has ended. Returns how many. Repeatable.
    """
    if key_class not in BUCKETED or not bucket:
        raise ValueError(f"{key_class} has no buckets.")
    keys = DataKey.objects.using(ALIAS).filter(
        key_class=key_class, bucket=bucket, state=KeyState.ACTIVE
    )
    return _destroy(UUID(int=0), keys, scope=f"@{bucket}")


def _destroy(subject: UUID, keys: QuerySet[DataKey], *, scope: str) -> int:
    from privacy import journal  # noqa: PLC0415 - the journal signs with a key of the house
    from privacy.vault import replay  # noqa: PLC0415

    found = keys.order_by("key_class").values_list("key_class").annotate(number=Count("pk"))
    counters = dict(found)
    if not counters:
        return 0
    entry = journal.write(
        Decision.DESTROY_KEYS,
        subject=subject,
        scope=",".join(counters) + scope,
        counters=counters,
    )
    return replay.carry_out(entry)


def close_opened() -> None:
    """Forget the keys opened in the present scope."""
    opened = _opened.get()
    if opened is not None:
        opened.by_id.clear()
        opened.by_bucket.clear()


def _sealing_key(subject: UUID, key_class: KeyClass) -> tuple[UUID, bytes]:
    bucket = timezone.now().strftime("%Y-%m") if key_class in BUCKETED else ""
    name = (subject, str(key_class), bucket)
    opened = _opened.get()
    if opened is not None and name in opened.by_bucket:
        key_id = opened.by_bucket[name]
        key = opened.by_id[key_id]
        assert key is not None
        return key_id, key
    row = _find_or_make(subject, key_class, bucket)
    if row.state == KeyState.DESTROYED:
        raise KeyDestroyed(f"The {key_class} key of this person is destroyed.")
    key = _unwrap_row(row.pk, row.wrapped)
    assert key is not None
    if opened is not None:
        opened.by_id[row.pk] = key
        opened.by_bucket[name] = row.pk
    return row.pk, key


def _find_or_make(subject: UUID, key_class: KeyClass, bucket: str) -> DataKey:
    rows = DataKey.objects.using(ALIAS)
    found = rows.filter(subject=subject, key_class=key_class, bucket=bucket).first()
    if found is not None:
        return found
    if connections[ALIAS].in_atomic_block and not settings.TESTING:
        raise KeyringInTransaction("Keys are committed by themselves, before what they seal.")
    key_id = uuid.uuid4()
    wrapped = _wrap(key_id.bytes, AESGCM.generate_key(256))
    rows.bulk_create(
        [DataKey(id=key_id, subject=subject, key_class=key_class, bucket=bucket, wrapped=wrapped)],
        ignore_conflicts=True,
    )
    return rows.get(subject=subject, key_class=key_class, bucket=bucket)


def make_keys(subjects: Iterable[UUID], key_classes: Iterable[KeyClass]) -> int:
    """Make the present keys of many new people at once; returns how many.

    They stay open in the present scope. For bulk loads: a person who has one already is an error.
    """
    opened = _opened.get()
    classes = [(c, timezone.now().strftime("%Y-%m") if c in BUCKETED else "") for c in key_classes]
    rows = []
    for subject in subjects:
        for key_class, bucket in classes:
            key_id, key = uuid.uuid4(), AESGCM.generate_key(256)
            wrapped = _wrap(key_id.bytes, key)
            rows.append(
                DataKey(
                    id=key_id, subject=subject, key_class=key_class, bucket=bucket, wrapped=wrapped
                )
            )
            if opened is not None:
                opened.by_id[key_id] = key
                opened.by_bucket[(subject, str(key_class), bucket)] = key_id
    return len(DataKey.objects.using(ALIAS).bulk_create(rows, batch_size=5000))


def keys_of(
    subjects: Iterable[UUID], key_class: KeyClass, *, make: bool = False
) -> dict[UUID, bytes | None]:
    """The keys of many people in a class without months, in one query; a destroyed one is None.

    `make` draws those that are missing, except for a person whose account key is destroyed: who
    is gone gets no key again, but the mark of a destroyed one.
    """
    wanted = set(subjects)
    found = _keys_of(wanted, key_class)
    missing = wanted - set(found)
    if not make or not missing:
        return found
    if connections[ALIAS].in_atomic_block and not settings.TESTING:
        raise KeyringInTransaction("Keys are committed by themselves, before what they seal.")
    rows = DataKey.objects.using(ALIAS)
    gone = set(
        rows.filter(
            subject__in=missing, key_class=KeyClass.ACCOUNT, state=KeyState.DESTROYED
        ).values_list("subject", flat=True)
    )
    rows.bulk_create(
        [_drawn(subject, key_class, is_gone=subject in gone) for subject in missing],
        batch_size=5000,
        ignore_conflicts=True,
    )
    return found | _keys_of(missing, key_class)


def _keys_of(subjects: set[UUID], key_class: KeyClass) -> dict[UUID, bytes | None]:
    rows = DataKey.objects.using(ALIAS).filter(subject__in=subjects, key_class=key_class, bucket="")
    return {row.subject: _unwrap_row(row.pk, row.wrapped) for row in rows.iterator(5000)}


def _drawn(subject: UUID, key_class: KeyClass, *, is_gone: bool) -> DataKey:
    row = DataKey(id=uuid.uuid4(), subject=subject, key_class=key_class, bucket="")
    if is_gone:
        row.state, row.destroyed_at = KeyState.DESTROYED, timezone.now()
    else:
        row.wrapped = _wrap(row.pk.bytes, AESGCM.generate_key(256))
    return row


# --- Keys of the house ------------------------------------------------------------------


def purpose_key(name: str) -> bytes:
    """The 32-byte key of the house called `name`, made at its first use."""
    return _purpose_key(name, str(settings.DATABASES[ALIAS]["NAME"]), settings.MASTER_KEY)


@lru_cache(maxsize=256)
def _purpose_key(name: str, _database: str, _master: str) -> bytes:
    rows = PurposeKey.objects.using(ALIAS)
    row = rows.filter(pk=name).first()
    if row is None:
        if connections[ALIAS].in_atomic_block and not settings.TESTING:
            raise KeyringInTransaction("Keys are committed by themselves, before what they seal.")
        wrapped = _wrap(name.encode(), AESGCM.generate_key(256))
        rows.bulk_create([PurposeKey(name=name, wrapped=wrapped)], ignore_conflicts=True)
        row = rows.get(pk=name)
    return _unwrap(name.encode(), bytes(row.wrapped))


def forget_purpose_keys() -> None:
    """Read the keys of the house anew; after a restore, and between tests."""
    _purpose_key.cache_clear()


def seal_bytes(purpose: str, plain: bytes, *, bound_to: str = "") -> bytes:
    """Seal under a key of the house: sessions, files, second factors."""
    nonce = _nonce()
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


# --- The master key ---------------------------------------------------------------------


def _nonce() -> bytes:
    return os.urandom(NONCE_BYTES)


def _place(table: str, column: str, key_id: UUID, row: str) -> bytes:
    return f"{table}|{column}|{key_id}|{row}".encode()


@lru_cache(maxsize=2)
def _master(text: str) -> AESGCM:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured("MASTER_KEY must be 32 random bytes in base64.")
    return AESGCM(key)


def wrap(name: str, key: bytes) -> bytes:
    """Seal a key of the house under the master key, for a place outside the keyring."""
    return _wrap(name.encode(), key)


def unwrap(name: str, wrapped: bytes) -> bytes:
    """Open what `wrap` sealed; raises `InvalidTag` when another master key did."""
    return _unwrap(name.encode(), wrapped)


def _wrap(name: bytes, key: bytes) -> bytes:
    nonce = _nonce()
    return VERSION + nonce + _master(settings.MASTER_KEY).encrypt(nonce, key, name)


def _unwrap(name: bytes, wrapped: bytes) -> bytes:
    nonce, content = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
    return _master(settings.MASTER_KEY).decrypt(nonce, content, name)


def _unwrap_row(key_id: UUID, wrapped: bytes | memoryview | None) -> bytes | None:
    return None if wrapped is None else _unwrap(key_id.bytes, bytes(wrapped))
