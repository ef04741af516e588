"""Who works for which store. What a store says of itself is public."""

from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.registry import (
    Blocker,
    Category,
    Erasure,
    Family,
    PersonalData,
    account_life,
    declare,
    not_personal,
    personal,
)
from stores.enums import MemberRole, StoreStatus
from stores.models import Store, StoreMember

not_personal(Store, because="A business; its name and address are on its public page.")


@declare(StoreMember)
class StoreMemberData(PersonalData):
    """A person's work for a store."""

    person = "user"
    family = Family.REGISTRATION
    fields = {"role": personal(Category.IDENTIFIER, _("What you are to a store"))}
    other_fields = {"store": "The store that the person works for."}
    purposes = (purposes.ACCOUNT,)
    kept_for = account_life(because=_("So that you can do your work for the store."))
    on_erasure = Erasure.DELETE

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """Stores that sell and have no other owner."""
        owned = StoreMember.objects.filter(user__subject=subject, role=MemberRole.OWNER)
        others = StoreMember.objects.filter(store=OuterRef("store"), role=MemberRole.OWNER)
        alone = owned.exclude(store__status=StoreStatus.CLOSED).exclude(
            Exists(others.exclude(user__subject=subject))
        )
        count = alone.count()
        sentence = _("A store has no other owner. Close it, or have somebody else take it over.")
        return [Blocker("stores", sentence, count)] if count else []
