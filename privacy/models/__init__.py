"""Keys in one database, ledgers in the other."""

from privacy.models.keys import DataKey, JournalEntry, PurposeKey
from privacy.models.ledgers import AuditEntry, ConsentEntry, DisclosureEntry

__all__ = [
    "AuditEntry",
    "ConsentEntry",
    "DataKey",
    "DisclosureEntry",
    "JournalEntry",
    "PurposeKey",
]
