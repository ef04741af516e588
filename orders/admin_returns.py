"""Returns and the ledger of money, to read: returns move on their order's page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from common.money import format_money
from common.read_only import ReadOnly
from orders.models import LedgerEntry, ReturnRequest
from orders.queries.todo import RETURNS_TO_DO
from privacy.staff import MaskedAdmin

RETURNS: "dict[str, Any]" = {"to_decide": _("To decide"), "to_receive": _("To receive")}
assert set(RETURNS) == set(RETURNS_TO_DO)


class ToDo(admin.SimpleListFilter):
    """What waits for staff; the start page links here."""

    title = _("To do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """To decide, to receive."""
        return list(RETURNS.items())

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[ReturnRequest]"
    ) -> "QuerySet[ReturnRequest]":
        """Returns that wait for this."""
        return queryset.filter(RETURNS_TO_DO.get(self.value() or "", Q()))


@admin.register(ReturnRequest)
class ReturnRequestAdmin(ReadOnly, MaskedAdmin):
    """Returns, the newest first. Each leads to its order, where it is decided."""

    exact_search = True
    list_display: ClassVar = ["code", "of_order", "store", "state", "reason", "requested_at"]
    list_display_links: ClassVar = ["code"]
    list_filter: ClassVar = [ToDo, "state", "reason", "order__store"]
    list_select_related: ClassVar = ["order__store"]
    ordering: ClassVar = ["-requested_at", "-pk"]

    @admin.display(description=_("Order"))
    def of_order(self, row: ReturnRequest) -> str:
        """Its code, leading to it."""
        return format_html('<a href="{}">{}</a>', _page_of(row), row.order.code)

    @admin.display(description=_("Store"))
    def store(self, row: ReturnRequest) -> str:
        """Who gets the goods back."""
        return row.order.store.name

    def find(self, term: str) -> "QuerySet[ReturnRequest]":
        """By its own code or its order's."""
        text = term.strip().upper()
        return ReturnRequest.objects.filter(Q(code=text) | Q(order__code=text))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """To its order, for those who see orders."""
        row = self.get_object(request, object_id)
        if row is None or request.method == "POST" or not self.has_view_permission(request, row):
            refused: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return refused
        return HttpResponseRedirect(f"{_page_of(row)}#return-{row.code}")


def _page_of(row: ReturnRequest) -> str:
    return reverse("admin:orders_order_change", args=[row.order_id])


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, ModelAdmin):
    """Money that came in and went back, by order code; names nobody and is never changed."""

    list_display: ClassVar = ["recorded_at", "order_code", "kind", "sum", "tax", "rate"]
    list_filter: ClassVar = ["kind", ("recorded_at", RangeDateFilter)]
    list_filter_submit = True
    search_fields: ClassVar = ["=order_code"]
    search_help_text = _("The whole number of an order")
    ordering: ClassVar = ["-recorded_at", "-pk"]
    show_full_result_count = False
    list_per_page = 50
    fields: ClassVar = ["recorded_at", "order_code", "kind", "sum", "tax", "rate"]
    readonly_fields: ClassVar = ["sum", "tax", "rate"]

    @admin.display(description=_("Amount"), ordering="amount")
    def sum(self, entry: LedgerEntry) -> str:
        """Below zero when it went back."""
        return format_money(entry.amount, entry.currency)

    @admin.display(description=_("Tax within"))
    def tax(self, entry: LedgerEntry) -> str:
        """The part that is tax."""
        return format_money(entry.tax_part, entry.currency)

    @admin.display(description=_("Tax rate"))
    def rate(self, entry: LedgerEntry) -> str:
        """In percent."""
        return f"{entry.tax_rate_bp / 100:g} %"
