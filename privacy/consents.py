"""What people agreed to: append-only, with the exact text."""

from uuid import UUID

from privacy.enums import ConsentDecision, ConsentMethod
from privacy.models import ConsentEntry
from privacy.purposes import Purpose, is_purpose


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
    return _write(
        ConsentDecision.GIVEN,
        subject,
        purpose,
        document_version,
        document_sha256,
        language,
        place,
        method,
    )


def withdraw(
    subject: UUID,
    purpose: Purpose,
    *,
    language: str,
    place: str,
    method: ConsentMethod = ConsentMethod.SWITCH,
) -> ConsentEntry:
    """Note that the person withdrew; it holds from now on and changes nothing before."""
    return _write(ConsentDecision.WITHDRAWN, subject, purpose, "", "", language, place, method)


def has_given(subject: UUID, purpose: Purpose) -> bool:
    """Whether the person's last word on this purpose was yes."""
    last = (
        ConsentEntry.objects.filter(subject=subject, purpose=purpose.code)
        .order_by("-at", "-pk")
        .values_list("decision", flat=True)
        .first()
    )
    return last == ConsentDecision.GIVEN


def _write(
    decision: ConsentDecision,
    subject: UUID,
    purpose: Purpose,
    document_version: str,
    document_sha256: str,
    language: str,
    place: str,
    method: ConsentMethod,
) -> ConsentEntry:
    if not is_purpose(purpose):
        raise ValueError(f"Not a declared purpose: {purpose.code}.")
    return ConsentEntry.objects.create(
        subject=subject,
        purpose=purpose.code,
        decision=decision,
        document_version=document_version,
        document_sha256=document_sha256,
        language=language,
        place=place,
        method=method,
    )
