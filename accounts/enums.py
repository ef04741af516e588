"""The vocabulary of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgeBand(models.TextChoices):
    """All that the mall knows about a person's age. Under 14 there is no account."""

    TEEN = "TEEN", _("14 to 17")
    ADULT = "ADULT", _("18 or older")


class Gender(models.TextChoices):
    """What a person may say about themselves, if they want to."""

    WOMAN = "WOMAN", _("Woman")
    MAN = "MAN", _("Man")
    OTHER = "OTHER", _("Something else")


class IdentifierKind(models.TextChoices):
    """What a person signs in with, besides the password."""

    PHONE = "PHONE", _("Phone number")
    EMAIL = "EMAIL", _("E-mail address")


class ChangeState(models.TextChoices):
    """A change of identifier holds at once and can be stopped for a while."""

    DONE = "DONE", _("Changed")
    STOPPED = "STOPPED", _("Stopped and put back")


class Role(models.TextChoices):
    """The groups of the administration; the value is the group's name."""

    CATALOGUE_MANAGER = "catalogue manager", _("Catalogue manager")
    ORDER_CLERK = "order clerk", _("Order clerk")
    SUPPORT_AGENT = "support agent", _("Support agent")
    PRIVACY_OFFICER = "privacy officer", _("Privacy officer")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class IdentityKind(models.TextChoices):
    """Why it stays known who somebody was."""

    STAFF = "STAFF", _("Worked for the mall")
    SELLER = "SELLER", _("Owned a store")
