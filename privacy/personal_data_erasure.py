"""What cases of erasure hold about people."""

from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.models import ErasureCase
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    PersonalData,
    declare,
    keep_for,
    other,
    personal,
)


@declare(ErasureCase)
class ErasureCaseData(PersonalData):
    """A request to be erased, by a random number; nothing of what was erased."""

    title = _("Deletions that you asked for")
    person = "subject"
    family = Family.OTHER
    fields = {
        "scope": personal(Category.CONSENT, _("How much you asked us to erase")),
        "part": personal(Category.CONSENT, _("Which kind of data")),
        "state": personal(Category.SECURITY, _("How far it came")),
        "asked_at": personal(Category.CONSENT, _("When you asked for it")),
        "erase_after": personal(Category.SECURITY, _("Until when you can take it back")),
        "latest_at": personal(Category.SECURITY, _("When it begins at the latest")),
        "begun_at": personal(Category.SECURITY, _("When it began")),
        "finished_at": personal(Category.SECURITY, _("When it ended")),
    }
    other_fields = {
        "code": "A random public code.",
        "reason": "An enumerated value.",
        "waits_for": "Codes of what must end first.",
        "plan_sha256": "The fingerprint of the plan.",
        "counters": "Counts by table.",
        "receipt_code": "The code of the receipt.",
        "run": "The run that does it.",
    }
    secrets = ("farewell",)
    json_keys = {"counters": {"*": other("How many rows of a table.")}}
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="finished_at",
        ground=LegalGround.ERASURE_PROOF,
        because=_("To prove that your data was erased in time."),
    )
    on_erasure = Erasure.KEEP
    # The last message is written at the very end.
    column_erasure = {"farewell": Erasure.KEEP}
