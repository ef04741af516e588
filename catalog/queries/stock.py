"""Reads about stock, for those who look after it."""

from django.db.models import F, QuerySet

from catalog.enums import ProductStatus
from catalog.models import Stock

FEW = 5
"""Fewer than this to sell, and somebody should buy more."""


def running_out() -> "QuerySet[Stock]":
    """The stock of goods on sale of which few are left."""
    return Stock.objects.annotate(left=F("on_hand") - F("reserved")).filter(
        left__lt=FEW, variant__active=True, variant__product__status=ProductStatus.ACTIVE
    )
