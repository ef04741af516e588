"""How many messages went where: each one costs money, and each one can annoy."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageCount(models.Model):
    """Codes sent in one window of time to one address, or asked for from one network.

    `token` is a keyed fingerprint: it can be counted and never read.
    """

    token = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("message count")
        verbose_name_plural = _("message counts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["token", "window_start"], name="accounts_one_count_per_window"
            )
        ]

    def __str__(self) -> str:
        return f"count {self.pk}"
