"""What the main database knows about keys of the house, so that a keyring cannot forget them."""

from django.db import models
from django.utils import timezone


class HouseKeyName(models.Model):
    """The name of a key of the house that was in use; the key itself lies in the keyring."""

    name = models.CharField(max_length=120, primary_key=True)
    first_used_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
