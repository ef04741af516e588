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
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts.queries import find_people
from common.errors import RuleError
from common.http import no_store
from common.money import format_money
from common.read_only import ReadOnly
from common.regions import describe
from delivery.origins import worked_on_at
from delivery.queries import find_by_tracking_number, parcel_for
from orders.admin_confirm import confirmation_of
from orders.forms import PickupForm, RefundForm, RefusalForm
from orders.models import Order, ReturnRequest
from orders.queries.orders import orders_with_phone, orders_with_tail, returns_of, staff_steps
from orders.queries.story import WORDS, story_of
from orders.queries.todo import ORDERS_TO_DO
from orders.services import working
from orders.views.orders import headline
from payments.queries import payment_for
from privacy.fields import open_rows
from privacy.staff import MaskedAdmin, masked

REFUNDABLE = ("paid", "partly_refunded")
MOST_AT_ONCE = 200
TAIL_AND_DAY = re.compile(r"^(\d{4})[\s,]+(\d{4})-(\d{2})-(\d{2})$")


TO_DO: "dict[str, Any]" = {
    "to_send": _("To send"),
    "to_prepare": _("To prepare for pick-up"),
    "to_hand_over": _("Waiting to be picked up"),
    "sold_out": _("Paid but sold out, or too late"),
    "on_the_way": _("Parcel lost or sent back"),
    "refunds": _("Refund failed or due"),
}
assert set(TO_DO) == set(ORDERS_TO_DO)


