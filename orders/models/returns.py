"""Returns and refunds: documents of their own, by line and quantity."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.codes import public_code_default
from orders.enums import RefundState, RefusalReason, ReturnReason, ReturnState
from orders.models.orders import Order, OrderLine
from privacy.fields import SealedModel, SealedTextField
from privacy.keyring import KeyClass


class ReturnRequest(SealedModel):
    """The buyer sends something back. Its tracking text is the buyer's own parcel: sealed."""

    key_class: ClassVar[KeyClass] = KeyClass.TRANSACTION

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="returns", verbose_name=_("Order")
    )
    state = models.CharField(
        _("State"), max_length=12, choices=ReturnState.choices, default=ReturnState.REQUESTED
    )
    reason = models.CharField(_("Reason"), max_length=20, choices=ReturnReason.choices)
    refusal = models.CharField(max_length=12, choices=RefusalReason.choices, blank=True)
    tracking = SealedTextField(null=True)
    requested_at = models.DateTimeField(_("Asked for"), default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        indexes: ClassVar = [
            models.Index(fields=["state", "requested_at"], name="returns_by_state"),
        ]

    def __str__(self) -> str:
        return self.code


class ReturnLine(models.Model):
    """So many of one line of the order; `received` is what the store found in the parcel."""

    request = models.ForeignKey(ReturnRequest, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returned")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="return_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class OrderRefund(models.Model):
    """Money that goes back for one order; `payment_refund` is the public code in payments."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    request = models.ForeignKey(ReturnRequest, models.PROTECT, null=True, related_name="refunds")
    key = models.CharField(max_length=80, unique=True)
    payment_refund = models.CharField(max_length=12, blank=True, db_index=True)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=12)
    state = models.CharField(
        max_length=10, choices=RefundState.choices, default=RefundState.REQUESTED
    )
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_refund_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                name="order_refunds_open",
                condition=~Q(state=RefundState.SETTLED),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class RefundPart(models.Model):
    """What a refund is made of: so many of a line, or (without a line) the shipping fee."""

    refund = models.ForeignKey(OrderRefund, models.CASCADE, related_name="parts")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="+")
    quantity = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField()
    tax_part = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
