"""Payments to look at, and refunds that people must look after."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline

from common.masking import mask
from common.money import format_money
from common.read_only import ReadOnly
from payments import services
from payments.enums import RefundState
from payments.errors import TooMuch
from payments.models import Payment, PaymentEvent, Refund
from payments.queries import payments_to_look_at, payments_without_answer


class EventInline(ReadOnly, TabularInline):
    """The timeline with source and time (PAY-05)."""

    model = PaymentEvent
    verbose_name_plural = _("Timeline")
    fields: ClassVar = ["happened_at", "kind", "source", "sum", "detail"]
    readonly_fields: ClassVar = ["sum"]
    ordering: ClassVar = ["happened_at", "pk"]
    extra = 0
    hide_title = True

    @admin.display(description=_("Amount"))
    def sum(self, event: PaymentEvent) -> str:
        """In figures for people."""
        return "" if event.amount is None else format_money(event.amount, event.payment.currency)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PaymentEvent]":
        """With the payment, which knows the currency."""
        events: QuerySet[PaymentEvent] = super().get_queryset(request)
        return events.select_related("payment")


class RefundInline(ReadOnly, TabularInline):
    """What went back, or should have."""

    model = Refund
    verbose_name_plural = _("Refunds")
    fields: ClassVar = ["code", "sum", "reason", "state", "failure", "created_at", "settled_at"]
    readonly_fields: ClassVar = ["code", "sum"]
    ordering: ClassVar = ["pk"]
    extra = 0
    hide_title = True

    @admin.display(description=_("Amount"))
    def sum(self, refund: Refund) -> str:
        """In figures for people."""
        return format_money(refund.amount, refund.payment.currency)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Refund]":
        """With the payment, which knows the currency."""
        refunds: QuerySet[Refund] = super().get_queryset(request)
        return refunds.select_related("payment")


class NeedsALook(admin.SimpleListFilter):
    """Money that does not fit is never booked by itself, and silence is no answer."""

    title = _("Needs a look")
    parameter_name = "look"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Another amount, or no answer."""
        return [
            ("yes", _("The partner named another amount")),
            ("stuck", _("The partner does not answer")),
        ]

    def queryset(self, _request: HttpRequest, payments: "QuerySet[Payment]") -> "QuerySet[Payment]":
        """Those that a person must settle with the partner."""
        kinds = {"yes": payments_to_look_at, "stuck": payments_without_answer}
        asked = kinds.get(self.value() or "")
        return payments.filter(pk__in=asked().values("pk")) if asked else payments


@admin.register(Payment)
class PaymentAdmin(ReadOnly, ModelAdmin):
    """A payment names nobody: the purchase's code leads to the order."""

    list_display: ClassVar = ["code", "reference", "sum", "state", "created_at", "paid_at"]
    list_filter: ClassVar = ["state", NeedsALook, "provider"]
    search_fields: ClassVar = ["=code", "=reference"]
    search_help_text = _("The whole code of a payment or of a purchase")
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at"]
    inlines: ClassVar = [EventInline, RefundInline]
    show_full_result_count = False
    list_per_page = 50
    fields: ClassVar = [
        "code",
        "reference",
        "sum",
        "state",
        "provider",
        "number_at_partner",
        "created_at",
        "expires_at",
        "redirected_at",
        "close_requested_at",
        "paid_at",
        "closed_at",
        "checks",
        "next_check_at",
    ]
    readonly_fields: ClassVar = ["code", "sum", "number_at_partner"]

    @admin.display(description=_("Amount"), ordering="amount")
    def sum(self, payment: Payment) -> str:
        """In figures for people."""
        return format_money(payment.amount, payment.currency)

    @admin.display(description=_("The payment partner's number"))
    def number_at_partner(self, payment: Payment) -> str:
        """Its end is enough to compare."""
        return mask("code", payment.partner_reference) if payment.partner_reference else ""


@admin.register(Refund)
class RefundAdmin(ReadOnly, ModelAdmin):
    """Those that could not be paid back come first: they wait for a person."""

    list_display: ClassVar = [
        "code",
        "payment",
        "sum",
        "reason",
        "state",
        "failure",
        "attempts",
        "created_at",
    ]
    list_filter: ClassVar = ["state", "reason"]
    list_select_related: ClassVar = ["payment"]
    search_fields: ClassVar = ["=code", "=payment__code", "=payment__reference"]
    search_help_text = _("The whole code of a refund, a payment or a purchase")
    actions: ClassVar = ["try_again"]
    show_full_result_count = False
    list_per_page = 50
    fields: ClassVar = [
        "code",
        "payment",
        "sum",
        "reason",
        "state",
        "failure",
        "round",
        "attempts",
        "created_at",
        "settled_at",
        "failed_at",
    ]
    readonly_fields: ClassVar = ["code", "sum"]

    def get_ordering(self, request: HttpRequest) -> Any:
        """Failed ones first, the newest of them on top; those that never failed after them."""
        return [F("failed_at").desc(nulls_last=True), "-created_at"]

    @admin.display(description=_("Amount"), ordering="amount")
    def sum(self, refund: Refund) -> str:
        """In figures for people."""
        return format_money(refund.amount, refund.payment.currency)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may ask the partner again."""
        return request.user.has_perm("payments.retry_refund")

    @admin.action(description=_("Try to pay back again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, refunds: "QuerySet[Refund]") -> None:
        """Another round for each failed refund that was picked."""
        begun = 0
        for refund in refunds.filter(state=RefundState.FAILED).select_related("payment"):
            try:
                begun += self._retry(request, refund)
            except TooMuch as refusal:
                self.message_user(request, f"{refund.code}: {refusal}", messages.WARNING)
        self.message_user(
            request,
            ngettext(
                "We ask the payment partner again about %(count)s refund.",
                "We ask the payment partner again about %(count)s refunds.",
                begun,
            )
            % {"count": begun},
            messages.SUCCESS if begun else messages.INFO,
        )

    def _retry(self, request: HttpRequest, refund: Refund) -> int:
        before = refund.round
        return int(services.retry_refund(refund, actor=request.user).round != before)
