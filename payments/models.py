"""Payments, their timeline, what partners told us, and refunds. Amounts are minor units."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.codes import public_code_default
from payments.enums import (
    OPEN_STATES,
    EventKind,
    NoticeOutcome,
    PaymentState,
    RefundReason,
    RefundState,
    Source,
)


class Payment(models.Model):
    """Money asked for under one reference of the caller's; written by `payments.services` only.

    `code` is the public code and the stable key under which the partner knows the payment.
    Holds a subject and amounts, never a name, a product or an order.
    """

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    reference = models.CharField(_("For"), max_length=64, unique=True)
    subject = models.UUIDField(db_index=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=120)
    return_url = models.CharField(max_length=300)
    provider = models.CharField(_("Partner"), max_length=40)
    state = models.CharField(
        _("State"), max_length=10, choices=PaymentState.choices, default=PaymentState.PENDING
    )
    partner_reference = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("Begun"), default=timezone.now)
    expires_at = models.DateTimeField(_("Until"), null=True)
    redirected_at = models.DateTimeField(_("Payer sent to the partner"), null=True)
    close_requested_at = models.DateTimeField(_("Closing asked for"), null=True)
    paid_at = models.DateTimeField(_("Paid"), null=True)
    closed_at = models.DateTimeField(_("Closed"), null=True)
    checks = models.PositiveIntegerField(_("Times asked"), default=0)
    next_check_at = models.DateTimeField(_("Next asked"), null=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                "next_check_at",
                name="payments_to_check",
                condition=Q(state__in=[s.value for s in OPEN_STATES]),
            ),
            models.Index("state", F("created_at").desc(), name="payments_by_state"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        """Whether the payer may still be sent to the partner."""
        return self.state in OPEN_STATES and self.close_requested_at is None


class PaymentEvent(AppendOnlyModel):
    """One line of a payment's timeline. `key` makes a repeated step write one line only."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="events")
    kind = models.CharField(_("What"), max_length=20, choices=EventKind.choices)
    source = models.CharField(_("Who told us"), max_length=10, choices=Source.choices)
    key = models.CharField(max_length=80)
    amount = models.BigIntegerField(null=True)
    detail = models.CharField(_("Detail"), max_length=60, blank=True)
    happened_at = models.DateTimeField(_("When"))
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("event of a payment")
        verbose_name_plural = _("events of a payment")
        constraints: ClassVar = [
            models.UniqueConstraint("payment", "key", name="payment_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d %H:%M}"


class PartnerNotice(models.Model):
    """What a partner sent by itself, stored once, without what we have no use for."""

    provider = models.CharField(max_length=40)
    partner_id = models.CharField(max_length=128)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="notices")
    content = models.JSONField()
    outcome = models.CharField(
        max_length=10, choices=NoticeOutcome.choices, default=NoticeOutcome.WAITING
    )
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("provider", "partner_id", name="partner_notice_once"),
        ]
        indexes: ClassVar = [models.Index("received_at", name="partner_notice_received")]

    def __str__(self) -> str:
        return f"{self.provider} {self.received_at:%Y-%m-%d %H:%M}"


class Refund(models.Model):
    """Money that goes back, in part or in whole; `code` is the partner's idempotency key."""

    code = models.CharField(
        _("Number"), max_length=12, unique=True, default=public_code_default, editable=False
    )
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="refunds", verbose_name=_("Payment")
    )
    key = models.CharField(max_length=80, unique=True)
    amount = models.BigIntegerField()
    reason = models.CharField(_("Reason"), max_length=12, choices=RefundReason.choices)
    state = models.CharField(
        _("State"), max_length=10, choices=RefundState.choices, default=RefundState.REQUESTED
    )
    failure = models.CharField(_("What went wrong"), max_length=60, blank=True)
    round = models.PositiveIntegerField(_("Round"), default=1)
    attempts = models.PositiveIntegerField(_("Tries"), default=0)
    created_at = models.DateTimeField(_("Begun"), default=timezone.now)
    settled_at = models.DateTimeField(_("Paid back"), null=True)
    failed_at = models.DateTimeField(_("Failed"), null=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        permissions: ClassVar = [("retry_refund", "Can ask again for a refund that failed")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                F("created_at"),
                name="refunds_not_settled",
                condition=~Q(state=RefundState.SETTLED),
            ),
        ]

    def __str__(self) -> str:
        return self.code