class ToDo(admin.SimpleListFilter):
    """What waits for whom; the start page links here."""

    title = _("To do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The kinds of work, the most frequent first."""
        return list(TO_DO.items())

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Order]") -> "QuerySet[Order]":
        """Orders that wait for this."""
        return queryset.filter(ORDERS_TO_DO.get(self.value() or "", Q()))


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
        "stands",
        "payment_state",
        "sum",
        "needs",
        "placed_at",
    ]
    list_filter: ClassVar = [
        ToDo,
        "state",
        "payment_state",
        "delivery_state",
        "store",
        ("placed_at", RangeDateFilter),
    ]
    list_filter_submit = True
    ordering: ClassVar = ["-placed_at", "-pk"]
    actions: ClassVar = ["send_selected", "ready_selected"]

    @display(
        description=_("State"),
        label={
            "good": "success",
            "danger": "danger",
            "warning": "warning",
            "info": "info",
            "neutral": "primary",
        },
    )
    def stands(self, order: Order) -> tuple[str, Any]:
        """The one thing that matters most about it now."""
        label, kind = headline(order)
        return kind, label

    @admin.display(description=_("Needs a look"), ordering="attention_at")
    def needs(self, order: Order) -> str:
        """What an operator must see to."""
        return order.get_attention_display() if order.attention else "—"

    @admin.display(description=_("Total"))
    def sum(self, order: Order) -> str:
        """In figures for people."""
        return format_money(order.total, order.currency)

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

    def get_urls(self) -> list[URLPattern]:
        """The page on which steps are taken."""
        own = [
            path(
                "<path:object_id>/work-on/",
                self.admin_site.admin_view(self.work_on),
                name="orders_order_work_on",
            )
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One order: what can be done now, and its whole story. Nothing is written here."""
        return no_store(self._show)(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Its history is its story."""
        return HttpResponseRedirect(self._back(request, self._order(request, object_id)) + "#story")

    def work_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a step; ask first where it cannot be taken back."""
        return no_store(self._work_on)(request, object_id)

    def _order(self, request: HttpRequest, object_id: str) -> Order:
        order = self.get_object(request, object_id)
        if not isinstance(order, Order):
            raise Http404
        if not self.has_view_permission(request, order):
            raise PermissionDenied
        return order

    def _show(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self._order(request, object_id)
        if request.method == "POST":
            raise PermissionDenied
        return TemplateResponse(
            request, "orders/staff/order.html", {**self._about(request, order), "shows": "all"}
        )

    def _work_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self._order(request, object_id)
        if not self.has_move_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._step(request, order)
            return HttpResponseRedirect(self._back(request, order))
        if "confirm" in request.GET:
            return self._ask(request, order)
        return TemplateResponse(request, "orders/staff/order.html", self._about(request, order))

    def _ask(self, request: HttpRequest, order: Order) -> HttpResponse:
        try:
            asked = confirmation_of(order, request.GET["confirm"], request.GET)
        except RuleError as refusal:
            messages.warning(request, str(refusal))
            return HttpResponseRedirect(self._back(request, order))
        except ReturnRequest.DoesNotExist:
            raise Http404 from None
        if asked is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": asked.question,
            "opts": self.opts,
            "order": order,
            "asked": asked,
            "back": self._back(request, order),
        }
        return TemplateResponse(request, "orders/staff/confirm.html", context)

    def _about(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """What the page shows, by what this member of staff may see."""
        user: Any = request.user
        (order,) = open_rows([order])
        lines = list(order.lines.order_by("pk"))
        may_move = self.has_move_permission(request)
        parcel, payment = parcel_for(order.code), payment_for(order.purchase.reference)
        label, kind = headline(order)
        return {
            **self.admin_site.each_context(request),
            "title": _("Order %(code)s") % {"code": order.code},
            "opts": self.opts,
            "original": order,
            "order": order,
            "end_reason": WORDS.get(order.end_reason, ""),
            "headline": {"label": label, "kind": kind},
            "together": list(order.purchase.orders.exclude(pk=order.pk).order_by("pk")),
            "lines": lines,
            "recipient": self._recipient(request, order),
            "place": describe(order.province, order.city, order.district),
            "parcel": parcel if user.has_perm("delivery.view_parcel") else None,
            "payment": payment if user.has_perm("payments.view_payment") else None,
            "buyer": order.buyer if user.has_perm("accounts.view_user") else None,
            "refunds": list(order.refunds.order_by("pk")),
            "story": story_of(
                order,
                payment=payment if user.has_perm("payments.view_payment") else None,
                parcel=parcel if user.has_perm("delivery.view_parcel") else None,
                with_messages=user.has_perm("notices.view_message"),
            ),
            "may_move": may_move,
            "steps": staff_steps(order) if may_move else {},
            "returns": [
                (
                    one,
                    WORDS[one.reason],
                    working.return_steps(one),
                    RefusalForm(auto_id=f"id_{one.code}_%s"),
                )
                for one in returns_of(order)
            ],
            "pickup_form": PickupForm(),
            "refund_form": RefundForm(lines=lines) if order.payment_state in REFUNDABLE else None,
        }

    def _recipient(self, request: HttpRequest, order: Order) -> list[dict[str, str]]:
        """Each value masked, with the way to open it for those who may."""
        may_open = self.may_open(request, order)
        labels: dict[str, Any] = {
            "recipient": _("Recipient"),
            "phone": _("Phone number"),
            "other_phone": _("Another contact phone"),
            "street": _("Street"),
            "remark": _("The buyer's remark"),
        }
        return [
            {
                "label": str(label),
                "mask": masked(order, name),
                "url": self._address(order, name) if may_open else "",
            }
            for name, label in labels.items()
            if getattr(order, name)
        ]

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

    # Many at once

    @admin.action(description=_("Packed: call the carrier"), permissions=["move"])
    def send_selected(
        self, request: HttpRequest, queryset: "QuerySet[Order]"
    ) -> HttpResponse | None:
        """Shows first which will be sent and which cannot."""
        return self._many(request, queryset, "pack")

    @admin.action(description=_("Ready for pick-up"), permissions=["move"])
    def ready_selected(
        self, request: HttpRequest, queryset: "QuerySet[Order]"
    ) -> HttpResponse | None:
        """Shows first which are ready and which cannot be."""
        return self._many(request, queryset, "ready")

    def _many(
        self, request: HttpRequest, queryset: "QuerySet[Order]", step: str
    ) -> HttpResponse | None:
        orders = list(queryset.select_related("store").order_by("pk")[:MOST_AT_ONCE])
        possible = [order for order in orders if staff_steps(order)[step]]
        if "confirmed" not in request.POST:
            return self._preview(request, step, possible, orders)
        done, refused = 0, []
        for order in possible:
            try:
                working.DEEDS[step](order, request.user, {})
            except RuleError:
                refused.append(order.code)
            else:
                done += 1
        if done:
            words = ngettext("%(count)s order: done.", "%(count)s orders: done.", done)
            messages.success(request, words % {"count": done})
        if refused:
            sentence = _("Not possible for these as they stand now: %(codes)s.")
            messages.warning(request, sentence % {"codes": ", ".join(refused)})
        return None

    def _preview(
        self, request: HttpRequest, step: str, possible: list[Order], orders: list[Order]
    ) -> HttpResponse:
        packs = step == "pack"
        context = {
            **self.admin_site.each_context(request),
            "title": _("Call the carrier for these?") if packs else _("Are these ready?"),
            "opts": self.opts,
            "action": "send_selected" if packs else "ready_selected",
            "button": _("Call the carrier") if packs else _("They are ready: tell the buyers"),
            "possible": possible,
            "others": [order for order in orders if order not in possible],
            "back": reverse("admin:orders_order_changelist"),
        }
        return TemplateResponse(request, "orders/staff/many.html", context)


@worked_on_at
def page_of_order(reference: str) -> str:
    """A parcel's reference is its order's number."""
    found = Order.objects.filter(code=reference).values_list("pk", flat=True).first()
    return reverse("admin:orders_order_change", args=[found]) if found else ""
