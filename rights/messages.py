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
