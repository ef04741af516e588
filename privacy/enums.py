"""The closed vocabularies of the privacy engine."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeyClass(models.TextChoices):
    """Whose life a data key follows; rows that end together share a key."""

    ACCOUNT = "ACCOUNT", _("Account")
    TRANSACTION = "TRANSACTION", _("Transaction")
    MESSAGE = "MESSAGE", _("Message")
    SECURITY = "SECURITY", _("Security")
    SESSION = "SESSION", _("Session")
    STATUTORY = "STATUTORY", _("Kept by law")
    HELD = "HELD", _("Kept beyond its time")
    LEDGER = "LEDGER", _("Name in the ledgers")
    EXPORT = "EXPORT", _("Copy of a person's data")


class KeyState(models.TextChoices):
    """A destroyed key leaves its row, without the key, so that its absence is no surprise."""

    ACTIVE = "ACTIVE", _("Active")
    BLOCKED = "BLOCKED", _("Blocked")
    RESTRICTED = "RESTRICTED", _("Restricted")
    DESTROYED = "DESTROYED", _("Destroyed")


class LegalBasis(models.TextChoices):
    """Why we may: PIPL article 13."""

    CONTRACT = "CONTRACT", _("Needed for the contract with you")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", _("Asked for by law")
    CONSENT = "CONSENT", _("Your consent")


class LegalGround(models.TextChoices):
    """Which law lets rows outlive the account, or asks for it."""

    DEAL_RECORDS = "DEAL_RECORDS", _("Records of deals, kept for three years after each deal")
    SELLER_IDENTITY = "SELLER_IDENTITY", _("Who sold here, kept for three years after leaving")
    SECURITY_LOGS = "SECURITY_LOGS", _("Logs of security, kept for six months at least")
    STAFF_ACCESS = "STAFF_ACCESS", _("Proof of who looked at whose data")
    CONSENT_PROOF = "CONSENT_PROOF", _("Proof of what was agreed to")
    SHARING_RECORDS = "SHARING_RECORDS", _("Records of what was shared, kept for three years")
    RIGHTS_TICKETS = "RIGHTS_TICKETS", _("Records of requests and of how they were answered")
    ERASURE_PROOF = "ERASURE_PROOF", _("Proof of what was decided and erased")

    @property
    def law(self) -> str:
        """Where it is written."""
        return str(_LAWS[self][0])

    @property
    def least_months(self) -> int:
        """The shortest period that the law names, in months; 0 where it names none."""
        return _LAWS[self][1]


_LAWS: dict[LegalGround, tuple[Any, int]] = {
    LegalGround.DEAL_RECORDS: (_("E-Commerce Law, article 31"), 36),
    LegalGround.SELLER_IDENTITY: (_("Measures for Online Trading, article 31"), 36),
    LegalGround.SECURITY_LOGS: (_("Cybersecurity Law, article 23(3)"), 6),
    LegalGround.STAFF_ACCESS: (_("Personal Information Protection Law, articles 51 and 69"), 0),
    LegalGround.CONSENT_PROOF: (_("Personal Information Protection Law, article 69"), 0),
    LegalGround.SHARING_RECORDS: (_("Network Data Security Regulations, article 12"), 36),
    LegalGround.RIGHTS_TICKETS: (_("Personal Information Protection Law, articles 50 and 69"), 0),
    LegalGround.ERASURE_PROOF: (_("Personal Information Protection Law, articles 47 and 69"), 0),
}


class Ground(models.TextChoices):
    """Why something leaves the house."""

    CONTRACT = "CONTRACT", _("Needed for the contract with you")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", _("Asked for by law")
    CONSENT = "CONSENT", _("Your separate consent")
    REQUEST = "REQUEST", _("You asked us to")


class Action(models.TextChoices):
    """What the audit ledger can hold. Anything else is refused."""

    SIGNED_UP = "SIGNED_UP", _("Signed up")
    SIGNED_IN = "SIGNED_IN", _("Signed in")
    SIGN_IN_FAILED = "SIGN_IN_FAILED", _("Sign-in failed")
    PASSWORD_CHANGED = "PASSWORD_CHANGED", _("Password changed")
    IDENTIFIER_CHANGED = "IDENTIFIER_CHANGED", _("Phone or e-mail changed")
    IDENTIFIER_CHANGE_STOPPED = "IDENTIFIER_CHANGE_STOPPED", _("Change of identifier stopped")
    SESSION_ENDED = "SESSION_ENDED", _("Session ended elsewhere")
    PROFILE_CHANGED = "PROFILE_CHANGED", _("Profile changed")
    ADDRESS_CHANGED = "ADDRESS_CHANGED", _("Address book changed")
    STAFF_LISTED = "STAFF_LISTED", _("Staff listed people, masked")
    STAFF_SEARCHED = "STAFF_SEARCHED", _("Staff searched for a person")
    VALUE_OPENED = "VALUE_OPENED", _("Staff opened a masked value")
    BATCH_OPENED = "BATCH_OPENED", _("Staff opened values for a batch")
    ROLE_CHANGED = "ROLE_CHANGED", _("Role changed")
    ORDER_PLACED = "ORDER_PLACED", _("Order placed")
    ORDER_CANCELLED = "ORDER_CANCELLED", _("Order cancelled")
    ORDER_SHIPPED = "ORDER_SHIPPED", _("Order shipped")
    REFUND_STARTED = "REFUND_STARTED", _("Refund started")
    RETURN_DECIDED = "RETURN_DECIDED", _("Return decided")
    CATALOGUE_IMPORTED = "CATALOGUE_IMPORTED", _("Catalogue imported")
    STOCK_CHANGED = "STOCK_CHANGED", _("Stock changed by hand")
    KEYS_DESTROYED = "KEYS_DESTROYED", _("Keys destroyed")
    LEDGERS_CHECKED = "LEDGERS_CHECKED", _("Verification of the ledgers asked for")
    HOLD_PLACED = "HOLD_PLACED", _("Hold placed")
    HOLD_APPROVED = "HOLD_APPROVED", _("Hold approved")
    HOLD_RELEASED = "HOLD_RELEASED", _("Hold released")
    RUN_STARTED = "RUN_STARTED", _("Run started by hand")
    RUN_CONFIRMED = "RUN_CONFIRMED", _("Held-back part of a run confirmed")
    RUN_CANCELLED = "RUN_CANCELLED", _("Run cancelled")
    KEPT_LONGER = "KEPT_LONGER", _("Longer retention chosen")
    KEPT_AS_USUAL = "KEPT_AS_USUAL", _("Longer retention taken back")
    ERASURE_ASKED = "ERASURE_ASKED", _("Cancellation of the account asked for")
    ERASURE_UNDONE = "ERASURE_UNDONE", _("Cancellation of the account taken back")
    ERASURE_DONE = "ERASURE_DONE", _("Account erased")
    NOTICE_SETTLED = "NOTICE_SETTLED", _("Recipient told by hand")
    RESIDUE_SETTLED = "RESIDUE_SETTLED", _("Residue put in order")
    PART_ERASED = "PART_ERASED", _("Part of the data erased")
    EXPORT_ASKED = "EXPORT_ASKED", _("Copy of the data asked for")
    EXPORT_READY = "EXPORT_READY", _("Copy of the data ready")
    EXPORT_READ = "EXPORT_READ", _("Copy of the data read online")
    EXPORT_TAKEN = "EXPORT_TAKEN", _("Copy of the data fetched")
    EXPORT_CANCELLED = "EXPORT_CANCELLED", _("Copy of the data cancelled")
    EXPORT_ENDED = "EXPORT_ENDED", _("Copy of the data removed")
    UNKNOWN_KEY = "UNKNOWN_KEY", _("A key that nobody declared was written")


class AccessReason(models.TextChoices):
    """Why a member of staff opens a masked value."""

    DELIVERY = "DELIVERY", _("To deliver an order")
    QUESTION = "QUESTION", _("To answer the person's question")
    RETURN = "RETURN", _("To handle a return or refund")
    FRAUD = "FRAUD", _("To look into suspected misuse")
    RIGHTS_REQUEST = "RIGHTS_REQUEST", _("To carry out the person's request")
    LEGAL_DUTY = "LEGAL_DUTY", _("Because the law asks for it")


class Decision(models.TextChoices):
    """Irreversible decisions of a person; they survive the restore of any backup."""

    CANCEL_ACCOUNT = "CANCEL_ACCOUNT", _("Ask for the account to be erased")
    KEEP_ACCOUNT = "KEEP_ACCOUNT", _("Take that back")
    ERASE_ACCOUNT = "ERASE_ACCOUNT", _("Erase the account")
    ERASE_CATEGORY = "ERASE_CATEGORY", _("Erase a category")
    ERASE_ROW = "ERASE_ROW", _("Erase one entry")
    DESTROY_KEYS = "DESTROY_KEYS", _("Destroy keys")
    DESTROY_INDEX_KEY = "DESTROY_INDEX_KEY", _("Destroy the key of an index")
    WITHDRAW_CONSENT = "WITHDRAW_CONSENT", _("Withdraw consent")
    UNSUBSCRIBE = "UNSUBSCRIBE", _("Unsubscribe")
    RESTRICT = "RESTRICT", _("Restrict processing")
    OBJECT = "OBJECT", _("Object")


class ConsentDecision(models.TextChoices):
    """What a person said."""

    GIVEN = "GIVEN", _("Given")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class ConsentMethod(models.TextChoices):
    """How a person said it."""

    CHECKBOX = "CHECKBOX", _("Ticked a box")
    SWITCH = "SWITCH", _("Moved a switch")
    LINK = "LINK", _("Followed a link")


class DocumentKind(models.TextChoices):
    """The texts that people agree to."""

    TERMS = "terms", _("Terms of use")
    PRIVACY = "privacy", _("Privacy policy")


class Ledger(models.TextChoices):
    """The ledgers whose entries are sealed in batches."""

    AUDIT = "A", _("Access to data")
    DISCLOSURE = "D", _("Data that left the house")
    CONSENT = "C", _("Consents")


class KeptAs(models.TextChoices):
    """How long an entry of a ledger must stay; its leaf says so when it is gone."""

    SECURITY_LOG = "S", _("As a log of security")
    PROOF = "P", _("As a proof")


class CheckState(models.TextChoices):
    """Where a verification of the ledgers stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    CLEAN = "clean", _("Nothing found")
    FOUND = "found", _("Something is wrong")


