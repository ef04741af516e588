"""The vocabulary of runs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """Where a run stands."""

    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    PAUSED = "PAUSED", _("Paused")
    PARTIAL = "PARTIAL", _("Done in part")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


class StepState(models.TextChoices):
    """Where one handler's part of a run stands."""

    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    HELD_BACK = "HELD_BACK", _("Waits for a confirmation")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


class Waits(models.TextChoices):
    """What a run waits for."""

    NOTHING = "", _("Nothing")
    DATABASE_BUSY = "DATABASE_BUSY", _("The database is busy")
    CONFIRMATION = "CONFIRMATION", _("An operator's confirmation")
    LATER = "LATER", _("Something that is not ready yet")


LIVE = (RunState.WAITING, RunState.RUNNING, RunState.PAUSED)
"""A run in one of these states goes on; in any other it has ended for good."""
