"""Privacy's own records about people are personal too."""

from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.models import (
    AppliedDecision,
    AppliedKeyDecision,
    AuditEntry,
    ConsentEntry,
    DataKey,
    DisclosureEntry,
    JournalEntry,
    JournalHead,
    PurposeKey,
    Restoration,
)
from privacy.registry import (
    Category,
    Erasure,
    Family,
    PersonalData,
    account_life,
    declare,
    keep_for,
    not_personal,
    personal,
)

not_personal(PurposeKey, because="Keys of the house.")
not_personal(
    AppliedDecision,
    AppliedKeyDecision,
    JournalHead,
    because="Numbers and hashes of journal entries; whom they are about stands in the journal.",
)
not_personal(Restoration, because="Which backup was restored, and when.")


@declare(DataKey)
class DataKeyData(PersonalData):
    """The person's keys."""

    person = "subject"
    family = Family.OTHER
    other_fields = {
        "key_class": "Which rows it opens.",
        "bucket": "The month of those rows.",
        "state": "Active or destroyed.",
        "created_at": "When it was made.",
        "destroyed_at": "When it was destroyed.",
    }
    secrets = ("wrapped",)
    purposes = (purposes.SECURITY,)
    kept_for = account_life(because=_("A key lives as long as what it opens."))
    on_erasure = Erasure.BLANK


@declare(JournalEntry)
class JournalData(PersonalData):
    """Decisions that must survive the restore of a backup."""

    person = "subject"
    family = Family.OTHER
    fields = {
        "decision": personal(Category.CONSENT, _("What you decided")),
        "scope": personal(Category.CONSENT, _("About what")),
        "written_at": personal(Category.CONSENT, _("When you decided it")),
    }
    other_fields = {
        "counters": "How many rows it concerned.",
        "previous_hash": "Ties the entry to the one before it.",
        "hash": "Shows that the entry was not changed.",
        "signature": "Shows that the mall wrote it.",
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3, after="written_at", because=_("So that no restored backup undoes your decision.")
    )
    on_erasure = Erasure.KEEP


@declare(AuditEntry)
class AuditData(PersonalData):
    """Who did what to whose data."""

    person = "subject"
    family = Family.USAGE
    fields = {
        "action": personal(Category.SECURITY, _("What happened")),
        "at": personal(Category.SECURITY, _("When it happened")),
        "reason": personal(Category.SECURITY, _("Why staff said they did it")),
    }
    other_fields = {
        "actor": "The one who acted, by a random UUID.",
        "actor_role": "The role of the one who acted.",
        "detail": "Enumerated values, counts and codes.",
        "request_id": "Ties the entry to the server's log.",
    }
    purposes = (purposes.SECURITY, purposes.PROOF)
    kept_for = keep_for(years=3, after="at", because=_("So that misuse can be looked into."))
    on_erasure = Erasure.KEEP


@declare(DisclosureEntry)
class DisclosureData(PersonalData):
    """What left the house, by names of fields."""

    person = "subject"
    family = Family.OTHER
    fields = {
        "recipient": personal(Category.BEHAVIOUR, _("Who received something about you")),
        "fields": personal(Category.BEHAVIOUR, _("Which fields they received")),
        "at": personal(Category.BEHAVIOUR, _("When they received it")),
    }
    other_fields = {
        "ground": "Why it was sent.",
        "reference": "The code of the order or message.",
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3, after="at", because=_("So that you can see who received your data.")
    )
    on_erasure = Erasure.KEEP


@declare(ConsentEntry)
class ConsentData(PersonalData):
    """What the person agreed to."""

    person = "subject"
    family = Family.REGISTRATION
    fields = {
        "purpose": personal(Category.CONSENT, _("What you agreed to")),
        "decision": personal(Category.CONSENT, _("Given or withdrawn")),
        "document_version": personal(Category.CONSENT, _("Version of the text")),
        "at": personal(Category.CONSENT, _("When you said so")),
    }
    other_fields = {
        "document_sha256": "Names the exact text.",
        "language": "The language of the text.",
        "place": "The page on which you said so.",
        "method": "A box, a switch or a link.",
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3, after="at", because=_("To prove what was agreed, as long as a claim is possible.")
    )
    on_erasure = Erasure.KEEP
