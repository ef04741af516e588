"""Carts: of a person, or of a browser that holds the token."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Variant
from common.codes import public_code_default

MOST_LINES = 100
MOST_OF_ONE = 99


class Cart(models.Model):
    """One open cart for each person or token. A cart that was ordered is never opened again.

    `token_hash` is a keyed fingerprint of the visitor's cookie; the token itself is stored nowhere.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code_default, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="carts"
    )
    token_hash = models.CharField(max_length=64, null=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    ordered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], name="one_open_cart", condition=Q(ordered_at__isnull=True)
            ),
            models.CheckConstraint(
                name="cart_of_somebody",
                condition=Q(user__isnull=False) | Q(token_hash__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["changed_at"], name="visitors_carts", condition=Q(token_hash__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CartLine(models.Model):
    """So many of one variant. `price_shown` is what it cost when the buyer last took note of it."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    price_shown = models.BigIntegerField()
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once"),
            models.CheckConstraint(
                name="cart_quantity", condition=Q(quantity__gte=1, quantity__lte=MOST_OF_ONE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
