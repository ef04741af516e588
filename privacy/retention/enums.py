"""The vocabulary of retention."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HoldReason(models.TextChoices):
    """Why something is not deleted although its time has come."""

    DISPUTE = "DISPUTE", _("A dispute about a deal that is not settled")
    COURT = "COURT", _("A court's order or a lawsuit")
    AUTHORITY = "AUTHORITY", _("An authority's lawful order")
    INVESTIGATION = "INVESTIGATION", _("Suspected misuse that is being looked into")
    SAFETY = "SAFETY", _("A product that may be dangerous")


class Rule(models.TextChoices):
    """Which rule decides about a row whose own time is over."""

    PERIOD = "PERIOD", _("Its time is over")
    HOLD = "HOLD", _("A hold keeps it")
    LONGER = "LONGER", _("The person wants it kept longer")
    DEPENDENTS = "DEPENDENTS", _("Something that hangs on it is kept longer")


class RefusalCode(models.TextChoices):
    """Why a sweep does not touch a table."""

    CAP = "CAP", _("It would remove more than the allowed share")
    DATABASE_CLOCK = "DATABASE_CLOCK", _("The database lets go of a ledger by its own clock only")
    JOURNAL = "JOURNAL", _("The decision journal is a chain and stays whole")
