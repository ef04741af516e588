"""Turn a proved sign-up into an account: with its consents, or not at all."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from accounts.enums import AgeBand, IdentifierKind
from accounts.errors import MemberNameTaken
from accounts.models import User
from accounts.services.registering import register_person
from privacy import audit, consents, purposes
from privacy.documents import Document
from privacy.enums import Action, DocumentKind

PLACE = "sign-up"
PURPOSES = {DocumentKind.TERMS.value: purposes.TERMS, DocumentKind.PRIVACY.value: purposes.POLICY}


@dataclass
class SignUp:
    """What somebody entered; it waits in the sealed session until the code arrives."""

    age_band: str
    age_changes_on: str
    language: str
    member_name: str = ""
    password_hash: str = ""
    next_url: str = ""
    documents: list[dict[str, str]] = field(default_factory=list)

    def agree(self, document: Document) -> None:
        """Note the exact text that a box was ticked for."""
        self.documents.append(
            {
                "kind": document.kind,
                "version": document.version,
                "sha256": document.sha256,
                "language": document.language,
            }
        )

    def as_payload(self) -> dict[str, Any]:
        """For the session."""
        return asdict(self)


def join(sign_up: SignUp, kind: IdentifierKind, address: str) -> User:
    """Make the account with its consents in one transaction.

    Raises `IdentifierTaken`. A member name that somebody else took in the meantime is left out;
    the account can choose another one.
    """
    try:
        return _join(sign_up, kind, address, sign_up.member_name)
    except MemberNameTaken:
        return _join(sign_up, kind, address, "")


@transaction.atomic
def _join(sign_up: SignUp, kind: IdentifierKind, address: str, member_name: str) -> User:
    user = register_person(
        phone=address if kind == IdentifierKind.PHONE else "",
        email=address if kind == IdentifierKind.EMAIL else "",
        member_name=member_name,
        age_band=AgeBand(sign_up.age_band),
        age_changes_on=(
            date.fromisoformat(sign_up.age_changes_on) if sign_up.age_changes_on else None
        ),
        language=sign_up.language,
    )
    if sign_up.password_hash:
        user.password = sign_up.password_hash
        user.save(update_fields=["password"])
    for document in sign_up.documents:
        consents.give(
            user.subject,
            PURPOSES[document["kind"]],
            document_version=document["version"],
            document_sha256=document["sha256"],
            language=document["language"],
            place=PLACE,
        )
    audit.record(Action.SIGNED_UP, actor=user, subject=user.subject, detail={"with": kind.value})
    return user
