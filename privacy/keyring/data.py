"""Keys of people: made before what they seal, opened for one request, destroyed for ever.

Order of writes (there is no transaction over both databases): the key is committed in the keyring
before the row that uses it; a row is erased before its key is destroyed. A crash in between leaves
an unused key, never an unreadable row.
"""

import logging
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from privacy.enums import KeyClass, KeyState
from privacy.keyring import doors
from privacy.keyring.doors import Closed
from privacy.keyring.errors import KeyBlocked, KeyDestroyed, KeyMissing, KeyringInTransaction
from privacy.keyring.master import NONCE_BYTES, unwrap_bytes, wrap_bytes
from privacy.models.keys import DataKey, DestroyedKeys

log = logging.getLogger("privacy.keyring")

ALIAS = "keyring"
VERSION = b"\x01"
HEAD_BYTES = len(VERSION) + 16 + NONCE_BYTES
BUCKETED = frozenset({KeyClass.TRANSACTION, KeyClass.MESSAGE, KeyClass.SECURITY})
"""Classes whose rows end by age: a key for each month."""
CLOSED = (KeyState.BLOCKED, KeyState.RESTRICTED)

Found = bytes | Closed | None
"""A key that opens; why it does not; None once it is destroyed."""


@dataclass(frozen=True)
class Held:
    """A key as the keyring holds it, whoever asks."""

    key_id: UUID
    subject: UUID
    state: str
    key: bytes | None

    def found(self) -> Found:
        """The key for whoever asks here and now."""
        if self.key is None:
            return None
        if doors.opens(self.state, self.subject):
            return self.key
        return Closed.BLOCKED if self.state == KeyState.BLOCKED else Closed.RESTRICTED


@dataclass
class _Opened:
    """Keys opened in the present scope: by id, and which one seals for a bucket."""

    by_id: dict[UUID, Held] = field(default_factory=dict)
    by_bucket: dict[tuple[UUID, str, str], Held] = field(default_factory=dict)


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


def close_opened() -> None:
    """Forget the keys opened in the present scope."""
    opened = _opened.get()
    if opened is not None:
        opened.by_id.clear()
        opened.by_bucket.clear()


def new_subject() -> UUID:
    """A random name for a person, never used again."""
    return uuid.uuid4()


# --- Sealing and opening ----------------------------------------------------------------


def seal_value(
    plain: bytes, *, subject: UUID, key_class: KeyClass, table: str, column: str, row: str
) -> bytes:
    """Seal `plain` under the person's present key of the class, bound to its place.

    Raises `KeyDestroyed` for a person whose key of this bucket is gone, `KeyBlocked` for one whose
    keys of this class are blocked.
    """
    held = _sealing_key(subject, key_class)
    return seal_under(held, plain, table=table, column=column, row=row)


def seal_under(held: Held, plain: bytes, *, table: str, column: str, row: str) -> bytes:
    """Seal `plain` under exactly this key."""
    assert held.key is not None
    nonce = os.urandom(NONCE_BYTES)
    place = _place(table, column, held.key_id, row)
    return VERSION + held.key_id.bytes + nonce + AESGCM(held.key).encrypt(nonce, plain, place)


def open_value(sealed: bytes, *, table: str, column: str, row: str) -> bytes | None:
    """The plain value, or None once its key is destroyed.

    Raises `InvalidTag` when the bytes were moved here from another place or changed, `KeyBlocked`
    when the person's key is not to be opened here, and `KeyMissing` when the keyring has never
    heard of the key.
    """
    key_id = key_id_of(sealed)
    keys = fetch_keys([key_id])
    if key_id not in keys:
        log.error("a key is missing", extra={"key_id": str(key_id)})
        raise KeyMissing(str(key_id))
    key = keys[key_id]
    if key is None:
        return None
    if isinstance(key, Closed):
        raise KeyBlocked(key)
    return open_under(key, sealed, table=table, column=column, row=row)


