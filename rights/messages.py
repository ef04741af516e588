"""What people are told about their rights."""

from django.utils.translation import gettext_lazy as _

from notices.enums import Category, Channel
from notices.kinds import declare_kind

DIRECT = (Channel.EMAIL, Channel.SMS)

CANCEL_ASKED = declare_kind(
    "rights.cancel_asked",
    category=Category.SECURITY,
    subject=_("Your account is being closed"),
    template="rights/cancel_asked",
)
CANCEL_UNDONE = declare_kind(
    "rights.cancel_undone",
    category=Category.SECURITY,
    subject=_("Your account stays open"),
    template="rights/cancel_undone",
)
FAREWELL = declare_kind(
    "rights.farewell",
    category=Category.SECURITY,
    subject=_("Your account is erased"),
    template="rights/farewell",
    channels=DIRECT,
)
EXPORT_ASKED = declare_kind(
    "rights.export_asked",
    category=Category.SECURITY,
    subject=_("A copy of your data was asked for"),
    template="rights/export_asked",
)
EXPORT_READY = declare_kind(
    "rights.export_ready",
    category=Category.SECURITY,
    subject=_("The copy of your data is ready"),
    template="rights/export_ready",
)
EXPORT_FAILED = declare_kind(
    "rights.export_failed",
    category=Category.SECURITY,
    subject=_("The copy of your data could not be made"),
    template="rights/export_failed",
)
EXPORT_TAKEN = declare_kind(
    "rights.export_taken",
    category=Category.SECURITY,
    subject=_("The copy of your data was fetched"),
    template="rights/export_taken",
)
DORMANT_FIRST = declare_kind(
    "rights.dormant_first",
    category=Category.SERVICE,
    subject=_("Do you still want your account?"),
    template="rights/dormant_first",
)
DORMANT_LAST = declare_kind(
    "rights.dormant_last",
    category=Category.SERVICE,
    subject=_("Your account will be closed soon"),
    template="rights/dormant_last",
)
DORMANT_CLOSED = declare_kind(
    "rights.dormant_closed",
    category=Category.SECURITY,
    subject=_("Your unused account is being closed"),
    template="rights/dormant_closed",
)
