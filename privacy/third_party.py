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
    PersonalData,
    declare,
    declare_elsewhere,
    keep_for,
    not_personal,
    personal,
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

    person = "user"
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
    }
    purposes = (purposes.SECURITY,)
    kept_for = keep_for(
        years=3, after="action_time", because=_("So that misuse by staff can be looked into.")
    )
    on_erasure = Erasure.KEEP


declare_elsewhere(
    "broker",
    label=_("The doorbell of the workers"),
    family=Family.OTHER,
    purposes=(purposes.OPERATION,),
    because=_("Holds ids of jobs only, and nothing once they are done."),
)
declare_elsewhere(
    "logs",
    label=_("The servers' logs"),
    family=Family.USAGE,
    purposes=(purposes.SECURITY,),
    because=_("Times, pages and codes; no address, no name, no content."),
)
