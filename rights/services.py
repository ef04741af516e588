"""What the rights pages change besides the privacy engine's own."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services.devices import end_sessions


def secure(subject: UUID) -> None:
    """Somebody else was in this account: end every session, and the password with them."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(subject=subject).first()
        if user is None:
            return
        user.set_unusable_password()
        user.save(update_fields=["password"])
        end_sessions(user)
