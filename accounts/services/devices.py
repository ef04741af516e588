"""The browsers in which a person is signed in."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from privacy import audit
from privacy.enums import Action
from privacy.models import AuditEntry

ENTRANCES = (Action.SIGNED_IN, Action.SIGNED_UP)


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


def new_device_since(user: User, session_key: str, since: datetime) -> datetime | None:
    """When this browser was first seen, if that is after `since`; None for a known one.

    A browser is known by a session of the account with the same browser and network from before.
    The first browser in which an account is used is no new one.
    """
    here = UserSession.objects.filter(user=user, session_key=session_key).first()
    if here is None or here.created_at < since:
        return None
    same = UserSession.objects.filter(
        user=user, user_agent=here.user_agent, ip=here.ip, created_at__lt=since
    )
    before = AuditEntry.objects.filter(
        subject=user.subject, action__in=ENTRANCES, at__lt=here.created_at - A_MOMENT
    )
    return None if same.exists() or not before.exists() else here.created_at


A_MOMENT = timedelta(minutes=1)
"""The sign-in that made the session is noted a moment before it."""
