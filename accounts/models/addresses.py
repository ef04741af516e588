"""The address book."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from common import regions
from common.codes import public_code_default
from privacy.fields import SealedModel, SealedTextField


class Address(SealedModel):
    """Where parcels go. The region stays readable for shipping fees; the rest is sealed."""

    code = models.CharField(max_length=16, unique=True, default=public_code_default, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    recipient = SealedTextField(_("Recipient"))
    phone = SealedTextField(_("Phone number"))
    street = SealedTextField(_("Street and house number"))
    province = models.CharField(_("Province"), max_length=6)
    city = models.CharField(_("City"), max_length=6)
    district = models.CharField(_("District"), max_length=6)
    postcode = models.CharField(_("Postcode"), max_length=6, blank=True)
    is_default = models.BooleanField(_("Use as my default address"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="accounts_one_default_address"
            )
        ]

    @property
    def place(self) -> str:
        """Province, city and district in the reader's language."""
        return regions.describe(self.province, self.city, self.district)

    def __str__(self) -> str:
        return f"address {self.code}"
