"""The vocabulary of erasure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseScope(models.TextChoices):
    """How much is erased."""

    ACCOUNT = "ACCOUNT", _("The whole account")
    CATEGORY = "CATEGORY", _("Everything of a kind")
    ROW = "ROW", _("One entry")


class CaseReason(models.TextChoices):
    """Why."""

    PERSON = "PERSON", _("The person asked for it")
    DORMANT = "DORMANT", _("Nobody used the account for three years")


class CaseState(models.TextChoices):
    """Where a case stands."""

    COOLING_OFF = "COOLING_OFF", _("Hidden; can be taken back")
    WAITING = "WAITING", _("Hidden; waits for something that must end first")
    RUNNING = "RUNNING", _("Being erased")
    PARTIAL = "PARTIAL", _("Erased in part; goes on by itself")
    DONE = "DONE", _("Erased")
    UNDONE = "UNDONE", _("Taken back")


UNDOABLE = (CaseState.COOLING_OFF, CaseState.WAITING)
"""The person may still take it back."""
OPEN = (*UNDOABLE, CaseState.RUNNING, CaseState.PARTIAL)
"""Not over yet."""
