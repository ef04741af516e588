"""What people agreed to: append-only, with the exact text."""

from uuid import UUID

from privacy import journal
from privacy.enums import ConsentDecision, ConsentMethod, Decision
from privacy.models import ConsentEntry
from privacy.purposes import Purpose, is_purpose
from privacy.vault import replay


def give(
    subject: UUID,
    purpose: Purpose,
    *,
    document_version: str,
    document_sha256: str = "",
    language: str,
    place: str,
    method: ConsentMethod = ConsentMethod.CHECKBOX,
) -> ConsentEntry:
    """Note that the person agreed, to which version of which text, where and how."""
    _check(purpose)
    return ConsentEntry.objects.create(
        subject=subject,
        purpose=purpose.code,
        decision=ConsentDecision.GIVEN,
        document_version=document_version,
        document_sha256=document_sha256,
        language=language,
        place=place,
        method=method,
    )


def withdraw(
    subject: UUID,
    purpose: Purpose,
    *,
    language: str,
    place: str,
    method: ConsentMethod = ConsentMethod.SWITCH,
) -> ConsentEntry:
    """Note that the person withdrew; it holds from now on and changes nothing before.

    The journal knows first, so that no restored backup makes a no into a yes.
    """
    _check(purpose)
    decided = journal.write(Decision.WITHDRAW_CONSENT, subject=subject, scope=purpose.code)
    entry = ConsentEntry.objects.create(
        subject=subject,
        purpose=purpose.code,
        decision=ConsentDecision.WITHDRAWN,
        language=language,
        place=place,
        method=method,
        at=decided.written_at,
    )
    replay.mark(decided)
    return entry


def has_given(subject: UUID, purpose: Purpose) -> bool:
    """Whether the person's last word on this purpose was yes."""
    last = (
        ConsentEntry.objects.filter(subject=subject, purpose=purpose.code)
        .order_by("-at", "-pk")
        .values_list("decision", flat=True)
        .first()
    )
    return last == ConsentDecision.GIVEN


def _check(purpose: Purpose) -> None:
    if not is_purpose(purpose):
        raise ValueError(f"Not a declared purpose: {purpose.code}.")
