"""What runs, holds and wishes about retention hold about people."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.models import DormantAccount, Hold, LongerRetention, Run, RunStep
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    PersonalData,
    account_life,
    declare,
    keep_for,
    other,
    personal,
)

COUNTS = other("A count, a key of a row, or an enumerated value.")


@declare(Run)
class RunData(PersonalData):
    """Work that was done on a person's data, or on everybody's."""

    person = "subject"
    title = _("Work on your data")
    family = Family.OTHER
    fields = {
        "kind": personal(Category.SECURITY, _("What was done with your data")),
        "state": personal(Category.SECURITY, _("How far it came")),
        "created_at": personal(Category.SECURITY, _("When it was asked for")),
        "finished_at": personal(Category.SECURITY, _("When it ended")),
    }
    other_fields = {
        "code": "A random public code.",
        "plan": "Labels of tables, enumerated values and counts.",
        "plan_sha256": "The fingerprint of the plan.",
        "waits_for": "An enumerated code.",
        "resume_at": "When it goes on.",
        "cursor": "The name of the part that comes next.",
        "counters": "Counts.",
        "pace": "How many rows a chunk takes.",
        "fence": "How often it was taken.",
        "stalls": "How often nobody came forward with it.",
        "lease_until": "Until when a worker has it.",
        "heartbeat_at": "When a worker last said something.",
        "last_error": "A code, or names of parts.",
        "requested_by": "The member of staff who started it, by a random UUID.",
        "started_at": "When it began.",
    }
    json_keys = {
        "plan": {
            "case": other("The code of a case of erasure."),
            "as_of": other("The moment that counts."),
            "before": other("Keys made before this moment."),
            "then_sweep": other("Whether removing follows."),
            "simulation": other("The number of the run that counted."),
            "steps.*.*": COUNTS,
        },
        "cursor": {"step": other("The name of the next part.")},
        "counters": {"*": COUNTS},
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="finished_at",
        ground=LegalGround.ERASURE_PROOF,
        because=_("To prove that your data was dealt with in time."),
    )
    on_erasure = Erasure.KEEP


@declare(RunStep)
class RunStepData(PersonalData):
    """One part of such work."""

    person = "run__subject"
    title = _("Parts of such work")
    family = Family.OTHER
    other_fields = {
        "run": "The run.",
        "position": "Its place in the order.",
        "name": "The label of a table or of a task.",
        "state": "How far it came.",
        "expected": "How many rows were expected.",
        "cursor": "The number of the last row.",
        "counters": "Counts.",
        "failures": "How often it failed.",
        "last_error": "An enumerated code.",
        "confirmed_by": "The member of staff who confirmed it, by a random UUID.",
        "confirmed_at": "When.",
        "started_at": "When it began.",
        "finished_at": "When it ended.",
    }
    json_keys = {
        "cursor": {
            "*": COUNTS,
            "done[]": COUNTS,
            "forecast.*": COUNTS,
            "files[].*": other("A generated name of a file, a size, a checksum."),
            "files[].segments[].[]": COUNTS,
            "problems[].[]": COUNTS,
            "sha256.*": other("The fingerprint of a file."),
        },
        "counters": {"*": COUNTS},
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="run__finished_at",
        ground=LegalGround.ERASURE_PROOF,
        because=_("To prove that your data was dealt with in time."),
    )
    on_erasure = Erasure.KEEP


@declare(Hold)
class HoldData(PersonalData):
    """A reason for which something is not deleted yet."""

    person = "subject"
    title = _("What is held back from deletion")
    not_told = Q(is_barred=True)
    family = Family.OTHER
    fields = {
        "reason": personal(Category.SECURITY, _("Why something is kept longer")),
        "placed_at": personal(Category.SECURITY, _("Since when")),
        "ends_at": personal(Category.SECURITY, _("Until when, at the latest")),
        "released_at": personal(Category.SECURITY, _("When it was released")),
    }
    other_fields = {
        "declaration": "The label of a table.",
        "is_barred": "Whether the law forbids to tell.",
        "placed_by": "A member of staff, by a random UUID.",
        "approved_by": "Another one.",
        "approved_at": "When.",
        "released_by": "A member of staff, by a random UUID.",
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="ends_at",
        ground=LegalGround.ERASURE_PROOF,
        because=_("To prove why something was kept longer."),
    )
    on_erasure = Erasure.KEEP


@declare(LongerRetention)
class LongerRetentionData(PersonalData):
    """What a person wants us to keep longer."""

    person = "subject"
    title = _("What you want us to keep longer")
    family = Family.OTHER
    fields = {
        "family": personal(Category.PREFERENCE, _("What you want us to keep longer")),
        "chosen_at": personal(Category.PREFERENCE, _("When you chose it")),
        "ended_at": personal(Category.PREFERENCE, _("When you took it back")),
    }
    purposes = (purposes.ACCOUNT,)
    kept_for = account_life(because=_("So that we keep to your choice."))
    on_erasure = Erasure.DELETE


@declare(DormantAccount)
class DormantAccountData(PersonalData):
    """An account that nobody uses."""

    person = "subject"
    title = _("An account that nobody uses")
    family = Family.REGISTRATION
    fields = {
        "idle_since": personal(Category.BEHAVIOUR, _("When you last used your account")),
        "first_warned_at": personal(Category.BEHAVIOUR, _("When we first wrote to you about it")),
        "last_warned_at": personal(Category.BEHAVIOUR, _("When we wrote to you again about it")),
        "marked_at": personal(Category.BEHAVIOUR, _("When it was marked for erasure")),
    }
    purposes = (purposes.ACCOUNT,)
    kept_for = account_life(because=_("Until you use your account again."))
    on_erasure = Erasure.DELETE