def open_under(key: bytes, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
    """Open with exactly this key."""
    nonce = sealed[17:HEAD_BYTES]
    place = _place(table, column, key_id_of(sealed), row)
    return AESGCM(key).decrypt(nonce, sealed[HEAD_BYTES:], place)


Trouble = InvalidTag | KeyMissing | KeyBlocked
"""Why a value does not open; what `open_value` raises."""


def open_many(
    values: Sequence[tuple[bytes, str]], *, table: str, column: str
) -> list[bytes | Trouble | None]:
    """Open a column of many rows, each value with its row, by one question for their keys.

    What `open_value` would raise stands in place of the value, so that one of them stops no other.
    """
    heads = {sealed[:17] for sealed, _row in values if len(sealed) >= HEAD_BYTES}
    ids = {head: UUID(bytes=head[1:]) for head in heads if head[:1] == VERSION}
    keys = fetch_keys(ids.values())
    openers = {head: _opener(key_id, keys, table, column) for head, key_id in ids.items()}
    # A head that names no key is not what was sealed.
    return [_opened_by(openers.get(sealed[:17], NO_HEAD), sealed, row) for sealed, row in values]


NO_HEAD = InvalidTag()
Opener = tuple[AESGCM, bytes] | Trouble | None


def _opener(key_id: UUID, keys: dict[UUID, Found], table: str, column: str) -> Opener:
    """What opens every value under this key: its cipher, and the beginning of their places."""
    if key_id not in keys:
        return KeyMissing(str(key_id))
    key = keys[key_id]
    if isinstance(key, Closed):
        return KeyBlocked(key)
    return None if key is None else (AESGCM(key), _place(table, column, key_id, ""))


def _opened_by(opener: Opener, sealed: bytes, row: str) -> bytes | Trouble | None:
    if not isinstance(opener, tuple):
        return opener
    cipher, place = opener
    try:
        return cipher.decrypt(sealed[17:HEAD_BYTES], sealed[HEAD_BYTES:], place + row.encode())
    except InvalidTag as damaged:
        return damaged


def key_id_of(sealed: bytes) -> UUID:
    """The id of the key that sealed this."""
    if sealed[:1] != VERSION or len(sealed) < HEAD_BYTES:
        raise InvalidTag
    return UUID(bytes=bytes(sealed[1:17]))


def _place(table: str, column: str, key_id: UUID, row: str) -> bytes:
    return f"{table}|{column}|{key_id}|{row}".encode()


# --- Finding keys -----------------------------------------------------------------------


def fetch_keys(key_ids: Iterable[UUID]) -> dict[UUID, Found]:
    """Open these keys with one query, and another one for those that went with their month.

    A destroyed key is None, one that does not open here says why, a missing one is left out.
    """
    wanted = set(key_ids)
    opened = _opened.get()
    known: dict[UUID, Held] = {}
    if opened is not None:
        known = {key_id: opened.by_id[key_id] for key_id in wanted if key_id in opened.by_id}
    missing = wanted - set(known)
    if missing:
        rows = DataKey.objects.using(ALIAS).filter(pk__in=missing)
        found = {row.pk: held_of(row) for row in rows}
        if lost := missing - set(found):
            nobody = UUID(int=0)
            for key_id in _destroyed_among(lost):
                found[key_id] = Held(key_id, nobody, KeyState.DESTROYED, None)
        if opened is not None:
            opened.by_id.update(found)
        known.update(found)
    return {key_id: held.found() for key_id, held in known.items()}


def held_of(row: DataKey) -> Held:
    """The key of this row, unwrapped."""
    key = None if row.wrapped is None else unwrap_bytes(row.pk.bytes, bytes(row.wrapped))
    return Held(row.pk, row.subject, row.state, key)


def _destroyed_among(key_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these keys that went with their month."""
    wanted = {key_id.bytes: key_id for key_id in key_ids}
    rows = DestroyedKeys.objects.using(ALIAS).filter(part__in={raw[0] for raw in wanted})
    found = set()
    for ids in rows.values_list("ids", flat=True).iterator(10):
        content = bytes(ids)
        some = {content[start : start + 16] for start in range(0, len(content), 16)}
        found |= {wanted[raw] for raw in some & wanted.keys()}
    return found


def bucket_of(key_class: KeyClass | str) -> str:
    """The bucket under which a key of this class seals now."""
    return timezone.now().strftime("%Y-%m") if key_class in BUCKETED else ""


def _sealing_key(subject: UUID, key_class: KeyClass) -> Held:
    bucket = bucket_of(key_class)
    name = (subject, str(key_class), bucket)
    opened = _opened.get()
    if opened is not None and name in opened.by_bucket:
        held = opened.by_bucket[name]
    else:
        held = held_of(_find_or_make(subject, key_class, bucket))
        if opened is not None:
            opened.by_id[held.key_id] = held
            opened.by_bucket[name] = held
    if not doors.opens(held.state, held.subject):
        raise KeyBlocked(f"The {key_class} keys of this person are closed.")
    return held


@dataclass
class _Known:
    """What the keyring knows about a person when something is to be sealed."""

    row: DataKey | None = None
    closed: str = ""
    is_gone: bool = False

    def refuse(self, subject: UUID, key_class: str) -> None:
        """Raise when nothing may be sealed."""
        if self.row is not None and self.row.state == KeyState.DESTROYED:
            raise KeyDestroyed(f"The {key_class} key of this person is destroyed.")
        if self.closed and not doors.opens(self.closed, subject):
            raise KeyBlocked(f"The {key_class} keys of this person are closed.")
        if self.row is None and self.is_gone and not doors.is_moving():
            raise KeyDestroyed("This person is gone, and gets no new key.")


def _known(subject: UUID, key_class: str, bucket: str) -> _Known:
    """One question: the bucket's key, whether the class is closed, whether the person is gone."""
    present = Q(key_class=key_class, bucket=bucket, retired_at=None)
    closed = Q(key_class=key_class, state__in=CLOSED)
    gone = Q(key_class=KeyClass.ACCOUNT, state=KeyState.DESTROYED, retired_at=None)
    found = _Known()
    for row in DataKey.objects.using(ALIAS).filter(present | closed | gone, subject=subject):
        if (row.key_class, row.bucket, row.retired_at) == (str(key_class), bucket, None):
            found.row = row
        if row.key_class == key_class and row.state in CLOSED:
            found.closed = row.state if found.closed != KeyState.BLOCKED else found.closed
        if row.key_class == KeyClass.ACCOUNT and row.state == KeyState.DESTROYED:
            found.is_gone = found.is_gone or row.retired_at is None
    return found


def _find_or_make(subject: UUID, key_class: str, bucket: str) -> DataKey:
    known = _known(subject, key_class, bucket)
    known.refuse(subject, key_class)
    if known.row is not None:
        return known.row
    refuse_in_transaction()
    made = drawn(subject, key_class, bucket, state=known.closed or KeyState.ACTIVE)
    DataKey.objects.using(ALIAS).bulk_create([made], ignore_conflicts=True)
    # Looked at again: whoever blocks a person looks twice, so one of the two sees the other.
    known = _known(subject, key_class, bucket)
    if known.closed and known.row is not None and known.row.state == KeyState.ACTIVE:
        known.row.state = known.closed
        DataKey.objects.using(ALIAS).filter(pk=known.row.pk, state=KeyState.ACTIVE).update(
            state=known.closed
        )
    known.refuse(subject, key_class)
    assert known.row is not None
    return known.row


def refuse_in_transaction() -> None:
    """Raise where a key would be written that may still be rolled back."""
    if connections[ALIAS].in_atomic_block and not settings.TESTING:
        raise KeyringInTransaction("Keys are committed by themselves, before what they seal.")


def drawn(
    subject: UUID, key_class: str, bucket: str = "", *, state: str = KeyState.ACTIVE
) -> DataKey:
    """A new key that nobody has written down yet."""
    row = DataKey(id=uuid.uuid4(), subject=subject, key_class=key_class, bucket=bucket, state=state)
    if state == KeyState.DESTROYED:
        row.destroyed_at = timezone.now()
    else:
        row.wrapped = wrap_bytes(row.pk.bytes, AESGCM.generate_key(256))
    return row


# --- Many people at once ----------------------------------------------------------------


def make_keys(subjects: Iterable[UUID], key_classes: Iterable[KeyClass]) -> int:
    """Make the present keys of many new people at once; returns how many.

    They stay open in the present scope. For bulk loads: a person who has one already is an error.
    """
    opened = _opened.get()
    classes = [(one, bucket_of(one)) for one in key_classes]
    rows = []
    for subject in subjects:
        for key_class, bucket in classes:
            key_id, key = uuid.uuid4(), AESGCM.generate_key(256)
            wrapped = wrap_bytes(key_id.bytes, key)
            rows.append(
                DataKey(
                    id=key_id, subject=subject, key_class=key_class, bucket=bucket, wrapped=wrapped
                )
            )
            if opened is not None:
                held = Held(key_id, subject, KeyState.ACTIVE, key)
                opened.by_id[key_id] = held
                opened.by_bucket[(subject, str(key_class), bucket)] = held
    return len(DataKey.objects.using(ALIAS).bulk_create(rows, batch_size=5000))


def keys_of(
    subjects: Iterable[UUID], key_class: KeyClass, *, make: bool = False
) -> dict[UUID, bytes | None]:
    """The keys of many people in a class without months, in one query; a destroyed one is None.

    `make` draws those that are missing, except for a person whose account key is destroyed: who
    is gone gets no key again, but the mark of a destroyed one. Serves keys that are never blocked.
    """
    wanted = set(subjects)
    found = _keys_of(wanted, key_class)
    missing = wanted - set(found)
    if not make or not missing:
        return found
    refuse_in_transaction()
    rows = DataKey.objects.using(ALIAS)
    gone = set(
        rows.filter(
            subject__in=missing,
            key_class=KeyClass.ACCOUNT,
            state=KeyState.DESTROYED,
            retired_at=None,
        ).values_list("subject", flat=True)
    )
    states = {True: KeyState.DESTROYED, False: KeyState.ACTIVE}
    rows.bulk_create(
        [drawn(subject, key_class, state=states[subject in gone]) for subject in missing],
        batch_size=5000,
        ignore_conflicts=True,
    )
    return found | _keys_of(missing, key_class)


def _keys_of(subjects: set[UUID], key_class: KeyClass) -> dict[UUID, bytes | None]:
    rows = DataKey.objects.using(ALIAS).filter(
        subject__in=subjects, key_class=key_class, bucket="", retired_at=None
    )
    return {row.subject: held_of(row).key for row in rows.iterator(5000)}
