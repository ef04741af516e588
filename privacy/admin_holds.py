"""Holds for staff: one person places, another approves, either releases."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from unfold.admin import ModelAdmin

from common.http import no_store
from common.read_only import ReadOnly
from privacy.models import Hold
from privacy.models.retention import LONGEST_HOLD, UNAPPROVED_FOR
from privacy.registry import registry
from privacy.retention import holding
from privacy.retention.enums import HoldReason
from privacy.runs.progress import name_of

PLACE = "privacy.place_hold"
SEEN = "privacy.view_hold"


def waiting() -> "QuerySet[Hold]":
    """Holds that another person must approve."""
    return Hold.objects.in_force(timezone.now()).filter(approved_at__isnull=True)


class StandFilter(admin.SimpleListFilter):
    """Where a hold stands."""

    title = _("Stand")
    parameter_name = "stand"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> Any:
        """The choices."""
        return [
            ("waiting", _("Waits for approval")),
            ("force", _("In force")),
            ("ended", _("Ended")),
        ]

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Hold]") -> "QuerySet[Hold]":
        """The rows of the choice."""
        in_force = Hold.objects.in_force(timezone.now())
        if self.value() == "waiting":
            return queryset.filter(pk__in=waiting().values("pk"))
        if self.value() == "force":
            return queryset.filter(pk__in=in_force.values("pk"))
        if self.value() == "ended":
            return queryset.exclude(pk__in=in_force.values("pk"))
        return queryset


@admin.register(Hold)
class HoldAdmin(ReadOnly, ModelAdmin):
    """Every hold, to read; a row leads to the hold's own page."""

    list_display: ClassVar = ["placed_at", "table", "subject", "reason", "stand", "ends_at"]
    list_filter: ClassVar = [StandFilter, "reason"]
    ordering: ClassVar = ["-placed_at", "-pk"]
    search_fields: ClassVar = ["=subject"]
    search_help_text = _("The whole UUID of a person, as it stands in this list")
    list_per_page = 50
    change_list_template = "admin/privacy/holds.html"

    @admin.display(description=_("Table"), ordering="declaration")
    def table(self, row: Hold) -> "str | Promise":
        """Which table, in words."""
        return name_of(row.declaration) if row.declaration else _("Everything of the person")

    @admin.display(description=_("Stand"))
    def stand(self, row: Hold) -> "str | Promise":
        """Where it stands."""
        return stand_of(row)

    def get_urls(self) -> list[URLPattern]:
        """The page on which a hold is placed, and the decisions about one."""
        view = self.admin_site.admin_view
        own = [
            path("place/", view(place_page), name="privacy_hold_place"),
            path("<int:pk>/decide/", view(decide), name="privacy_hold_decide"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One hold, and what one may do about it."""
        row = self.get_object(request, object_id)
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        if row is None:
            raise Http404
        user: Any = request.user
        may = user.has_perm(PLACE) and row.released_at is None
        context = {
            **admin.site.each_context(request),
            "title": _("Hold"),
            "hold": row,
            "table": self.table(row),
            "stand": stand_of(row),
            "may_release": may and is_in_force(row),
            "may_approve": may and waits(row) and row.placed_by != user.subject,
            "is_own": row.placed_by == user.subject,
            "waits": waits(row),
            "week_ends": row.placed_at + UNAPPROVED_FOR,
        }
        return TemplateResponse(request, "admin/privacy/hold.html", context)


def is_in_force(row: Hold) -> bool:
    """Whether it stops removals now."""
    return Hold.objects.in_force(timezone.now()).filter(pk=row.pk).exists()


def waits(row: Hold) -> bool:
    """Whether it waits for the second person."""
    now = timezone.now()
    fresh = row.placed_at > now - UNAPPROVED_FOR and row.ends_at > now
    return row.approved_at is None and row.released_at is None and fresh


def stand_of(row: Hold) -> "str | Promise":
    """Where it stands, in words."""
    if row.released_at is not None:
        return _("Released")
    if waits(row):
        return _("Waits for approval")
    if row.ends_at <= timezone.now() or row.approved_at is None:
        return _("Ended")
    return _("In force")


class HoldForm(forms.Form):
    """What is kept, why, and for how long at most."""

    declaration = forms.ChoiceField(label=_("Table"), required=False, choices=())
    subject = forms.UUIDField(
        label=_("Person"),
        help_text=_("The UUID of the person, as it stands in the ledgers. Leave out for a table."),
        required=False,
        error_messages={"invalid": _("Copy the whole UUID, as 5f0c9a3e-….")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=HoldReason.choices)
    days = forms.IntegerField(
        label=_("Days until it ends by itself"),
        min_value=1,
        max_value=LONGEST_HOLD.days,
        initial=LONGEST_HOLD.days,
        error_messages={"required": _("Enter a number of days, 183 at most.")},
    )
    is_barred = forms.BooleanField(
        label=_("The law forbids to tell the person"),
        help_text=_("Only if an authority said so in writing. Otherwise the person sees it."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(one.label, f"{name_of(one.label)} ({one.label})") for one in _tables()]
        table = self.fields["declaration"]
        assert isinstance(table, forms.ChoiceField)
        table.choices = [
            ("", _("Everything of the person")),
            *sorted(names, key=lambda pair: pair[1]),
        ]

    def clean(self) -> dict[str, Any]:
        """A hold keeps something."""
        values = super().clean() or self.cleaned_data
        if not self.errors and not values.get("declaration") and not values.get("subject"):
            self.add_error("subject", _("Choose a table, or enter a person, or both."))
        return values


def _tables() -> list[Any]:
    return [one for one in registry.declarations() if one.rules and one.alias == "default"]


@no_store
@require_http_methods(["GET", "HEAD", "POST"])
def place_page(request: HttpRequest) -> HttpResponse:
    """Place a hold; it counts at once."""
    user: Any = request.user
    if not user.has_perm(PLACE):
        raise PermissionDenied
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        subject: UUID | None = said["subject"]
        try:
            hold = holding.place(
                actor=user,
                reason=HoldReason(said["reason"]),
                declaration=said["declaration"],
                subject=subject,
                days=said["days"],
                is_barred=said["is_barred"],
            )
        except holding.HoldRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("It holds from now on. Somebody else must approve it within seven days.")
            )
            return redirect("admin:privacy_hold_change", hold.pk)
    context = {**admin.site.each_context(request), "title": _("Place a hold"), "form": form}
    request.current_app = admin.site.name
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/privacy/hold_place.html", context, status=status)


@no_store
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve it, or release it."""
    user: Any = request.user
    if not user.has_perm(PLACE):
        raise PermissionDenied
    hold = Hold.objects.filter(pk=pk).first() if pk < 2**63 else None
    if hold is None:
        raise Http404
    try:
        if request.POST.get("step") == "approve":
            holding.approve(hold, actor=user)
            messages.success(request, _("The hold is approved."))
        elif request.POST.get("step") == "release":
            holding.release(hold, actor=user)
            messages.success(request, _("The hold is released. The clock has its way again."))
        else:
            messages.error(request, _("Nothing was decided: choose what to do."))
    except holding.HoldRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:privacy_hold_change", hold.pk)
