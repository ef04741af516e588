"""How the engine's own decisions are carried out, and replayed."""

from datetime import UTC, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from privacy import keyring
from privacy.enums import ConsentDecision, ConsentMethod, Decision, KeyState
from privacy.models import ConsentEntry, DataKey, JournalEntry
from privacy.vault.replay import replays

EVERYBODY = UUID(int=0)
"""The subject of a decision about a whole bucket of keys."""
CLOCKS_DIFFER = timedelta(minutes=5)
FROM_JOURNAL = "journal"


@replays(Decision.DESTROY_KEYS)
def destroy_keys(entry: JournalEntry) -> int:
    """Destroy the keys that the entry names: classes of a person, or a bucket of everybody."""
    keys = keys_of(entry)
    keyring.close_opened()
    return keys.filter(state=KeyState.ACTIVE).update(
        state=KeyState.DESTROYED, wrapped=None, destroyed_at=timezone.now()
    )


def keys_of(entry: JournalEntry) -> QuerySet[DataKey]:
    """The keys that existed when the entry was written; a younger one of the person is not meant.

    A class without buckets has one key for ever, so time does not matter there.
    """
    keys = DataKey.objects.using(keyring.ALIAS)
    classes, _, bucket = entry.scope.partition("@")
    keys = keys.filter(key_class__in=classes.split(","))
    if entry.subject == EVERYBODY:
        return keys.filter(bucket=bucket)
    month = entry.written_at.astimezone(UTC).strftime("%Y-%m")
    older = Q(bucket__lt=month)
    present = Q(bucket=month, created_at__lte=entry.written_at + CLOCKS_DIFFER)
    return keys.filter(older | present, subject=entry.subject)


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
