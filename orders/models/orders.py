"""Purchases and orders. Amounts are minor units; everything shown later is a snapshot."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from common.append_only import AppendOnlyModel
from common.codes import public_code_default
from orders.enums import (
    Attention,
    DeliveryState,
    DeliveryWish,
    EndReason,
    EventKind,
    OrderState,
    PaymentState,
    Source,
)
from orders.models.carts import Cart
from privacy.fields import BlindIndexField, SealedModel, SealedTextField
from privacy.keyring import KeyClass
from stores.models import Store


def in_language(english: str, chinese: str) -> str:
    """The words in the reader's language, or the other one where that is empty."""
    if (get_language() or "").startswith("zh"):
        return chinese or english
    return english or chinese


class Purchase(models.Model):
    """What one press of the button bought: one payment, one order for each store.

    `cart` is unique: placing the same cart again finds this row. `finalised_at` is set when the
    money that arrived has been dealt with, `ended_at` when nothing is expected any more.
    """

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    cart = models.OneToOneField(Cart, models.SET_NULL, null=True, related_name="purchase")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="purchases"
    )
    subject = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField(_("Total"))
    placed_at = models.DateTimeField(_("Placed"), default=timezone.now)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    finalised_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total__gte=0), name="purchase_total"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                name="purchases_waiting",
                condition=Q(finalised_at__isnull=True, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def reference(self) -> str:
        """The name under which the payments app knows it."""
        return f"purchase:{self.code}"


class Order(SealedModel):
    """The goods of one store in a purchase.

    Three axes tell where it stands: `state` (the deal), `payment_state` and `delivery_state`;
    each is moved by `orders.services.moves` only. `clock_at` starts every legal clock: it is
    `completed_at` of a deal, and `ended_at` of an order that came to nothing.
    """

    key_class: ClassVar[KeyClass] = KeyClass.TRANSACTION

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="orders")
    store = models.ForeignKey(Store, models.PROTECT, related_name="orders", verbose_name=_("Store"))
    store_name_en = models.CharField(max_length=120)
    store_name_zh = models.CharField(max_length=120)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="orders"
    )
    state = models.CharField(
        _("State"), max_length=12, choices=OrderState.choices, default=OrderState.PLACED
    )
    payment_state = models.CharField(
        _("Payment"), max_length=16, choices=PaymentState.choices, default=PaymentState.UNPAID
    )
    delivery_state = models.CharField(
        _("Delivery"),
        max_length=12,
        choices=DeliveryState.choices,
        default=DeliveryState.NOT_SHIPPED,
    )
    method = models.CharField(_("How it is delivered"), max_length=20)
    recipient = SealedTextField()
    phone = SealedTextField()
    phone_index = BlindIndexField(source="phone", normalise="phone", db_index=True)
    phone_tail_index = BlindIndexField(source="phone", normalise="tail4", db_index=True)
    street = SealedTextField(null=True)
    other_phone = SealedTextField(null=True)
    remark = SealedTextField(null=True)
    province = models.CharField(max_length=6, blank=True)
    city = models.CharField(max_length=6, blank=True)
    district = models.CharField(max_length=6, blank=True)
    postcode = models.CharField(max_length=6, blank=True)
    delivery_wish = models.CharField(max_length=10, choices=DeliveryWish.choices, blank=True)
    currency = models.CharField(max_length=3)
    goods_total = models.BigIntegerField()
    shipping_fee = models.BigIntegerField()
    total = models.BigIntegerField()
    tax_total = models.BigIntegerField()
    terms_version = models.CharField(max_length=40, blank=True)
    policy_version = models.CharField(max_length=40, blank=True)
    exempt_confirmed_at = models.DateTimeField(null=True)
    stock_reference = models.CharField(max_length=60)
    placed_at = models.DateTimeField(_("Placed"), default=timezone.now)
    paid_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    clock_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=EndReason.choices, blank=True)
    attention = models.CharField(
        _("Needs a look"),
        max_length=14,
        choices=Attention.choices,
        default=Attention.NONE,
        blank=True,
    )
    attention_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase", "store"], name="order_per_store"),
            models.CheckConstraint(
                name="order_total", condition=Q(total=F("goods_total") + F("shipping_fee"))
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-placed_at", "-id"], name="orders_of_buyer"),
            models.Index(fields=["store", "-placed_at", "-id"], name="orders_of_store"),
            models.Index(fields=["state", "-placed_at"], name="orders_by_state"),
            models.Index(
                fields=["delivered_at"],
                name="orders_to_complete",
                condition=Q(state=OrderState.CONFIRMED, delivered_at__isnull=False),
            ),
            models.Index(
                fields=["attention_at"], name="orders_need_a_look", condition=~Q(attention="")
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def store_name(self) -> str:
        """The store's name when the order was placed."""
        return in_language(self.store_name_en, self.store_name_zh)

    def get_absolute_url(self) -> str:
        """The buyer's page of this order."""
        return reverse("orders:detail", args=[self.code])


class OrderLine(models.Model):
    """So many of one variant, as they were when they were bought."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    sku = models.CharField(max_length=64)
    name_en = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200)
    options_en = models.CharField(max_length=300, blank=True)
    options_zh = models.CharField(max_length=300, blank=True)
    picture = models.CharField(max_length=300, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.BigIntegerField()
    total = models.BigIntegerField()
    tax_code = models.CharField(max_length=30, blank=True)
    tax_name_en = models.CharField(max_length=60, blank=True)
    tax_name_zh = models.CharField(max_length=60, blank=True)
    tax_rate_bp = models.PositiveIntegerField()
    tax_part = models.BigIntegerField()
    weight_g = models.PositiveIntegerField(default=0)
    no_return = models.BooleanField(default=False)
    no_return_reason_en = models.CharField(max_length=300, blank=True)
    no_return_reason_zh = models.CharField(max_length=300, blank=True)
    refunded_quantity = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "variant"], name="order_line_once"),
            models.CheckConstraint(
                name="line_total", condition=Q(total=F("unit_price") * F("quantity"))
            ),
            models.CheckConstraint(
                name="line_refunded", condition=Q(refunded_quantity__lte=F("quantity"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def name(self) -> str:
        """The product's name when it was bought."""
        return in_language(self.name_en, self.name_zh)

    @property
    def no_return_reason(self) -> str:
        """Why it cannot be sent back, as it was said before the purchase."""
        return in_language(self.no_return_reason_en, self.no_return_reason_zh)

    @property
    def options(self) -> str:
        """What was chosen, in one line."""
        return in_language(self.options_en, self.options_zh)


class OrderEvent(AppendOnlyModel):
    """One line of an order's timeline, with who told it and when. `key` writes it once."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    actor = models.UUIDField(null=True)
    key = models.CharField(max_length=80)
    detail = models.CharField(max_length=60, blank=True)
    amount = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "key"], name="order_event_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["actor"], name="order_event_actor", condition=Q(actor__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d %H:%M}"
