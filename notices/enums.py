"""The vocabulary of messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Category(models.TextChoices):
    """What a message is about; people switch categories, not single kinds."""

    TRADE = "TRADE", _("Orders")
    SERVICE = "SERVICE", _("Service")
    ACTIVITY = "ACTIVITY", _("Offers")
    INTERACTION = "INTERACTION", _("Interaction")
    SECURITY = "SECURITY", _("Security")


class Channel(models.TextChoices):
    """The ways in which a message reaches a person."""

    EMAIL = "EMAIL", _("E-mail")
    SMS = "SMS", _("SMS")
    INBOX = "INBOX", _("Message center")


class MessageState(models.TextChoices):
    """QUEUED moves to SENT, or to one of the ends at which nobody was reached."""

    QUEUED = "QUEUED", pgettext_lazy("message", "On its way")
    SENT = "SENT", _("Sent")
    REFUSED = "REFUSED", _("Refused by the channel")
    EXPIRED = "EXPIRED", _("Too late to be of use")
    NO_ADDRESS = "NO_ADDRESS", _("No address any more")
