"""Erasures for staff: the cases, how far each came, and what is kept of people who are gone."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from common.http import no_store
from common.read_only import ReadOnly
from privacy import recipients_told
from privacy.admin_runs import page_of
from privacy.enums import AccessReason
from privacy.erasure import opening
from privacy.erasure.enums import OPEN
from privacy.keyring.blocking import OPEN_BLOCKED
from privacy.models import ErasureCase
from privacy.runs.progress import name_of, progress_of

SEEN = "privacy.view_erasurecase"
A_DAY = timedelta(days=1)


def late() -> Any:
    """Cases that should have ended by now: a day after they began at the latest."""
    return ErasureCase.objects.filter(state__in=OPEN, latest_at__lt=timezone.now() - A_DAY)


class LateFilter(admin.SimpleListFilter):
    """What should have ended by now."""

    title = _("Late")
    parameter_name = "late"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> Any:
        """One choice."""
        return [("yes", _("Should have ended by now"))]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """The rows of the choice."""
        return queryset.filter(pk__in=late().values("pk")) if self.value() == "yes" else queryset


@admin.register(ErasureCase)
class ErasureCaseAdmin(ReadOnly, ModelAdmin):
    """Every case, to read; a row leads to the case's own page."""

    list_display: ClassVar = [
        "link",
        "scope",
        "part",
        "reason",
        "state",
        "asked_at",
        "erase_after",
        "latest_at",
        "finished_at",
    ]
    list_display_links: ClassVar = None
    list_filter: ClassVar = ["state", LateFilter, "scope", "reason", ("asked_at", RangeDateFilter)]
    list_filter_submit = True
    ordering: ClassVar = ["-asked_at", "-pk"]
    search_fields: ClassVar = ["=code", "=subject", "=receipt_code"]
    search_help_text = _("The whole number of a case or of a receipt")
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description=_("Number"), ordering="code")
    def link(self, row: ErasureCase) -> str:
        """The way to its page."""
        return format_html('<a href="{}">{}</a>', _page_of(row), row.code)

    def get_urls(self) -> list[URLPattern]:
        """The page of one case, and that on which kept data is opened."""
        view = self.admin_site.admin_view
        own = [
            path("blocked/", view(blocked_page), name="privacy_blocked"),
            path("code/<str:case>/", view(case_page), name="privacy_case_page"),
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
        """The case's own page says more than a form; nothing is changed here."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return redirect(_page_of(row))


def _page_of(case: ErasureCase) -> str:
    return reverse("admin:privacy_case_page", args=[case.code])


def _guard(request: HttpRequest, permission: str) -> Any:
    user: Any = request.user
    if not user.has_perm(permission):
        raise PermissionDenied
    request.current_app = admin.site.name
    return user


@no_store
@require_safe
def case_page(request: HttpRequest, case: str) -> HttpResponse:
    """How far a case came, what is left, and who outside was told."""
    _guard(request, SEEN)
    row = ErasureCase.objects.select_related("run").filter(code=case).first()
    if row is None:
        raise Http404
    context = {
        **admin.site.each_context(request),
        "title": _("Case of erasure"),
        "case": row,
        "is_late": row.is_open and row.latest_at < timezone.now() - A_DAY,
        "waits_for": row.waits_for.split(",") if row.waits_for else [],
        "progress": progress_of(row.run) if row.run else None,
        "run_url": page_of(row.run) if row.run else "",
        "numbers": [_number(key, count) for key, count in row.counters.items() if ":" in key],
        "notices": recipients_told.of_case(row.run.code) if row.run else [],
        "may_open": request.user.has_perm(OPEN_BLOCKED),
    }
    return TemplateResponse(request, "admin/privacy/case.html", context)


BECAME = {"erased": _("erased"), "kept": _("kept and closed"), "held": _("kept by a hold")}


def _number(key: str, count: int) -> tuple[Any, Any, int]:
    kind, _sign, name = key.partition(":")
    return name_of(name), BECAME.get(kind, kind), count


class BlockedForm(forms.Form):
    """Which kept data, and why it must be opened."""

    code = forms.CharField(
        label=_("Order number or case number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=AccessReason.choices)

    def clean_code(self) -> str:
        """As it stands on paper: in any case, with spaces around it."""
        return str(self.cleaned_data["code"]).strip().upper()


@no_store
@require_http_methods(["GET", "HEAD", "POST"])
def blocked_page(request: HttpRequest) -> HttpResponse:
    """Open what is kept of somebody who is gone, once, for a reason that is written down."""
    user = _guard(request, OPEN_BLOCKED)
    form = BlockedForm(request.POST or None)
    opened = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            opened = opening.open_by_code(
                given["code"], reason=AccessReason(given["reason"]), by=user
            )
        except opening.NothingBlocked:
            form.add_error(
                "code", _("Nothing closed has this number. What is not closed stands in its list.")
            )
    context = {
        **admin.site.each_context(request),
        "title": _("Kept of people who are gone"),
        "form": form,
        "opened": opened,
    }
    return TemplateResponse(request, "admin/privacy/blocked.html", context)
