"""An account that waits for its erasure: nobody sees it, and it opens to be taken back only."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.enums import IdentityKind
from accounts.models import KeptIdentity, User
from accounts.queries import verified_email_of, verified_phone_of
from accounts.services.devices import end_sessions
from privacy import audit
from privacy.enums import Action


def hide(subject: UUID) -> None:
    """Hide the account, end its sessions, and take its roles in the administration away."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(subject=subject).first()
        if user is None or user.closing_at is not None:
            return
        _end_work(user)
        user.closing_at = timezone.now()
        user.is_staff = user.is_superuser = False
        user.save(update_fields=["closing_at", "is_staff", "is_superuser"])
        end_sessions(user)


def show(subject: UUID) -> None:
    """Show the account again. Roles do not come back by themselves."""
    User.objects.filter(subject=subject).update(closing_at=None)
    KeptIdentity.objects.filter(subject=subject, kind=IdentityKind.STAFF).delete()


def keep_identity(user: User, kind: IdentityKind, *, place: str) -> None:
    """Keep apart who this is, because they leave a place in which they answered for something."""
    if KeptIdentity.objects.filter(subject=user.subject, kind=kind).exists():
        return
    KeptIdentity.objects.create(
        subject=user.subject,
        kind=kind,
        known_as=user.member_name,
        phone=verified_phone_of(user),
        email=verified_email_of(user),
        place=place[:200],
    )


def _end_work(user: User) -> None:
    """A member of staff stops working here this minute."""
    taken = sorted(user.groups.values_list("name", flat=True))
    if not (user.is_staff or user.is_superuser or taken):
        return
    keep_identity(user, IdentityKind.STAFF, place=", ".join(taken))
    user.groups.clear()
    user.user_permissions.clear()
    audit.record(
        Action.ROLE_CHANGED,
        actor=user,
        subject=user.subject,
        detail={"is_staff": False, "taken": "+".join(taken)},
    )
