"""Set a password."""

from django.db import transaction
from django.utils import timezone

from accounts.messages import PASSWORD_CHANGED
from accounts.models import User
from accounts.services.devices import end_sessions
from notices.services import send
from privacy import audit
from privacy.enums import Action


def set_password(user: User, password: str, *, keep_session: str | None = None) -> None:
    """Set the password, end every other session, and tell the person on every channel."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_sessions(user, but=keep_session)
        audit.record(Action.PASSWORD_CHANGED, actor=user, subject=user.subject)
        send(
            PASSWORD_CHANGED.code,
            to=user,
            context={},
            once=f"{user.pk}:{timezone.now().isoformat()}",
        )
