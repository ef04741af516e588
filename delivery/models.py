"""Shipping fees, parcels, their timeline, and what carriers told us. Amounts are minor units."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.codes import public_code_default
from common.regions import provinces
from delivery.enums import EventKind, MethodCode, ParcelState, PushOutcome, Source
from privacy.enums import KeyClass
from privacy.fields import BlindIndexField, SealedModel, SealedTextField


class ShippingRate(models.Model):
    """What a store charges for delivery to some provinces, or everywhere else.

    The fee is `flat`, or `first_fee` up to `first_weight_g` and `step_fee` for each begun
    `step_g` beyond. From `free_from` on it is free.
    """

    store = models.ForeignKey("stores.Store", models.CASCADE, related_name="shipping_rates")
    method = models.CharField(
        _("Method"), max_length=10, choices=MethodCode.choices, default=MethodCode.CARRIER
    )
    regions = models.CharField(
        _("Provinces"),
        max_length=200,
        blank=True,
        help_text=_(
            "The first two digits of each province's code, with spaces between: 33 31 32. "
            "Empty for every province of the mainland that no other line names."
        ),
    )
    flat = models.BigIntegerField(_("Flat fee"), null=True, blank=True)
    first_weight_g = models.PositiveIntegerField(_("First weight (g)"), default=1000)
    first_fee = models.BigIntegerField(_("Fee for the first weight"), default=0)
    step_g = models.PositiveIntegerField(_("Step (g)"), default=1000)
    step_fee = models.BigIntegerField(_("Fee for each step"), default=0)
    free_from = models.BigIntegerField(_("Free from"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipping fee")
        verbose_name_plural = _("shipping fees")
        constraints: ClassVar = [
            models.UniqueConstraint("store", "method", "regions", name="shipping_rate_once"),
            models.CheckConstraint(condition=Q(step_g__gt=0), name="shipping_step_positive"),
            models.CheckConstraint(
                condition=Q(first_fee__gte=0)
                & Q(step_fee__gte=0)
                & (Q(flat__isnull=True) | Q(flat__gte=0))
                & (Q(free_from__isnull=True) | Q(free_from__gte=0)),
                name="shipping_fees_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.regions or '*'}"

    def clean(self) -> None:
        """Spell the provinces in one way; refuse a code that is none."""
        wanted = sorted({code[:2] for code in self.regions.replace(",", " ").split()})
        known = {province.code[:2] for province in provinces()}
        unknown = [code for code in wanted if code not in known]
        if unknown:
            raise ValidationError(
                {"regions": _("No province begins with %(code)s.") % {"code": unknown[0]}}
            )
        self.regions = " ".join(wanted)

    @property
    def prefixes(self) -> list[str]:
        """The provinces by their first two digits; empty for "everywhere else"."""
        return self.regions.split()


class Parcel(SealedModel):
    """Goods on their way to one recipient; written by `delivery.services` only.

    `reference` is the caller's. `code` is the public code and the stable key under which the
    carrier knows the parcel; it says nothing about an order. The recipient is a snapshot: a later
    change of the address book does not reach a parcel that left.
    """

    key_class: ClassVar[KeyClass] = KeyClass.TRANSACTION

    code = models.CharField(max_length=12, unique=True, default=public_code_default, editable=False)
    reference = models.CharField(max_length=64, unique=True)
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="parcels")
    method = models.CharField(_("Method"), max_length=10, choices=MethodCode.choices)
    carrier = models.CharField(_("Carrier"), max_length=40, blank=True)
    state = models.CharField(
        _("State"), max_length=20, choices=ParcelState.choices, default=ParcelState.PREPARED
    )
    recipient_name = SealedTextField(_("Recipient"))
    recipient_phone = SealedTextField(_("Phone"))
    street = SealedTextField(_("Street"), null=True, blank=True)
    province = models.CharField(max_length=6, blank=True)
    city = models.CharField(max_length=6, blank=True)
    district = models.CharField(max_length=6, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    weight_g = models.PositiveIntegerField(_("Weight (g)"))
    tracking_number = SealedTextField(_("Tracking number"), null=True, blank=True)
    tracking_index = BlindIndexField(source="tracking_number", db_index=True)
    pickup_code = SealedTextField(null=True, blank=True)
    pickup_hash = models.CharField(max_length=64, blank=True)
    pickup_tries = models.PositiveSmallIntegerField(default=0)
    pickup_locked_until = models.DateTimeField(null=True)
    failure = models.CharField(_("What went wrong"), max_length=60, blank=True)
    round = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    last_sequence = models.PositiveIntegerField(default=0)
    polls = models.PositiveIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("Opened"), default=timezone.now)
    requested_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(_("Collected"), null=True)
    ready_at = models.DateTimeField(_("Ready"), null=True)
    delivered_at = models.DateTimeField(_("Delivered"), null=True)
    ended_at = models.DateTimeField(_("Ended"), null=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        indexes: ClassVar = [
            models.Index(fields=["store", "state", "-created_at"], name="parcels_of_store"),
            models.Index(fields=["state", "-created_at"], name="parcels_by_state"),
            models.Index(
                F("next_poll_at"), name="parcels_to_poll", condition=Q(next_poll_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_pickup(self) -> bool:
        """Whether the buyer fetches it at the store."""
        return self.method == MethodCode.PICKUP


class ParcelEvent(AppendOnlyModel):
    """One line of a parcel's timeline. `key` makes a repeated step write one line only."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="events")
    kind = models.CharField(_("What"), max_length=20, choices=EventKind.choices)
    source = models.CharField(_("Who told us"), max_length=10, choices=Source.choices)
    key = models.CharField(max_length=160)
    sequence = models.PositiveIntegerField(default=0)
    place = models.CharField(_("Where"), max_length=60, blank=True)
    detail = models.CharField(max_length=60, blank=True)
    happened_at = models.DateTimeField(_("When"))
    recorded_at = models.DateTimeField(_("Recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("parcel event")
        verbose_name_plural = _("parcel events")
        constraints: ClassVar = [
            models.UniqueConstraint("parcel", "key", name="parcel_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d %H:%M}"


class PartnerPush(models.Model):
    """What a carrier sent by itself, stored once, without what we have no use for."""

    carrier = models.CharField(max_length=40)
    event_id = models.CharField(max_length=128)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="pushes")
    content = models.JSONField()
    outcome = models.CharField(
        max_length=10, choices=PushOutcome.choices, default=PushOutcome.WAITING
    )
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("carrier", "event_id", name="partner_push_once"),
        ]
        indexes: ClassVar = [models.Index("received_at", name="partner_push_received")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.received_at:%Y-%m-%d %H:%M}"
