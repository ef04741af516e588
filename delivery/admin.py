"""Parcels behind masks, their labels in one opening, and the stores' fees."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from common.http import no_store
from common.money import format_money
from common.regions import describe, name_of
from delivery import services
from delivery.carriers.registry import carrier_of
from delivery.enums import ParcelState
from delivery.errors import DeliveryError, UnknownCarrier
from delivery.fees import fee_in_words
from delivery.forms import PickupCodeForm, ShippingRateForm
from delivery.labels import MOST, open_labels
from delivery.models import Parcel, ParcelEvent, ShippingRate
from delivery.queries import find_by_tracking_number, parcels_in_trouble
from privacy.staff import OPEN, MaskedAdmin
from stores.models import Store


class ReadOnly:
    """Nothing is added, changed or removed by hand."""

    def has_add_permission(self, *_args: Any) -> bool:
        """No."""
        return False

    def has_change_permission(self, *_args: Any) -> bool:
        """No."""
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        """No."""
        return False


class ParcelEventInline(ReadOnly, TabularInline):
    """The parcel's timeline with source and time."""

    model = ParcelEvent
    fields: ClassVar = ["happened_at", "kind", "place", "source", "detail", "recorded_at"]
    readonly_fields = fields
    ordering: ClassVar = ["happened_at", "sequence", "pk"]
    extra = 0
    hide_title = True
    verbose_name_plural = _("Timeline")


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
    """Where parcels are. Recipients are masked; a parcel moves by its buttons only."""

    exact_search = True
    list_select_related: ClassVar = ["store"]
    list_display: ClassVar = [
        "code",
        "store",
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
        "code",
        "reference",
        "store",
        "method",
        "carrier_name",
        "state",
        "failure",
        "recipient_name",
        "recipient_phone",
        "street",
        "place",
        "postcode",
        "weight_g",
        "tracking_number",
        "created_at",
        "collected_at",
        "ready_at",
        "delivered_at",
        "ended_at",
    ]
    readonly_fields: ClassVar = ["carrier_name", "place"]
    inlines: ClassVar = [ParcelEventInline]
    actions: ClassVar = ["print_labels", "announce_selected", "ready_selected"]
    actions_detail: ClassVar = ["work_on"]

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

    # Who may move a parcel

    def has_move_permission(self, request: HttpRequest, *_args: Any) -> bool:
        """Whether this member of staff sends parcels out and hands them over."""
        return bool(request.user.has_perm("delivery.change_parcel"))

    def has_labels_permission(self, request: HttpRequest, *_args: Any) -> bool:
        """Labels show people, so they ask for the right to open values."""
        return self.has_move_permission(request) and bool(request.user.has_perm(OPEN))

    # Labels

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

    # Sending out

    @admin.action(description=_("Announce to the carrier"), permissions=["move"])
    def announce_selected(self, request: HttpRequest, queryset: "QuerySet[Parcel]") -> None:
        """The carrier fetches them."""
        self._each(request, queryset, services.ship)

    @admin.action(description=_("Ready for pick-up"), permissions=["move"])
    def ready_selected(self, request: HttpRequest, queryset: "QuerySet[Parcel]") -> None:
        """The goods wait at the store; their buyers are told."""
        self._each(request, queryset, services.mark_ready)

    @action(
        description=_("Send out, hand over or cancel"), url_path="work-on", permissions=["move"]
    )
    def work_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One page with what can be done with this parcel now."""
        return no_store(self._work_on)(request, object_id)

    def _work_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        parcel = self.get_object(request, object_id)
        if not isinstance(parcel, Parcel):
            raise Http404
        if not self.has_view_permission(request, parcel):
            raise PermissionDenied
        form = PickupCodeForm(request.POST if request.POST.get("step") == "hand_over" else None)
        if request.method == "POST" and self._step(request, parcel, form):
            return HttpResponseRedirect(request.path)
        parcel.refresh_from_db()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Parcel %(code)s") % {"code": parcel.code},
            "opts": self.opts,
            "parcel": parcel,
            "form": form,
            "steps": self._steps(parcel),
            "back": self._back(request, parcel),
        }
        return TemplateResponse(request, "delivery/staff/work_on.html", context)

    def _steps(self, parcel: Parcel) -> dict[str, bool]:
        """Which of the four steps make sense now."""
        state = parcel.state
        early = {ParcelState.PREPARED, ParcelState.READY}
        announced = {ParcelState.REQUESTED, ParcelState.ACCEPTED}
        return {
            "announce": state == ParcelState.PREPARED and not parcel.is_pickup,
            "ready": state == ParcelState.PREPARED and parcel.is_pickup,
            "hand_over": state == ParcelState.READY,
            "cancel": state in {*early, *announced} and parcel.cancel_requested_at is None,
        }

    def _step(self, request: HttpRequest, parcel: Parcel, form: PickupCodeForm) -> bool:
        """Take the step that was asked for; True when it was done."""
        actor, step = request.user, request.POST.get("step", "")
        try:
            if step == "announce":
                services.ship(parcel, actor)
            elif step == "ready":
                services.mark_ready(parcel, actor)
            elif step == "cancel":
                services.cancel(parcel, actor)
            elif step == "hand_over" and form.is_valid():
                services.hand_over(parcel, form.cleaned_data["code"], actor)
            else:
                return False
        except DeliveryError as refusal:
            if step == "hand_over":
                form.add_error("code", str(refusal))
                return False
            messages.error(request, str(refusal))
            return True
        messages.success(request, _("Done."))
        return True

    def _each(
        self,
        request: HttpRequest,
        queryset: "QuerySet[Parcel]",
        step: Callable[[Parcel, Any], object],
    ) -> None:
        """Take a step with each chosen parcel; one that refuses does not stop the others."""
        done, refused = 0, []
        for parcel in queryset.order_by("pk"):
            try:
                step(parcel, request.user)
            except DeliveryError:
                refused.append(parcel.code)
            else:
                done += 1
        if done:
            words = ngettext("%(count)s parcel: done.", "%(count)s parcels: done.", done)
            messages.success(request, words % {"count": done})
        if refused:
            sentence = _("Not possible for these parcels as they stand now: %(codes)s.")
            messages.warning(request, sentence % {"codes": ", ".join(refused)})


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
