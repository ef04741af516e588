"""The vocabulary of the catalogue."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductStatus(models.TextChoices):
    """Who can see a product."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("On sale")
    ARCHIVED = "archived", _("Archived")


class MovementKind(models.TextChoices):
    """Why a number of the stock changed."""

    SET = "set", _("Counted")
    RESERVED = "reserved", _("Reserved for an order")
    RELEASED = "released", _("Given back by an order")
    SOLD = "sold", _("Sold")
    PUT_BACK = "put_back", _("Put back on the shelf")


class ReservationState(models.TextChoices):
    """Where a reservation stands. The last two are final."""

    HELD = "held", _("Held")
    RELEASED = "released", _("Given back")
    CONSUMED = "consumed", _("Sold")


class Sort(models.TextChoices):
    """The orders in which everybody sees a list; none of them looks at who is reading."""

    GENERAL = "general", _("General")
    SALES = "sales", _("Sales")
    PRICE = "price", _("Price, low to high")
    PRICE_DESC = "price_desc", _("Price, high to low")
