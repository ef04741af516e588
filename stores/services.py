"""What becomes of stores when their owner leaves."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.enums import IdentityKind
from accounts.models import User
from accounts.services.closing import keep_identity
from stores.enums import MemberRole, StoreStatus
from stores.models import Store, StoreMember


def owned_alone(subject: UUID) -> "QuerySet[Store]":
    """Stores that were not closed and have this person as their only owner."""
    owners = StoreMember.objects.filter(store=OuterRef("pk"), role=MemberRole.OWNER)
    return Store.objects.filter(
        Exists(owners.filter(user__subject=subject)),
        ~Exists(owners.exclude(user__subject=subject)),
    ).exclude(status=StoreStatus.CLOSED)


def pause(subject: UUID, case: str) -> int:
    """The only owner is leaving: nothing is sold meanwhile. Returns how many stores."""
    return (
        owned_alone(subject)
        .filter(status=StoreStatus.OPEN)
        .update(status=StoreStatus.SUSPENDED, paused_for=case)
    )


def reopen(case: str) -> int:
    """The owner stays: what was paused for that opens again."""
    return Store.objects.filter(paused_for=case, status=StoreStatus.SUSPENDED).update(
        status=StoreStatus.OPEN, paused_for=""
    )


def leave(subject: UUID) -> int:
    """The owner is gone for good: close the stores, and keep who sold there."""
    user = User.objects.filter(subject=subject).first()
    owned = StoreMember.objects.filter(user__subject=subject, role=MemberRole.OWNER)
    slugs = list(owned.order_by("store__slug").values_list("store__slug", flat=True))
    if user is not None and slugs:
        keep_identity(user, IdentityKind.SELLER, place=", ".join(slugs))
    return owned_alone(subject).update(status=StoreStatus.CLOSED, paused_for="")
