"""What of an entry is sealed, and how its hash comes about.

    content = SHA-256( canonical JSON of [ledger, number, facts …, actor token, person token] )
    leaf    = SHA-256( 0x00, canonical JSON of {"at": time, "content": content, "kept": how long} )

A token stands for a person: it is made with a salt that goes with the person's identity, so the
hash holds when the name is gone, and then says nothing about whose it was.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from privacy.canonical import canonical
from privacy.enums import Action, KeptAs, Ledger
from privacy.keyring import purpose_key
from privacy.ledger.tree import leaf_hash
from privacy.models import AuditEntry, ConsentEntry, DisclosureEntry


@dataclass(frozen=True)
class Sealed:
    """A ledger: its model, and which columns are sealed as they are, in this order for ever."""

    model: type[Model]
    facts: tuple[str, ...]
    has_actor: bool = False

    @property
    def table(self) -> str:
        """The name of its table."""
        return self.model._meta.db_table


SEALED: dict[Ledger, Sealed] = {
    Ledger.AUDIT: Sealed(
        AuditEntry, ("action", "actor_role", "reason", "detail", "request_id"), has_actor=True
    ),
    Ledger.DISCLOSURE: Sealed(DisclosureEntry, ("recipient", "fields", "ground", "reference")),
    Ledger.CONSENT: Sealed(
        ConsentEntry,
        (
            "purpose",
            "decision",
            "document_version",
            "document_sha256",
            "language",
            "place",
            "method",
        ),
    ),
}
OWN_DEEDS = frozenset(
    {
        Action.SIGNED_UP,
        Action.SIGNED_IN,
        Action.SIGN_IN_FAILED,
        Action.PASSWORD_CHANGED,
        Action.IDENTIFIER_CHANGED,
        Action.IDENTIFIER_CHANGE_STOPPED,
        Action.SESSION_ENDED,
        Action.PROFILE_CHANGED,
        Action.ADDRESS_CHANGED,
    }
)
"""What people do with their own account."""
MONTHS = {KeptAs.SECURITY_LOG: 12, KeptAs.PROOF: 36}
"""How long an entry must stay at least; the declarations say the same."""


@dataclass(frozen=True)
class Entry:
    """An entry as it stands in its ledger."""

    ledger: Ledger
    pk: int
    at: datetime
    actor: UUID | None
    subject: UUID | None
    facts: tuple[Any, ...]

    @property
    def is_own_deed(self) -> bool:
        """Whether the person acted for themselves; then one token stands for both."""
        return self.actor is not None and self.actor == self.subject

    @property
    def kept_as(self) -> KeptAs:
        """How long it must stay."""
        is_log = self.ledger == Ledger.AUDIT and self.facts[0] in OWN_DEEDS
        return KeptAs.SECURITY_LOG if is_log else KeptAs.PROOF


def read(ledger: Ledger, numbers: list[int]) -> dict[int, Entry]:
    """The entries with these numbers, as far as they are there; one query."""
    sealed = SEALED[ledger]
    names = ("pk", "at", "subject", *(("actor",) if sealed.has_actor else ()))
    rows = sealed.model._default_manager.filter(pk__in=numbers)
    found = {}
    for row in rows.values_list(*names, *sealed.facts).iterator(chunk_size=5000):
        actor = row[3] if sealed.has_actor else None
        facts = tuple(row[len(names) :])
        found[row[0]] = Entry(ledger, row[0], row[1], actor, row[2], facts)
    return found


def content_of(entry: Entry, actor_token: bytes | None, subject_token: bytes | None) -> bytes:
    """The hash of the entry's facts and of both tokens."""
    value = [
        str(entry.ledger),
        entry.pk,
        *entry.facts,
        actor_token.hex() if actor_token else None,
        subject_token.hex() if subject_token else None,
    ]
    return hashlib.sha256(quick_canonical(value)).digest()


def leaf_of(at: datetime, content: bytes, kept_as: str) -> bytes:
    """The hash of the leaf."""
    return leaf_hash(leaf_text(at, content, kept_as))


def leaf_text(at: datetime, content: bytes, kept_as: str) -> bytes:
    """What the leaf says, in canonical JSON."""
    return f'{{"at":"{instant(at)}","content":"{content.hex()}","kept":"{kept_as}"}}'.encode()


def instant(at: datetime) -> str:
    """A time in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def quick_canonical(value: Any) -> bytes:
    """Canonical JSON, with the help of the fast writer where it writes the same bytes."""
    return _encode(value).encode() if _is_plain(value) else canonical(value)


def _is_plain(value: Any) -> bool:
    """Whether nothing in it is a float, a large number, or a name beyond ASCII."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return value.isascii()
    if isinstance(value, int):
        return abs(value) < 2**53
    if isinstance(value, dict):
        return all(name.isascii() and _is_plain(one) for name, one in value.items())
    return isinstance(value, (list, tuple)) and all(_is_plain(one) for one in value)


# --- Tokens -----------------------------------------------------------------------------


def person_token(salt: bytes, subject: UUID) -> bytes:
    """Stands for a person as long as their salt lives, and for nobody afterwards."""
    return hmac.new(salt, b"ledger-person" + subject.bytes, hashlib.sha256).digest()


def actor_token(actor: UUID, at: datetime) -> bytes:
    """Stands for one who acted on somebody else's data; it follows the log's term, not their wish.

    Under a key of the house for each year, which goes when the entries of that year have gone.
    """
    key = purpose_key(f"ledger-actor-{at.astimezone(UTC).year}")
    return hmac.new(key, b"ledger-actor" + actor.bytes, hashlib.sha256).digest()
