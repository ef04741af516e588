"""What receipts, notices to recipients and searches for residue hold about people."""

from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.models import Receipt, RecipientNotice, ResidueFinding, ResidueSearch
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    PersonalData,
    Retention,
    declare,
    keep_for,
    other,
    personal,
)

SAID = other("An enumerated value, a count, a date, a code or a fingerprint; it names nobody.")

RECEIPT_KEYS = {
    "kind": other("The kind of document."),
    "key": other("The id of the mall's key."),
    "signature": other("The mall's signature."),
} | {
    f"content.{key}": SAID
    for key in (
        # What the mall puts on every receipt.
        "receipt",
        "about",
        "holder",
        "mall",
        "says",
        "state",
        "issued_at",
        "ended_at",
        "promise_sha256",
        "ledger.day",
        "ledger.batch",
        "ledger.hash",
        "journal.number",
        "journal.hash",
        # What was promised and done.
        "case",
        "scope",
        "plan_sha256",
        "due",
        "unreadable_from",
        "gone_from_backups",
        "counts.*",
        "will[].*",
        "did[].*",
        "kept[].*",
        "recipients[].*",
    )
}
"""What may stand on a receipt; add what a new kind of receipt needs to say."""


def proof(after: str) -> Retention:
    """Three years, and a month for what is still under way."""
    return keep_for(
        years=3,
        days=30,
        after=after,
        ground=LegalGround.ERASURE_PROOF,
        because=_("To prove that your data was deleted, and who was told to delete it too."),
    )


@declare(Receipt)
class ReceiptData(PersonalData):
    """What the mall promised and did. Its documents name nobody."""

    title = _("Receipts")
    person = "subject"
    family = Family.OTHER
    fields = {
        "code": personal(Category.IDENTIFIER, _("Code of the receipt")),
        "kind": personal(Category.SECURITY, _("What the receipt is about")),
        "state": personal(Category.SECURITY, _("How far we came")),
        "issued_at": personal(Category.SECURITY, _("When it was issued")),
        "ended_at": personal(Category.SECURITY, _("When it was done")),
        "document": personal(Category.SECURITY, _("What we promised, signed")),
        "outcome": personal(Category.SECURITY, _("What we did, signed")),
    }
    other_fields = {
        "salt": "Random bytes that keep the hash of the person from being guessed.",
        "document_sha256": "The fingerprint of the promise.",
    }
    json_keys = dict.fromkeys(("document", "outcome"), RECEIPT_KEYS)
    purposes = (purposes.PROOF,)
    kept_for = proof("issued_at")
    on_erasure = Erasure.KEEP


@declare(RecipientNotice)
class RecipientNoticeData(PersonalData):
    """Who outside was told that a person's data is to be deleted."""

    title = _("Notices to those who got your data")
    person = "subject"
    family = Family.OTHER
    fields = {
        "recipient": personal(Category.SECURITY, _("Who was told to delete your data")),
        "state": personal(Category.SECURITY, _("What they answered")),
        "created_at": personal(Category.SECURITY, _("When we decided to tell them")),
        "sent_at": personal(Category.SECURITY, _("When we told them")),
        "acknowledged_at": personal(Category.SECURITY, _("When they confirmed")),
    }
    other_fields = {
        "code": "A random code, by which the recipient answers.",
        "case": "The code of the erasure.",
        "parts": "In how many parts it is sent.",
        "parts_done": "How many of them are confirmed.",
        "tries": "How often it was sent.",
        "last_error": "An enumerated code.",
        "due_at": "Until when an answer is expected.",
        "settled_by": "The member of staff who told them, by a random UUID.",
    }
    purposes = (purposes.PROOF,)
    kept_for = proof("created_at")
    on_erasure = Erasure.KEEP


@declare(ResidueSearch)
class ResidueSearchData(PersonalData):
    """A search for what an erasure left, with its words while it lasts."""

    title = _("Searches after a deletion")
    person = "subject"
    family = Family.OTHER
    fields = {
        "state": personal(Category.SECURITY, _("How far the search for leftovers came")),
        "gathered_at": personal(Category.SECURITY, _("When the words to search for were sealed")),
        "first_at": personal(Category.SECURITY, _("When we searched first")),
        "second_at": personal(Category.SECURITY, _("When we searched again")),
        "key_destroyed_at": personal(
            Category.SECURITY, _("When the words to search for were destroyed")
        ),
    }
    other_fields = {
        "case": "The code of the erasure.",
        "words_count": "How many words.",
        "places": "How many places were searched.",
        "erased_at": "When the erasure ended.",
        "second_due_at": "When the second search is due.",
    }
    secrets = ("words",)
    # The words outlive the rows on purpose: they are what the search looks for.
    column_erasure = {"words": Erasure.KEEP}
    purposes = (purposes.PROOF,)
    kept_for = proof("gathered_at")
    on_erasure = Erasure.KEEP


@declare(ResidueFinding)
class ResidueFindingData(PersonalData):
    """Where something was left: a place and a count."""

    title = _("What a search still found")
    person = "search__subject"
    family = Family.OTHER
    fields = {
        "place": personal(Category.SECURITY, _("Where something was left")),
        "count": personal(Category.SECURITY, _("How often")),
        "seen_at": personal(Category.SECURITY, _("When it was seen")),
        "settled_at": personal(Category.SECURITY, _("When it was put in order")),
    }
    other_fields = {
        "search": "The search.",
        "round": "The first or the second search.",
        "settled_by": "The member of staff who put it in order, by a random UUID.",
    }
    purposes = (purposes.PROOF,)
    kept_for = proof("seen_at")
    on_erasure = Erasure.KEEP
