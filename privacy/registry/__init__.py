"""What the mall holds about people, declared beside the models in each app's `personal_data.py`.

    @declare(Address)
    class AddressData(PersonalData):
        person = "owner"
        family = Family.REGISTRATION
        fields = {"name": personal(Category.NAME, _("Recipient"), mask=Mask.NAME)}
        other_fields = {"is_default": "A switch."}
        purposes = (purposes.DELIVERY,)
        kept_for = account_life(because=_("..."))
        on_erasure = Erasure.DELETE

Everything else reads this registry and nothing keeps a second list.
"""

from privacy.enums import LegalGround
from privacy.registry.declared import (
    Declaration,
    Elsewhere,
    Registry,
    declare,
    declare_elsewhere,
    not_personal,
    registry,
)
from privacy.registry.ends import cutoff, ends_at, ends_by_rule, expired, winning_rule
from privacy.registry.subjects import (
    acted_counts_of,
    acted_rows_of,
    blockers_of,
    counts_of,
    declarations_in_order,
    rows_of,
    subject_path,
)
from privacy.registry.vocabulary import (
    Actor,
    Blocker,
    Category,
    Erasure,
    Family,
    JsonKeys,
    Mask,
    Other,
    Personal,
    PersonalData,
    Place,
    Retention,
    SecondParty,
    Text,
    account_life,
    actor,
    keep_for,
    other,
    personal,
    second_party,
)

__all__ = [
    "Actor",
    "Blocker",
    "Category",
    "Declaration",
    "Elsewhere",
    "Erasure",
    "Family",
    "JsonKeys",
    "LegalGround",
    "Mask",
    "Other",
    "Personal",
    "PersonalData",
    "Place",
    "Registry",
    "Retention",
    "SecondParty",
    "Text",
    "account_life",
    "acted_counts_of",
    "acted_rows_of",
    "actor",
    "blockers_of",
    "counts_of",
    "cutoff",
    "declarations_in_order",
    "declare",
    "declare_elsewhere",
    "ends_at",
    "ends_by_rule",
    "expired",
    "keep_for",
    "not_personal",
    "other",
    "personal",
    "registry",
    "rows_of",
    "second_party",
    "subject_path",
    "winning_rule",
]