class Finding(models.TextChoices):
    """What a verification of the ledgers can find."""

    CHANGED_ENTRY = "CHANGED_ENTRY", _("The entry was changed after it was sealed")
    MISSING_ENTRY = "MISSING_ENTRY", _("The entry is gone before its time")
    INSERTED_ENTRY = "INSERTED_ENTRY", _("The entry was put in past the seal")
    BACKDATED_ENTRY = "BACKDATED_ENTRY", _("The entry claims a time long before it was sealed")
    CHANGED_IDENTITY = "CHANGED_IDENTITY", _("The entry names somebody else than at its seal")
    LOST_SALT = "LOST_SALT", _("The keyring does not know the person of this entry")
    CHANGED_BATCH = "CHANGED_BATCH", _("The batch does not fit its leaves")
    MISSING_BATCH = "MISSING_BATCH", _("The batch is gone")
    BROKEN_CHAIN = "BROKEN_CHAIN", _("The batch does not follow from the one before it")
    WRONG_SIGNATURE = "WRONG_SIGNATURE", _("The batch is not signed by this mall")
    LEAF_WITHOUT_BATCH = "LEAF_WITHOUT_BATCH", _("A leaf belongs to no batch")
    HEAD_NOT_OURS = "HEAD_NOT_OURS", _("The published head is not signed by this mall")
    OLDER_THAN_HEAD = "OLDER_THAN_HEAD", _("The ledger ends before a head that was published")
    DIFFERS_FROM_HEAD = "DIFFERS_FROM_HEAD", _("The ledger differs from a head that was published")
