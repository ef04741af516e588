"""How the engine's own decisions are carried out, and replayed."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from privacy import keyring
from privacy.enums import ConsentDecision, ConsentMethod, Decision, KeyState
from privacy.keyring import ending
from privacy.keyring.blocking import follow_restriction
from privacy.models import ConsentEntry, DataKey, JournalEntry
from privacy.rotation.indexes import follow_destruction
from privacy.vault.replay import replays

CLOCKS_DIFFER = timedelta(minutes=5)
FROM_JOURNAL = "journal"


@replays(Decision.DESTROY_KEYS)
def destroy_keys(entry: JournalEntry) -> int:
    """Destroy the keys that the entry names: of a person, or of everybody.

    A key from which rows were moved is left while a backup still holds one of them under it.
    """
    keys = keys_of(entry).filter(ending.ripe()).exclude(state=KeyState.DESTROYED)
    keyring.close_opened()
    if entry.subject == keyring.EVERYBODY and "@" in entry.scope:
        key_class, _, bucket = entry.scope.partition("@")
        return ending.remove_together(keys, key_class, bucket)
    return keys.update(state=KeyState.DESTROYED, wrapped=None, destroyed_at=timezone.now())


def keys_of(entry: JournalEntry) -> QuerySet[DataKey]:
    """The keys that the entry means; a younger one of the person is not meant.

    Of everybody: `CLASS@month` a bucket, `CLASS,…#moment` what retired before. Of a person: the
    classes and months that its counters name.
    """
    keys = DataKey.objects.using(keyring.ALIAS)
    if entry.subject == keyring.EVERYBODY:
        classes, _, moment = entry.scope.partition("#")
        if moment:
            keys = keys.filter(key_class__in=classes.split(","))
            return keys.filter(retired_at__lt=datetime.fromisoformat(moment))
        key_class, _, bucket = entry.scope.partition("@")
        return keys.filter(key_class=key_class, bucket=bucket)
    month = entry.written_at.astimezone(UTC).strftime("%Y-%m")
    older = Q(bucket__lt=month)
    present = Q(bucket=month, created_at__lte=entry.written_at + CLOCKS_DIFFER)
    meant = Q(pk__in=[])
    for name in entry.counters or entry.scope.split(","):
        key_class, _, bucket = name.partition("@")
        meant |= Q(key_class=key_class, bucket=bucket) if bucket else Q(key_class=key_class)
    return keys.filter(meant, older | present, subject=entry.subject)


@replays(Decision.DESTROY_INDEX_KEY)
def destroy_index_key(entry: JournalEntry) -> int:
    """Destroy the key of a blind index; indexes that were restored under it are made anew."""
    return follow_destruction(entry)


@replays(Decision.RESTRICT)
def restrict(entry: JournalEntry) -> int:
    """Restrict what the person restricted last, or lift it where they took it back."""
    return follow_restriction(entry)


@replays(Decision.WITHDRAW_CONSENT)
def withdraw_consent(entry: JournalEntry) -> int:
    """Note the withdrawal at its own time, if the ledger does not have it.

    A consent that was given again afterwards stays.
    """
    known = ConsentEntry.objects.filter(
        subject=entry.subject,
        purpose=entry.scope,
        decision=ConsentDecision.WITHDRAWN,
        at=entry.written_at,
    )
    if known.exists():
        return 0
    ConsentEntry.objects.create(
        subject=entry.subject,
        purpose=entry.scope,
        decision=ConsentDecision.WITHDRAWN,
        document_version="",
        language="",
        place=FROM_JOURNAL,
        method=ConsentMethod.SWITCH,
        at=entry.written_at,
    )
    return 1
