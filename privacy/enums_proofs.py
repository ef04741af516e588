"""The vocabularies of what is proven to a person who leaves: receipts, notices, residue."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceiptKind(models.TextChoices):
    """What a receipt is about."""

    ERASURE = "ERASURE", _("Deletion")
    EXPORT = "EXPORT", _("Copy of the data")


class ReceiptState(models.TextChoices):
    """How far the mall came with what it promised on a receipt."""

    ISSUED = "ISSUED", _("Promised, not yet done")
    COMPLETE = "COMPLETE", _("Done")
    CANCELLED = "CANCELLED", _("Taken back by the person before it was done")


class NoticeState(models.TextChoices):
    """How far the notice to one recipient came."""

    WAITING = "WAITING", _("Being sent")
    SENT = "SENT", _("Sent, no answer yet")
    ACKNOWLEDGED = "ACKNOWLEDGED", _("Confirmed by the recipient")
    TASK = "TASK", _("To be told by our staff")
    BY_HAND = "BY_HAND", _("Told by our staff and confirmed")


class ResidueState(models.TextChoices):
    """Where the search for what an erasure left stands."""

    GATHERED = "GATHERED", _("Words sealed")
    SEARCHED = "SEARCHED", _("Searched once")
    ENDED = "ENDED", _("Searched twice, words destroyed")
    DROPPED = "DROPPED", _("Taken back, words destroyed")
