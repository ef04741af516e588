"""Parcels behind masks, their labels in one opening, and the stores' fees."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from common.http import no_store
from common.money import format_money
from common.read_only import ReadOnly
from common.regions import describe, name_of
from delivery.carriers.registry import carrier_of
from delivery.errors import UnknownCarrier
from delivery.fees import fee_in_words
from delivery.forms import ShippingRateForm
from delivery.labels import MOST, open_labels
from delivery.models import Parcel, ParcelEvent, ShippingRate
from delivery.origins import page_for
from delivery.queries import find_by_tracking_number, parcels_in_trouble
from privacy.staff import OPEN, MaskedAdmin
from stores.models import Store


class ParcelEventInline(ReadOnly, TabularInline):
    """The parcel's timeline with source and time."""

    model = ParcelEvent
    fields: ClassVar = ["happened_at", "kind", "place", "source", "note", "recorded_at"]
    readonly_fields = fields
    ordering: ClassVar = ["happened_at", "sequence", "pk"]
    extra = 0
    hide_title = True
    verbose_name_plural = _("Timeline")

    @admin.display(description=_("Detail"))
    def note(self, event: ParcelEvent) -> str:
        """What the carrier added."""
        return event.detail


class InTrouble(admin.SimpleListFilter):
    """What people must look at; the start page links here."""

    title = _("Needs a look")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("yes", _("The carrier refused it"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Parcel]") -> "QuerySet[Parcel]":
        """Parcels with something to mend."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=parcels_in_trouble().values("pk"))


@admin.register(Parcel)
class ParcelAdmin(ReadOnly, MaskedAdmin):
    """Where parcels are. Recipients are masked.

    Nothing is moved here: a parcel is packed, handed over and cancelled from its order.
    """

    exact_search = True
    list_select_related: ClassVar = ["store"]
    list_display: ClassVar = [
        "number",
        "seller",
        "method",
        "state",
        "recipient_name",
        "recipient_phone",
        "failure",
        "created_at",
    ]
    list_filter: ClassVar = [InTrouble, "state", "method", "store"]
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = [
        "number",
        "belongs_to",
        "seller",
        "method",
        "carrier_name",
        "state",
        "failure",
        "recipient_name",
        "recipient_phone",
        "street",
        "place",
        "postal_code",
        "weight_g",
        "tracking_number",
        "created_at",
        "collected_at",
        "ready_at",
        "delivered_at",
        "ended_at",
    ]
    readonly_fields: ClassVar = [
        "number",
        "belongs_to",
        "seller",
        "carrier_name",
        "place",
        "postal_code",
    ]
    inlines: ClassVar = [ParcelEventInline]
    actions: ClassVar = ["print_labels"]

    @admin.display(description=_("Number"), ordering="code")
    def number(self, parcel: Parcel) -> str:
        """The parcel's own number."""
        return parcel.code

    @admin.display(description=_("Store"), ordering="store")
    def seller(self, parcel: Parcel) -> str:
        """Who packs it."""
        return str(parcel.store)

    @admin.display(description=_("Postcode"))
    def postal_code(self, parcel: Parcel) -> str:
        """Where it goes, roughly."""
        return parcel.postcode

    @admin.display(description=_("Order"))
    def belongs_to(self, parcel: Parcel) -> str:
        """What it is for, and the way there: that is where it is worked on."""
        address = page_for(parcel.reference)
        if not address:
            return parcel.reference
        words = _("Pack it, hand it over or cancel it there.")
        return format_html('<a href="{}">{}</a> · {}', address, parcel.reference, words)

    @admin.display(description=_("Carrier"))
    def carrier_name(self, parcel: Parcel) -> str:
        """As people know it; one that the mall works with no more is named by its code."""
        try:
            return str(carrier_of(parcel.carrier).label)
        except UnknownCarrier:
            return parcel.carrier or "-"

    @admin.display(description=_("Region"))
    def place(self, parcel: Parcel) -> str:
        """Province, city and district."""
        return describe(parcel.province, parcel.city, parcel.district) or "-"

    def find(self, term: str) -> "QuerySet[Parcel]":
        """By tracking number, parcel code or reference."""
        text = term.strip()
        return (
            find_by_tracking_number(text)
            | Parcel.objects.filter(code=text.upper())
            | Parcel.objects.filter(reference=text)
        )

    # Labels

    def has_labels_permission(self, request: HttpRequest, *_args: Any) -> bool:
        """Labels are for those who send parcels out, and show people: both rights are needed."""
        user = request.user
        return bool(user.has_perm("delivery.change_parcel") and user.has_perm(OPEN))

    @admin.action(description=_("Print labels (opens names and addresses)"), permissions=["labels"])
    def print_labels(self, request: HttpRequest, queryset: "QuerySet[Parcel]") -> HttpResponse:
        """The labels of the chosen parcels on one page."""
        return no_store(self._labels)(request, queryset)

    def _labels(self, request: HttpRequest, queryset: "QuerySet[Parcel]") -> HttpResponse:
        chosen = queryset.select_related("store").order_by("pk")
        labels = open_labels(chosen[:MOST], actor=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Labels"),
            "labels": labels,
            "left_out": max(0, queryset.count() - MOST),
        }
        return TemplateResponse(request, "delivery/staff/labels.html", context)


class ShippingRateInline(TabularInline):
    """A store's fees, on the store's own page."""

    model = ShippingRate
    form = ShippingRateForm
    extra = 0


@admin.register(ShippingRate)
class ShippingRateAdmin(ModelAdmin):
    """Every store's fees."""

    form = ShippingRateForm
    list_display: ClassVar = ["store", "method", "provinces", "fee", "free"]
    list_filter: ClassVar = ["store", "method"]
    list_select_related: ClassVar = ["store"]
    ordering: ClassVar = ["store", "method", "regions"]
    show_full_result_count = False

    @admin.display(description=_("Provinces"))
    def provinces(self, rate: ShippingRate) -> str:
        """By name."""
        names = [name_of(f"{prefix}0000") for prefix in rate.prefixes]
        return ", ".join(names) or str(_("Everywhere else"))

    @admin.display(description=_("Fee"))
    def fee(self, rate: ShippingRate) -> str:
        """In words, as the buyer reads it."""
        return fee_in_words(rate)

    @admin.display(description=_("Free from"))
    def free(self, rate: ShippingRate) -> str:
        """The amount, or nothing."""
        return format_money(rate.free_from, settings.CURRENCY) if rate.free_from else ""


def put_fees_on_store_pages() -> None:
    """Stores know nothing of delivery, so their page gets the fees from here."""
    store_admin: Any = admin.site._registry.get(Store)
    if store_admin is not None:
        store_admin.inlines = [*store_admin.inlines, ShippingRateInline]


put_fees_on_store_pages()
