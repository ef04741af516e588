from django.db import models
from django.utils.translation import gettext_lazy as _


class Lane(models.TextChoices):
    """Which worker takes a job; nobody's payment waits behind a thousand pictures."""

    QUICK = "quick", _("Quick")
    BULK = "bulk", _("In bulk")


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
