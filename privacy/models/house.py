"""What the main database knows about keys of the house, so that a keyring cannot forget them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class HouseKeyName(models.Model):
    """The name of a key of the house that was in use; the key itself lies in the keyring."""

    name = models.CharField(max_length=120, primary_key=True)
    first_used_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class IndexPhase(models.TextChoices):
    """Where the rotation of a blind index stands."""

    STEADY = "STEADY", _("Steady")
    ANNOUNCED = "ANNOUNCED", _("Announced")
    MOVING = "MOVING", _("Moving")


class IndexKey(models.Model):
    """Under which key of the house a blind index is written, and found, at present.

    It lies beside the indexes, so a restored database knows which key its indexes were made with.
    """

    column = models.CharField(max_length=100, primary_key=True)
    key_name = models.CharField(max_length=120)
    next_name = models.CharField(max_length=120, blank=True)
    phase = models.CharField(max_length=10, choices=IndexPhase.choices, default=IndexPhase.STEADY)
    since = models.DateTimeField(default=timezone.now)
    drawn_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.column
