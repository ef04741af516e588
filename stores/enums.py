"""The vocabulary of stores."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoreStatus(models.TextChoices):
    """Whether a store sells."""

    OPEN = "open", _("Open")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class MemberRole(models.TextChoices):
    """What a person is to a store."""

    OWNER = "owner", _("Owner")
    CLERK = "clerk", _("Clerk")
