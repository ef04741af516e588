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
from stores.models import Store, StoreMember
from stores.services import owned_alone

not_personal(Store, because="A business; its name and address are on its public page.")


@declare(StoreMember)
class StoreMemberData(PersonalData):
    """A person's work for a store."""

    person = "user"
    title = _("Stores that you work for")
    family = Family.REGISTRATION
    fields = {"role": personal(Category.IDENTIFIER, _("What you are to a store"))}
    other_fields = {"store": "The store that the person works for."}
    purposes = (purposes.ACCOUNT,)
    kept_for = account_life(because=_("So that you can do your work for the store."))
    on_erasure = Erasure.DELETE

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """Stores with other people in them and no other owner."""
        others = StoreMember.objects.filter(store=OuterRef("pk")).exclude(user__subject=subject)
        count = owned_alone(subject).filter(Exists(others)).count()
        sentence = _("People work for your store, and it has no other owner. Name one first.")
        return [Blocker("stores", sentence, count)] if count else []
