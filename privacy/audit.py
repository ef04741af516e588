"""Who did what to whose data. Written in the transaction of the deed, before a value is shown."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from common.request_id import request_id
from privacy.enums import Action
from privacy.ledger.vocabulary import NotInVocabulary, check_detail, check_reason
from privacy.models import AuditEntry

__all__ = ["NotInVocabulary", "record", "record_many"]

Detail = Mapping[str, str | int | bool]


def record(
    action: Action,
    *,
    actor: Any,
    subject: UUID | None = None,
    reason: str = "",
    detail: Detail | None = None,
) -> AuditEntry:
    """Write one line. An action outside the vocabulary raises `ValueError`.

    `reason` and `detail` hold what an app registered in its `audit_terms.py`: enumerated values,
    counts and codes. Anything else, free text above all, raises `NotInVocabulary`.
    """
    entry = _entry(action, actor, subject, check_reason(reason), check_detail(detail or {}))
    entry.save(force_insert=True)
    return entry


def record_many(
    action: Action,
    *,
    actor: Any,
    subjects: Iterable[UUID],
    reason: str = "",
    detail: Detail | None = None,
) -> int:
    """Write one line for each person with a single insert; returns how many."""
    said, why = check_detail(detail or {}), check_reason(reason)
    entries = [_entry(action, actor, subject, why, said) for subject in subjects]
    return len(AuditEntry.objects.bulk_create(entries))


def _entry(
    action: Action,
    actor: Any,
    subject: UUID | None,
    reason: str,
    detail: Detail,
) -> AuditEntry:
    role = getattr(actor, "role_name", "") if actor is not None else ""
    return AuditEntry(
        action=Action(action),
        actor=getattr(actor, "subject", None),
        actor_role=role,
        subject=subject,
        reason=reason,
        detail=detail,
        request_id=request_id(),
    )
