"""Orders for operators: behind masks, with their timeline, moved by services only."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action

from accounts.queries import find_people
from common.errors import RuleError
from common.http import no_store
from common.money import format_money
from common.regions import describe
from delivery.queries import find_by_tracking_number
from orders.forms import PickupForm, RefundForm, RefusalForm
from orders.models import Order, OrderEvent, OrderLine, OrderRefund, ReturnRequest
from orders.queries.orders import orders_with_phone, orders_with_tail, returns_of, staff_steps
from orders.services import working
from privacy.staff import MaskedAdmin

TAIL_AND_DAY = re.compile(r"^(\d{4})[\s,]+(\d{4})-(\d{2})-(\d{2})$")


class ReadOnly:
    """Orders are written by services only."""

    def has_add_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        """Nobody rewrites a deal."""
        return False

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        """Records of trade stay as long as the law asks."""
        return False


class LineInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    """The goods as they were when they were bought."""

    model = OrderLine
    fields: ClassVar = ["sku", "name_en", "options_en", "quantity", "price", "refunded_quantity"]
    readonly_fields: ClassVar = ["price"]
    extra = 0
    hide_title = True
    verbose_name_plural = _("Goods")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OrderLine]":
        """With the order, which knows the currency."""
        lines: QuerySet[OrderLine] = super().get_queryset(request)
        return lines.select_related("order")

    @admin.display(description=_("Price of all"))
    def price(self, line: OrderLine) -> str:
        """In figures for people."""
        return format_money(line.total, line.order.currency)


class EventInline(ReadOnly, TabularInline):  # type: ignore[misc]
    """The timeline with source and time."""

    model = OrderEvent
    fields: ClassVar = ["happened_at", "kind", "source", "detail", "recorded_at"]
    readonly_fields = fields
    ordering: ClassVar = ["happened_at", "pk"]
    extra = 0
    hide_title = True
    verbose_name_plural = _("Timeline")


class RefundInline(ReadOnly, TabularInline):  # type: ignore[misc]
    """What went back, or is on its way."""

    model = OrderRefund
    fields: ClassVar = ["created_at", "sum", "reason", "state", "settled_at"]
    readonly_fields: ClassVar = ["sum"]
    extra = 0
    hide_title = True
    verbose_name_plural = _("Refunds")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OrderRefund]":
        """With the order, which knows the currency."""
        rows: QuerySet[OrderRefund] = super().get_queryset(request)
        return rows.select_related("order")

    @admin.display(description=_("Amount"))
    def sum(self, refund: OrderRefund) -> str:
        """In figures for people."""
        return format_money(refund.amount, refund.order.currency)


class NeedsALook(admin.SimpleListFilter):
    """What an operator must see to."""

    title = _("Needs a look")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Order]") -> "QuerySet[Order]":
        """Orders with something to see to."""
        return queryset.exclude(attention="") if self.value() == "yes" else queryset


@admin.register(Order)
class OrderAdmin(ReadOnly, MaskedAdmin):
    """Where orders stand. Recipients are masked; an order moves by its buttons only.

    Found by exact order number, tracking number, phone or e-mail of the buyer or recipient, and
    by the last four digits with the day (`8001 2026-11-24`).
    """

    exact_search = True
    list_select_related: ClassVar = ["store"]
    list_display: ClassVar = [
        "code",
        "store",
        "recipient",
        "state",
        "payment_state",
        "delivery_state",
        "sum",
        "attention",
        "placed_at",
    ]
    list_filter: ClassVar = [
        NeedsALook,
        "state",
        "payment_state",
        "delivery_state",
        "store",
        ("placed_at", RangeDateFilter),
    ]
    list_filter_submit = True
    ordering: ClassVar = ["-placed_at", "-pk"]
    fields: ClassVar = [
        "code",
        "together",
        "store",
        "state",
        "payment_state",
        "delivery_state",
        "end_reason",
        "attention",
        "method",
        "recipient",
        "phone",
        "place",
        "street",
        "remark",
        "delivery_wish",
        "sum",
        "placed_at",
        "paid_at",
        "shipped_at",
        "delivered_at",
        "completed_at",
        "ended_at",
        "exempt_confirmed_at",
    ]
    readonly_fields: ClassVar = ["sum", "place", "together"]
    inlines: ClassVar = [LineInline, RefundInline, EventInline]
    actions_detail: ClassVar = ["work_on"]
    never_masked: ClassVar = ("place",)

    @admin.display(description=_("Total"))
    def sum(self, order: Order) -> str:
        """In figures for people."""
        return format_money(order.total, order.currency)

    @admin.display(description=_("Region"))
    def place(self, order: Order) -> str:
        """Province, city and district."""
        return describe(order.province, order.city, order.district) or "-"

    @admin.display(description=_("Paid together as"))
    def together(self, order: Order) -> str:
        """The purchase's code."""
        return order.purchase.code

    def find(self, term: str) -> "QuerySet[Order]":
        """By exact code, tracking number, phone, e-mail, or last four digits and day."""
        text = term.strip()
        if match := TAIL_AND_DAY.match(text):
            return self._by_tail(match)
        parcels = find_by_tracking_number(text).values("reference")
        found = Q(code=text.upper()) | Q(purchase__code=text.upper()) | Q(code__in=parcels)
        found |= Q(pk__in=orders_with_phone(text).values("pk"))
        people = [person.pk for person in find_people(text)]
        if people:
            found |= Q(buyer__in=people)
        return Order.objects.filter(found)

    @staticmethod
    def _by_tail(match: "re.Match[str]") -> "QuerySet[Order]":
        digits, *day = match.groups()
        try:
            return orders_with_tail(digits, dt.date(*map(int, day)))
        except ValueError:
            return Order.objects.none()

    # What can be done

    def has_move_permission(self, request: HttpRequest, *_args: Any) -> bool:
        """Whether this member of staff works on orders."""
        return bool(request.user.has_perm("orders.change_order"))

    @action(
        description=_("Send, cancel, return or refund"), url_path="work-on", permissions=["move"]
    )
    def work_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One page with what can be done with this order now."""
        return no_store(self._work_on)(request, object_id)

    def _work_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self.get_object(request, object_id)
        if not isinstance(order, Order):
            raise Http404
        if not self.has_view_permission(request, order) or not self.has_move_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._step(request, order)
            return HttpResponseRedirect(request.path)
        lines = list(order.lines.order_by("pk"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Order %(code)s") % {"code": order.code},
            "opts": self.opts,
            "order": order,
            "steps": staff_steps(order),
            "returns": [
                (one, working.return_steps(one), RefusalForm(auto_id=f"id_{one.code}_%s"))
                for one in returns_of(order)
            ],
            "pickup_form": PickupForm(),
            "refund_form": RefundForm(lines=lines) if order.payment_state in REFUNDABLE else None,
            "back": self._back(request, order),
        }
        return TemplateResponse(request, "orders/staff/work_on.html", context)

    def _step(self, request: HttpRequest, order: Order) -> None:
        """Take the step that was asked for; a refusal is said, nothing is lost."""
        deed: Callable[..., object] | None = working.DEEDS.get(request.POST.get("step", ""))
        if deed is None:
            raise Http404
        try:
            deed(order, request.user, request.POST)
        except ReturnRequest.DoesNotExist:
            raise Http404 from None
        except RuleError as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Done."))


REFUNDABLE = ("paid", "partly_refunded")
