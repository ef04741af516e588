"""Who sells: stores and the people who work for them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from stores.enums import MemberRole, StoreStatus


class Store(models.Model):
    """A business that sells in the mall and hands goods over at its public address.

    `paused_for` is the case of its only owner, who is leaving; it opens again if they stay.
    """

    slug = models.SlugField(_("Address of its page"), max_length=60, unique=True)
    name_en = models.CharField(_("Name (English)"), max_length=100)
    name_zh = models.CharField(_("Name (Chinese)"), max_length=100)
    intro_en = models.CharField(_("What it says of itself (English)"), max_length=300, blank=True)
    intro_zh = models.CharField(_("What it says of itself (Chinese)"), max_length=300, blank=True)
    province = models.CharField(_("Province"), max_length=6, blank=True)
    city = models.CharField(_("City"), max_length=6, blank=True)
    district = models.CharField(_("District"), max_length=6, blank=True)
    street_en = models.CharField(_("Street (English)"), max_length=200, blank=True)
    street_zh = models.CharField(_("Street (Chinese)"), max_length=200, blank=True)
    status = models.CharField(
        _("State"), max_length=10, choices=StoreStatus.choices, default=StoreStatus.OPEN
    )
    opened_at = models.DateTimeField(_("Opened"), default=timezone.now)
    paused_for = models.CharField(max_length=12, blank=True, editable=False)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")

    def __str__(self) -> str:
        return self.name or self.slug

    def get_absolute_url(self) -> str:
        """The store's page."""
        return reverse("stores:store", args=[self.slug])

    @property
    def name(self) -> str:
        """The name in the reader's language, else in the other."""
        return _in_language(self.name_en, self.name_zh)

    @property
    def intro(self) -> str:
        """What the store says of itself, in the reader's language."""
        return _in_language(self.intro_en, self.intro_zh)

    @property
    def street(self) -> str:
        """Where goods are handed over, in the reader's language."""
        return _in_language(self.street_en, self.street_zh)

    @property
    def is_open(self) -> bool:
        """Whether its goods can be seen and bought."""
        return self.status == StoreStatus.OPEN


class StoreMember(models.Model):
    """A person who works for a store; what they may do there follows from the role."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="members", verbose_name=_("Store")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="store_memberships",
        verbose_name=_("Person"),
    )
    role = models.CharField(
        _("Role"), max_length=10, choices=MemberRole.choices, default=MemberRole.CLERK
    )

    class Meta:
        verbose_name = _("member of a store")
        verbose_name_plural = _("members of stores")
        constraints: ClassVar = [
            models.UniqueConstraint("store", "user", name="store_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.store}"


def _in_language(english: str, chinese: str) -> str:
    if (get_language() or "").startswith("zh"):
        return chinese or english
    return english or chinese
