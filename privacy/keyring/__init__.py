"""The keyring: keys of people and of the house, wrapped by the master key, in their own database.

data       keys of people: drawn, opened, sealed under
blocking   keys that are there and do not open
ending     keys that are destroyed
house      keys of the mall itself
master     what wraps them all
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from privacy.enums import KeyClass
from privacy.keyring.blocking import (
    block_keys,
    blocked_among,
    is_blocked,
    lift_restriction,
    opening_blocked,
    restrict_keys,
    restriction_of,
    unblock_keys,
)
from privacy.keyring.data import (
    ALIAS,
    BUCKETED,
    close_opened,
    fetch_keys,
    key_id_of,
    keys_of,
    make_keys,
    new_subject,
    open_many,
    open_value,
    scope,
    seal_value,
)
from privacy.keyring.doors import Closed, as_person, moving
from privacy.keyring.ending import (
    EVERYBODY,
    destroy_bucket,
    destroy_keys,
    some_wait_for_backups,
)
from privacy.keyring.errors import (
    HouseKeyMissing,
    KeyBlocked,
    KeyDestroyed,
    KeyMissing,
    KeyringInTransaction,
    MasterKeyMissing,
)
from privacy.keyring.house import (
    end_purpose_key,
    forget_purpose_keys,
    note_names,
    open_bytes,
    purpose_key,
    seal_bytes,
    token,
)
from privacy.keyring.master import unwrap, wrap

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from privacy.registry import Declaration

__all__ = [
    "ALIAS",
    "BUCKETED",
    "EVERYBODY",
    "Closed",
    "HouseKeyMissing",
    "KeyBlocked",
    "KeyClass",
    "KeyDestroyed",
    "KeyMissing",
    "KeyringInTransaction",
    "MasterKeyMissing",
    "as_person",
    "block_keys",
    "blocked_among",
    "close_opened",
    "destroy_bucket",
    "destroy_keys",
    "end_purpose_key",
    "fetch_keys",
    "forget_purpose_keys",
    "is_blocked",
    "key_id_of",
    "keys_of",
    "lift_restriction",
    "make_keys",
    "moving",
    "new_subject",
    "note_names",
    "open_bytes",
    "open_many",
    "open_value",
    "opening_blocked",
    "purpose_key",
    "reseal_rows",
    "restrict_keys",
    "restriction_of",
    "scope",
    "seal_bytes",
    "seal_value",
    "some_wait_for_backups",
    "token",
    "unblock_keys",
    "unwrap",
    "wrap",
]


def reseal_rows(
    declaration: "Declaration",
    rows: "QuerySet[Any]",
    *,
    key_class: KeyClass,
    subject: UUID | None = None,
) -> int:
    """Seal rows under their person's key of another class: `privacy.resealing`."""
    from privacy import resealing  # noqa: PLC0415 - sealed columns stand on the keyring

    return resealing.reseal_rows(declaration, rows, key_class=key_class, subject=subject)
