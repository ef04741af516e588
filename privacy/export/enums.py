"""Where a copy of a person's data stands, and what may be wrong with it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportState(models.TextChoices):
    """Where a copy stands."""

    WAITING = "WAITING", _("Waiting")
    MAKING = "MAKING", _("Being made")
    READY = "READY", _("Ready")
    PARTIAL = "PARTIAL", _("Ready, with something missing")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")
    GONE = "GONE", _("Gone")


LIVE = (ExportState.WAITING, ExportState.MAKING)
TAKEABLE = (ExportState.READY, ExportState.PARTIAL)


class Problem(models.TextChoices):
    """What may be wrong with a part of a copy."""

    UNREADABLE = "UNREADABLE", _("A value cannot be opened: what is stored is damaged.")
    NO_LONGER = "NO_LONGER", _("A value is no longer readable: its key was destroyed.")
    BROKEN = "BROKEN", _("This part could not be written.")
    FEWER = "FEWER", _("Fewer rows were written than are there.")
    FILE_MISSING = "FILE_MISSING", _("A file is not where it should be.")


HARMLESS = frozenset({Problem.NO_LONGER})
"""Said in the copy, but nothing that is still held is missing from it."""
