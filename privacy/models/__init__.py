"""Keys in one database, ledgers in the other."""

from privacy.models.keys import DataKey, JournalEntry, PurposeKey
from privacy.models.ledgers import AuditEntry, ConsentEntry, DisclosureEntry
from privacy.models.vault import AppliedDecision, AppliedKeyDecision, JournalHead, Restoration

__all__ = [
    "AppliedDecision",
    "AppliedKeyDecision",
    "AuditEntry",
    "ConsentEntry",
    "DataKey",
    "DisclosureEntry",
    "JournalEntry",
    "JournalHead",
    "PurposeKey",
    "Restoration",
]
