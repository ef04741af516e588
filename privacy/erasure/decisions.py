"""How decisions about erasure are carried out again after a restore."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from privacy.enums import Decision
from privacy.erasure import cases, parts, running
from privacy.erasure.enums import OPEN, UNDOABLE, CaseScope, CaseState
from privacy.models import ErasureCase, JournalEntry
from privacy.signals import account_hidden, account_shown
from privacy.vault.replay import replays


@replays(Decision.CANCEL_ACCOUNT)
def cancel_account(entry: JournalEntry) -> int:
    """Hide a person again who had asked for it after the backup was made.

    What followed, an undoing or the erasure itself, stands in later entries.
    """
    known = ErasureCase.objects.filter(code=entry.scope).exists()
    if known or not cases.is_there(entry.subject) or cases.open_case_of(entry.subject):
        return 0
    at = entry.written_at
    case = ErasureCase.objects.create(
        code=entry.scope,
        subject=entry.subject,
        asked_at=at,
        erase_after=at + timedelta(days=settings.ERASURE_COOLING_OFF_DAYS),
        latest_at=at + timedelta(days=settings.ERASURE_LATEST_DAYS),
    )
    account_hidden.send(ErasureCase, case=case)
    return 1


@replays(Decision.KEEP_ACCOUNT)
def keep_account(entry: JournalEntry) -> int:
    """Show a person again who had taken it back."""
    found = ErasureCase.objects.filter(code=entry.scope, state__in=UNDOABLE)
    case = found.first()
    if case is None:
        return 0
    found.update(state=CaseState.UNDONE, finished_at=entry.written_at)
    account_shown.send(ErasureCase, case=case)
    return 1


@replays(Decision.ERASE_ACCOUNT)
def erase_account(entry: JournalEntry) -> int:
    """Erase a person whom a restored database brought back.

    A subject is never given to anybody else: who signed up again with the same phone number has
    another one, and stays.
    """
    number = running.erase_again(entry.subject)
    ErasureCase.objects.filter(
        subject=entry.subject,
        scope=CaseScope.ACCOUNT,
        state__in=OPEN,
        asked_at__lte=entry.written_at,
    ).update(state=CaseState.DONE, finished_at=timezone.now(), farewell=None)
    return number


@replays(Decision.ERASE_CATEGORY)
def erase_category(entry: JournalEntry) -> int:
    """Delete a part of what is held; what was written after the decision is not meant."""
    part = parts.part_of(entry.scope)
    return part.rows.erase(entry.subject, entry.written_at, None)


@replays(Decision.ERASE_ROW)
def erase_row(entry: JournalEntry) -> int:
    """Delete one entry, by the random UUID of its row."""
    code, _, key = entry.scope.partition(":")
    return parts.part_of(code).rows.erase(entry.subject, entry.written_at, UUID(key))
