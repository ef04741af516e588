"""Sentences that come with the libraries, said again here, so that the mall's catalogue holds
its own Chinese for them."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

WORDS = (
    _("This field is required."),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    _("This password is too common."),
    _("This password is entirely numeric."),
    _("Authenticator code"),
    _("Type to search"),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
