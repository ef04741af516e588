"""Declarations for the models of Django itself and of the jobs below us."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from jobs.models import Heartbeat, Job
from privacy import purposes
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    PersonalData,
    Place,
    actor,
    declare,
    declare_elsewhere,
    keep_for,
    not_personal,
    personal,
    second_party,
)

not_personal(Group, because="The mall's roles.")
not_personal(Permission, because="What a role may do.")
not_personal(ContentType, because="Names of the mall's tables.")
not_personal(Job, because="Names of jobs with ids and codes; a person appears in no argument.")
not_personal(Heartbeat, because="When a process was last seen.")


@declare(Session)
class SessionData(PersonalData):
    """The payload is sealed; the table names nobody."""

    person = None
    because = "The sealed payload knows whose it is; the table does not."
    family = Family.USAGE
    other_fields = {"expire_date": "When the session ends."}
    secrets = ("session_data",)
    purposes = (purposes.SECURITY,)
    kept_for = keep_for(
        days=1, after="expire_date", because=_("So that you stay signed in until then.")
    )
    on_erasure = Erasure.DELETE


@declare(LogEntry)
class LogEntryData(PersonalData):
    """What a member of staff changed in the administration."""

    person = None
    because = "A row names whoever worked, and the row that was changed; never a customer."
    actors = (actor("user", shows=("action_time", "action_flag")),)
    others = (
        second_party(
            None,
            columns=("object_id", "object_repr", "change_message"),
            what=_("Whoever the changed row is about"),
        ),
    )
    family = Family.USAGE
    fields = {
        "action_time": personal(Category.BEHAVIOUR, _("When staff changed something")),
        "object_repr": personal(Category.BEHAVIOUR, _("What staff changed")),
        "change_message": personal(Category.BEHAVIOUR, _("Which columns staff changed")),
    }
    other_fields = {
        "content_type": "The table that was changed.",
        "object_id": "The row that was changed.",
        "action_flag": "Added, changed or deleted.",
        "user": "The member of staff.",
    }
    purposes = (purposes.SECURITY,)
    kept_for = keep_for(
        years=3,
        after="action_time",
        because=_("So that misuse by staff can be looked into."),
        ground=LegalGround.STAFF_ACCESS,
    )
    on_erasure = Erasure.KEEP


declare_elsewhere(
    "broker",
    label=_("The doorbell of the workers"),
    family=Family.OTHER,
    purposes=(purposes.OPERATION,),
    because=_("Holds ids of jobs only, and nothing once they are done."),
    place=Place.QUEUE,
    kept=_("Until the job is done."),
    on_erasure=Erasure.DELETE,
)
declare_elsewhere(
    "logs",
    label=_("The servers' logs"),
    family=Family.USAGE,
    purposes=(purposes.SECURITY,),
    because=_("Times, pages and codes; no address, no name, no content."),
    place=Place.LOGS,
    kept=_("As long as the operator keeps them, twelve months at most; they name nobody."),
    on_erasure=Erasure.KEEP,
)
declare_elsewhere(
    "cache",
    label=_("Counters and pages in the cache"),
    family=Family.USAGE,
    purposes=(purposes.SECURITY, purposes.OPERATION),
    because=_("Keyed fingerprints with numbers, and pages that are the same for everybody."),
    place=Place.CACHE,
    kept=_("Hours, never longer than a day."),
    on_erasure=Erasure.KEEP,
)
declare_elsewhere(
    "cookies",
    label=_("Cookies in your browser"),
    family=Family.USAGE,
    purposes=(purposes.ACCOUNT, purposes.ORDERING),
    because=_("A random number for your session, another for your cart, and your language."),
    place=Place.BROWSER,
    kept=_("Until they end or you delete them; thirty days for the cart."),
    on_erasure=Erasure.KEEP,
)
