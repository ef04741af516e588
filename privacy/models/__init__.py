"""Keys in one database, ledgers and runs in the other."""

from privacy.models.batches import (
    LedgerBatch,
    LedgerCheck,
    LedgerHead,
    LedgerLeaf,
    SigningKey,
)
from privacy.models.erasure import ErasureCase
from privacy.models.exports import ExportPackage
from privacy.models.house import HouseKeyName, IndexKey, IndexPhase
from privacy.models.keys import DataKey, DestroyedKeys, JournalEntry, PurposeKey
from privacy.models.ledgers import AuditEntry, ConsentEntry, DisclosureEntry
from privacy.models.proofs import Receipt, RecipientNotice, ResidueFinding, ResidueSearch
from privacy.models.retention import DormantAccount, Hold, LongerRetention
from privacy.models.runs import Run, RunStep
from privacy.models.vault import AppliedDecision, AppliedKeyDecision, JournalHead, Restoration

__all__ = [
    "AppliedDecision",
    "AppliedKeyDecision",
    "AuditEntry",
    "ConsentEntry",
    "DataKey",
    "DestroyedKeys",
    "DisclosureEntry",
    "DormantAccount",
    "ErasureCase",
    "ExportPackage",
    "Hold",
    "HouseKeyName",
    "IndexKey",
    "IndexPhase",
    "JournalEntry",
    "JournalHead",
    "LedgerBatch",
    "LedgerCheck",
    "LedgerHead",
    "LedgerLeaf",
    "LongerRetention",
    "PurposeKey",
    "Receipt",
    "RecipientNotice",
    "ResidueFinding",
    "ResidueSearch",
    "Restoration",
    "Run",
    "RunStep",
    "SigningKey",
]
