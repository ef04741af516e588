"""What accounts say to people."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from notices.enums import Category, Channel
from notices.kinds import declare_kind

DIRECT = (Channel.EMAIL, Channel.SMS)

CODE = declare_kind(
    "accounts.code",
    category=Category.SECURITY,
    subject=_("Your code: {code}"),
    template="accounts/code",
    channels=DIRECT,
    useful_for=settings.CODE_LIFETIME,
)
ALREADY_HERE = declare_kind(
    "accounts.already_here",
    category=Category.SECURITY,
    subject=_("You already have an account"),
    template="accounts/already_here",
    channels=DIRECT,
    useful_for=settings.CODE_LIFETIME,
)
NOT_HERE = declare_kind(
    "accounts.not_here",
    category=Category.SECURITY,
    subject=_("There is no account with this address"),
    template="accounts/not_here",
    channels=(Channel.EMAIL,),
    useful_for=settings.CODE_LIFETIME,
)
IDENTIFIER_CHANGED = declare_kind(
    "accounts.identifier_changed",
    category=Category.SECURITY,
    subject=_("Your sign-in was changed"),
    template="accounts/identifier_changed",
)
IDENTIFIER_LOST = declare_kind(
    "accounts.identifier_lost",
    category=Category.SECURITY,
    subject=_("You no longer sign in with this"),
    template="accounts/identifier_lost",
    channels=DIRECT,
)
CHANGE_STOPPED = declare_kind(
    "accounts.change_stopped",
    category=Category.SECURITY,
    subject=_("A change was stopped"),
    template="accounts/change_stopped",
)
PASSWORD_CHANGED = declare_kind(
    "accounts.password_changed",
    category=Category.SECURITY,
    subject=_("Your password was changed"),
    template="accounts/password_changed",
)
SECOND_STEP_CHANGED = declare_kind(
    "accounts.second_step_changed",
    category=Category.SECURITY,
    subject=_("Your second step was changed"),
    template="accounts/second_step_changed",
)
