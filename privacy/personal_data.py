"""Privacy's own records about people are personal too."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.enums import Action
from privacy.models import (
    AppliedDecision,
    AppliedKeyDecision,
    AuditEntry,
    ConsentEntry,
    DataKey,
    DestroyedKeys,
    DisclosureEntry,
    HouseKeyName,
    IndexKey,
    JournalEntry,
    JournalHead,
    LedgerBatch,
    LedgerCheck,
    LedgerHead,
    LedgerLeaf,
    PurposeKey,
    Restoration,
    SigningKey,
)
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    PersonalData,
    Place,
    account_life,
    actor,
    declare,
    declare_elsewhere,
    keep_for,
    not_personal,
    other,
    personal,
)

OWN_DEEDS = (
    Action.SIGNED_UP,
    Action.SIGNED_IN,
    Action.SIGN_IN_FAILED,
    Action.PASSWORD_CHANGED,
    Action.IDENTIFIER_CHANGED,
    Action.IDENTIFIER_CHANGE_STOPPED,
    Action.SESSION_ENDED,
    Action.PROFILE_CHANGED,
    Action.ADDRESS_CHANGED,
)
"""What people do with their own account: a log of security, shorter than that of staff."""

not_personal(HouseKeyName, IndexKey, PurposeKey, because="Names and keys of the house.")
not_personal(DestroyedKeys, because="Random ids of keys that are no more; whose is said nowhere.")
not_personal(SigningKey, because="Public halves of the mall's keys.")
not_personal(
    LedgerBatch, LedgerCheck, LedgerHead, because="Numbers, hashes and signatures over entries."
)
not_personal(
    LedgerLeaf,
    because="A time, a hash, and tokens that name nobody without a salt of the keyring; the tokens "
    "go with the entry.",
)
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
    title = _("Keys to your data")
    family = Family.OTHER
    other_fields = {
        "key_class": "Which rows it opens.",
        "bucket": "The month of those rows.",
        "state": "Active, blocked, restricted or destroyed.",
        "created_at": "When it was made.",
        "retired_at": "When its rows were sealed anew under another one.",
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
    title = _("Your decisions")
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
    json_keys = {"counters": {"*": other("How many rows of a kind.")}}
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="written_at",
        because=_("So that no restored backup undoes your decision."),
        ground=LegalGround.ERASURE_PROOF,
    )
    on_erasure = Erasure.KEEP


@declare(AuditEntry)
class AuditData(PersonalData):
    """Who did what to whose data."""

    person = "subject"
    title = _("What was done with your account and data")
    actors = (actor("actor", shows=("action", "at")),)
    family = Family.USAGE
    fields = {
        "action": personal(Category.SECURITY, _("What happened")),
        "at": personal(Category.SECURITY, _("When it happened")),
        "reason": personal(Category.SECURITY, _("Why staff said they did it")),
        "actor_role": personal(Category.SECURITY, _("In which role")),
    }
    other_fields = {
        "actor": "The one who acted, by a random UUID.",
        "detail": "Enumerated values, counts and codes.",
        "request_id": "Ties the entry to the server's log.",
        "written_xid": "The transaction that wrote it, set by the database.",
    }
    json_keys = {
        "detail": {
            "amount": other("An amount of money."),
            "case": other("The number of a case."),
            "change": other("By how many pieces."),
            "changed": other("How many."),
            "column": other("The name of a column."),
            "columns": other("The names of columns."),
            "count": other("How many."),
            "created": other("How many."),
            "decision": other("Granted or refused."),
            "found": other("How many."),
            "given": other("Roles that were given."),
            "is_staff": other("A switch."),
            "key": other("The name of a key."),
            "kind": other("Phone or e-mail."),
            "model": other("The name of a table."),
            "order": other("The code of an order."),
            "orders": other("How many."),
            "parcel": other("The code of a parcel."),
            "purchase": other("The code of a purchase."),
            "reason": other("An enumerated reason."),
            "refund": other("The code of a refund."),
            "replaced": other("Whether there was one before."),
            "return": other("The code of a return."),
            "round": other("How often it was asked again."),
            "row": other("The number of a row."),
            "rows": other("How many."),
            "run": other("The code of a run."),
            "step": other("A step of the delivery."),
            "taken": other("Roles that were taken."),
            "variant": other("The number of an article."),
            "with": other("Kinds of proof at sign-in."),
        }
    }
    purposes = (purposes.SECURITY, purposes.PROOF)
    kept_for = (
        keep_for(
            months=12,
            after="at",
            because=_("The law asks us to keep logs of security; we keep them for a year."),
            ground=LegalGround.SECURITY_LOGS,
            where=Q(action__in=OWN_DEEDS),
        ),
        keep_for(
            years=3,
            after="at",
            because=_("So that misuse can be looked into."),
            ground=LegalGround.STAFF_ACCESS,
            where=~Q(action__in=OWN_DEEDS),
        ),
    )
    on_erasure = Erasure.KEEP


@declare(DisclosureEntry)
class DisclosureData(PersonalData):
    """What left the house, by names of fields."""

    person = "subject"
    title = _("What others received about you")
    family = Family.OTHER
    fields = {
        "recipient": personal(Category.BEHAVIOUR, _("Who received something about you")),
        "fields": personal(Category.BEHAVIOUR, _("Which fields they received")),
        "at": personal(Category.BEHAVIOUR, _("When they received it")),
    }
    other_fields = {
        "ground": "Why it was sent.",
        "reference": "The code of the order or message.",
        "written_xid": "Which transaction wrote it.",
    }
    json_keys = {"fields": {"[]": personal(Category.BEHAVIOUR, _("A field they received"))}}
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="at",
        because=_("So that you can see who received your data."),
        ground=LegalGround.SHARING_RECORDS,
    )
    on_erasure = Erasure.KEEP


@declare(ConsentEntry)
class ConsentData(PersonalData):
    """What the person agreed to."""

    person = "subject"
    title = _("What you agreed to")
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
        "written_xid": "Which transaction of the database wrote it.",
    }
    purposes = (purposes.PROOF,)
    kept_for = (
        account_life(because=_("As long as what you agreed to is in force.")),
        keep_for(
            years=3,
            after="at",
            because=_("To prove what was agreed, as long as a claim is possible."),
            ground=LegalGround.CONSENT_PROOF,
            together_by="subject",
        ),
    )
    on_erasure = Erasure.KEEP


declare_elsewhere(
    "journal",
    label=_("The journal of decisions, as a file"),
    family=Family.OTHER,
    purposes=(purposes.PROOF,),
    because=_("The same random numbers and decisions as in its table, safe from any restore."),
    place=Place.FILES,
    kept=_("As long as a backup may bring back what you had erased."),
    on_erasure=Erasure.KEEP,
)
declare_elsewhere(
    "fingerprints",
    label=_("Fingerprints for exact look-ups"),
    family=Family.REGISTRATION,
    purposes=(purposes.ACCOUNT, purposes.SECURITY),
    because=_("Keyed fingerprints beside sealed columns; nothing else about you can be searched."),
    place=Place.SEARCH,
    kept=_("As long as the row beside them; they are emptied when it is blocked."),
    on_erasure=Erasure.DELETE,
)
declare_elsewhere(
    "backups",
    label=_("Backups"),
    family=Family.OTHER,
    purposes=(purposes.OPERATION,),
    because=_("Copies of the tables and, apart from them, of the keys that open sealed columns."),
    place=Place.BACKUP,
    kept=_("Until they are replaced by newer ones; what your keys sealed cannot be read then."),
    on_erasure=Erasure.KEEP,
)
