"""What stops, stretches and announces the end of what the mall keeps."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.retention.enums import HoldReason

LONGEST_HOLD = timedelta(days=183)
UNAPPROVED_FOR = timedelta(days=7)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds by what they do at a moment."""

    def in_force(self, at: datetime) -> "HoldQuerySet":
        """Approved and not over, or so fresh that nobody has approved it yet."""
        return self.filter(released_at__isnull=True, ends_at__gt=at).filter(
            Q(approved_at__isnull=False) | Q(placed_at__gt=at - UNAPPROVED_FOR)
        )


class Hold(models.Model):
    """Keeps a table, a person's rows, or a person's rows of one table from being removed.

    One person places it, another approves it within a week; until then it holds already, for what
    is removed does not come back. It ends by itself after half a year at the latest: whoever still
    needs it places another.
    """

    declaration = models.CharField(_("Table"), max_length=100, blank=True)
    subject = models.UUIDField(_("Person"), null=True, blank=True)
    reason = models.CharField(_("Reason"), max_length=20, choices=HoldReason.choices)
    is_barred = models.BooleanField(
        _("The law forbids to tell the person"),
        default=False,
    )
    placed_by = models.UUIDField(_("Placed by"))
    placed_at = models.DateTimeField(_("Placed"), default=timezone.now)
    approved_by = models.UUIDField(_("Approved by"), null=True)
    approved_at = models.DateTimeField(_("Approved"), null=True)
    ends_at = models.DateTimeField(_("To be reviewed until"))
    released_by = models.UUIDField(_("Released by"), null=True)
    released_at = models.DateTimeField(_("Released"), null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        permissions: ClassVar = [("place_hold", "Can place, approve and release holds")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(declaration="") | Q(subject__isnull=False),
                name="privacy_hold_says_what",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("placed_by")),
                name="privacy_hold_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("placed_at") + LONGEST_HOLD),
                name="privacy_hold_reviewed_in_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["ends_at"], name="privacy_hold_open", condition=Q(released_at__isnull=True)
            ),
            models.Index(fields=["subject"], name="privacy_hold_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.declaration or 'everything'} #{self.pk}"


class LongerRetention(models.Model):
    """A person asked us to keep a family of their data for as long as they have an account.

    A row is written when they ask and gets its end when they no longer want it.
    """

    subject = models.UUIDField(_("Person"))
    family = models.CharField(_("What"), max_length=12)
    chosen_at = models.DateTimeField(_("Chosen"), default=timezone.now)
    ended_at = models.DateTimeField(_("Taken back"), null=True)

    class Meta:
        verbose_name = _("wish to keep longer")
        verbose_name_plural = _("wishes to keep longer")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "family"],
                condition=Q(ended_at__isnull=True),
                name="privacy_longer_once",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["subject"], name="privacy_longer_subject")]

    def __str__(self) -> str:
        return f"{self.family} #{self.pk}"


class DormantAccount(models.Model):
    """An account that nobody has used for almost three years: what we told its owner, and when."""

    subject = models.UUIDField(_("Person"), unique=True)
    idle_since = models.DateTimeField(_("Last used"))
    first_warned_at = models.DateTimeField(_("First warning"), null=True)
    last_warned_at = models.DateTimeField(_("Last warning"), null=True)
    marked_at = models.DateTimeField(_("Marked for erasure"), null=True)

    class Meta:
        verbose_name = _("dormant account")
        verbose_name_plural = _("dormant accounts")
        indexes: ClassVar = [models.Index(fields=["marked_at"], name="privacy_dormant_marked")]

    def __str__(self) -> str:
        return f"dormant #{self.pk}"
