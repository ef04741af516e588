"""The browsers in which a person is signed in."""

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from privacy import audit
from privacy.enums import Action


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End every session of the account but the one with key `but`; returns how many."""
    sessions = UserSession.objects.filter(user=user)
    if but:
        sessions = sessions.exclude(session_key=but)
    return _end(user, list(sessions))


def end_session(user: User, pk: int) -> bool:
    """End one session of the person's own; whether there was one."""
    return bool(_end(user, list(UserSession.objects.filter(user=user, pk=pk))))


def _end(user: User, sessions: list[UserSession]) -> int:
    if not sessions:
        return 0
    with transaction.atomic():
        for session in sessions:
            session.end()
        audit.record(
            Action.SESSION_ENDED,
            actor=user,
            subject=user.subject,
            detail={"count": len(sessions)},
        )
    return len(sessions)
