"""My Orders: look, pay, cancel, confirm receipt, send back."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import RuleError
from common.http import no_store
from common.regions import describe
from delivery.models import Parcel, ParcelEvent
from delivery.queries import parcel_for, pickup_code
from delivery.queries import timeline as parcel_timeline
from orders.enums import (
    DeliveryState,
    EventKind,
    OrderState,
    PaymentState,
    ReturnState,
)
from orders.forms import ReturnForm, TrackingForm
from orders.models import Order, OrderEvent, OrderLine, ReturnRequest
from orders.queries.orders import (
    FILTERS,
    order_of,
    order_page,
    possible_now,
    purchase_of,
    returnable,
    returns_of,
)
from orders.services import delivering, ending, returning
from orders.services.placing import payment_of
from orders.views.cart import SeeOther
from privacy.fields import open_rows

FILTER_LABELS: "dict[str, str | Promise]" = {
    "": gettext_lazy("All"),
    "unpaid": gettext_lazy("To pay"),
    "to_send": gettext_lazy("Being prepared"),
    "under_way": gettext_lazy("On its way"),
    "delivered": gettext_lazy("Delivered"),
    "completed": gettext_lazy("Completed"),
    "ended": gettext_lazy("Cancelled"),
}
assert set(FILTER_LABELS) == {"", *FILTERS}


@dataclass(frozen=True)
class Entry:
    """A line of the timeline component."""

    label: "str | Promise"
    at: datetime | None
    note: str
    state: str


@require_safe
@login_required
@no_store
def orders(request: HttpRequest) -> HttpResponse:
    """The person's orders, newest first, by state or by exact number."""
    state = request.GET.get("state", "")
    code = request.GET.get("code", "").strip()
    page = order_page(request.user, state=state, code=code, after=request.GET.get("after"))
    context = {
        "page": page,
        "rows": [row_of(order) for order in page.rows],
        "filters": [
            {"name": name, "label": label, "current": name == state}
            for name, label in FILTER_LABELS.items()
        ],
        "state": state,
        "code": code,
    }
    return render(request, "orders/list.html", context)


@require_safe
@login_required
@no_store
def order(request: HttpRequest, code: str) -> HttpResponse:
    """One order: its story, what can be done now, goods, money, recipient."""
    return _show(request, own(request, code))


@require_safe
@login_required
@no_store
def purchase(request: HttpRequest, code: str) -> HttpResponse:
    """What was bought together: thanks when it is paid, the way to pay while it is not."""
    found = purchase_of(request.user, code)
    if found is None:
        raise Http404
    bought = list(found.orders.prefetch_related("lines").order_by("pk"))
    payment = payment_of(found)
    context = {
        "purchase": found,
        "rows": [row_of(one) for one in bought],
        "payment": payment,
        "may_pay": payment is not None
        and payment.is_open
        and any(one.state == OrderState.PLACED for one in bought),
        "is_paid": all(one.payment_state != PaymentState.UNPAID for one in bought),
        "is_over": all(one.state in {OrderState.CANCELLED, OrderState.EXPIRED} for one in bought),
        "is_arriving": payment is not None
        and payment.paid_at is not None
        and found.finalised_at is None,
    }
    return render(request, "orders/purchase.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@no_store
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once what will be cancelled and what goes back, then do it."""
    found = own(request, code)
    if request.method == "POST":
        return _do(request, found, lambda: ending.cancel(found, actor=request.user))
    together = list(found.purchase.orders.order_by("pk"))
    context = {
        "order": found,
        "together": together if found.state == OrderState.PLACED and len(together) > 1 else [],
        "possible": possible_now(found, [], {}),
    }
    return render(request, "orders/cancel.html", context)


@require_POST
@login_required
@no_store
def received(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer has everything."""
    found = own(request, code)
    return _do(request, found, lambda: delivering.confirm_receipt(found, request.user))


@require_http_methods(["GET", "POST"])
@login_required
@no_store
def send_back(request: HttpRequest, code: str) -> HttpResponse:
    """Ask to send goods back, by line and quantity."""
    found = own(request, code)
    lines = list(found.lines.order_by("pk"))
    returns = returns_of(found)
    left = returnable(lines, returns)
    possible = possible_now(found, returns, left)
    form = ReturnForm(
        request.POST if request.method == "POST" else None, lines=lines, returnable=left
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            returning.request_return(
                found, form.quantities(), form.cleaned_data["reason"], request.user
            )
        except RuleError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("We have your request. The store answers soon."))
            return SeeOther(found.get_absolute_url())
    elif request.method == "POST":
        status = 422
    context = {
        "order": found,
        "form": form,
        "possible": possible,
        "exempt": [line for line in lines if line.no_return],
    }
    return render(request, "orders/return.html", context, status=status)


@require_POST
@login_required
@no_store
def sent_back(request: HttpRequest, code: str, return_code: str) -> HttpResponse:
    """The buyer gave the goods to a carrier."""
    found, row = _own_return(request, code, return_code)
    form = TrackingForm(request.POST)
    tracking = form.cleaned_data["tracking"] if form.is_valid() else ""
    return _do(request, found, lambda: returning.sent_back(row, tracking, request.user))


@require_POST
@login_required
@no_store
def keep_goods(request: HttpRequest, code: str, return_code: str) -> HttpResponse:
    """The buyer withdraws the return."""
    found, row = _own_return(request, code, return_code)
    return _do(request, found, lambda: returning.withdraw(row, request.user))


def own(request: HttpRequest, code: str) -> Order:
    """The person's own order; a stranger's does not exist."""
    found = order_of(request.user, code)
    if found is None:
        raise Http404
    return found


def _own_return(request: HttpRequest, code: str, return_code: str) -> tuple[Order, ReturnRequest]:
    found = own(request, code)
    row = found.returns.filter(code=return_code).first()
    if row is None:
        raise Http404
    return found, row


def _do(request: HttpRequest, order: Order, what: Any) -> HttpResponse:
    """Do it and show the order; a refusal is said there, nothing is lost."""
    try:
        what()
    except RuleError as refusal:
        messages.warning(request, str(refusal))
    return SeeOther(order.get_absolute_url())


# --- What a page shows -------------------------------------------------------------------


def row_of(order: Order) -> dict[str, Any]:
    """An order as lists show it. Its lines are there already."""
    return {
        "order": order,
        "lines": [shown_line(line) for line in order.lines.all()],
        "label": headline(order)[0],
        "kind": headline(order)[1],
    }


def shown_line(line: OrderLine) -> dict[str, Any]:
    """A line with the address of the picture that was shown when it was bought."""
    return {"line": line, "picture": default_storage.url(line.picture) if line.picture else ""}


def headline(order: Order) -> "tuple[str | Promise, str]":
    """The one thing that matters most about an order now, and its kind for the pill."""
    state, money = OrderState(order.state), PaymentState(order.payment_state)
    if state in {OrderState.CANCELLED, OrderState.EXPIRED}:
        if money in {PaymentState.PAID, PaymentState.PARTLY_REFUNDED}:
            return _("Cancelled, refund on its way"), "warning"
        if money == PaymentState.REFUNDED:
            return _("Cancelled and refunded"), "neutral"
        return state.label, "neutral"
    if state == OrderState.PLACED:
        return state.label, "warning"
    if state == OrderState.COMPLETED:
        return state.label, "good"
    kinds = {DeliveryState.DELIVERED: "good", DeliveryState.LOST: "danger"}
    delivery = DeliveryState(order.delivery_state)
    return delivery.label, kinds.get(delivery, "info")


def _show(request: HttpRequest, order: Order) -> HttpResponse:
    open_rows([order])
    lines = list(order.lines.order_by("pk"))
    returns = open_rows(returns_of(order))
    parcel = parcel_for(order.code)
    possible = possible_now(order, returns, returnable(lines, returns))
    context = {
        "order": order,
        "row": {"label": headline(order)[0], "kind": headline(order)[1]},
        "lines": [shown_line(line) for line in lines],
        "possible": possible,
        "payment": payment_of(order.purchase) if possible.pay else None,
        "timeline": timeline_of(order, parcel),
        "parcel": parcel,
        "pickup_code": pickup_code(parcel) if parcel else "",
        "place": describe(order.province, order.city, order.district) if order.province else "",
        "refunds": list(order.refunds.order_by("pk")),
        "returns": [
            {
                "row": one,
                "approved": one.state == ReturnState.APPROVED,
                "may_withdraw": one.state in {ReturnState.REQUESTED, ReturnState.APPROVED},
            }
            for one in returns
        ],
        "tracking_form": TrackingForm(),
    }
    return render(request, "orders/detail.html", context)


QUIET = {EventKind.CONFIRMED, EventKind.LOOKED_AT}
"""Lines that only staff need."""


def timeline_of(order: Order, parcel: Parcel | None) -> list[Entry]:
    """The order's story with source and time, the parcel's stations in between, then what comes."""
    events = [event for event in order.events.all() if event.kind not in QUIET]
    known = {event.get_kind_display() for event in events}
    told = [
        (_moment(event), Entry(event.get_kind_display(), event.happened_at, _source(event), "done"))
        for event in events
    ]
    if parcel is not None:
        told += [
            (
                _moment(event),
                Entry(
                    event.get_kind_display(),
                    event.happened_at,
                    event.place or _source(event),
                    "done",
                ),
            )
            for event in parcel_timeline(parcel)
            if event.get_kind_display() not in known and event.kind != "opened"
        ]
    told.sort(key=itemgetter(0))
    return [entry for _when, entry in told] + [
        Entry(label, None, "", state) for label, state in _ahead(order)
    ]


def _moment(event: OrderEvent | ParcelEvent) -> tuple[datetime, datetime]:
    """Partners tell the time in whole seconds by a clock of their own: within a minute, what was
    written first happened first."""
    return event.happened_at.replace(second=0, microsecond=0), event.recorded_at


def _source(event: OrderEvent | ParcelEvent) -> str:
    return str(event.get_source_display())


def _ahead(order: Order) -> "list[tuple[str | Promise, str]]":
    """What comes next; the first of it is what everybody waits for now."""
    if order.state not in {OrderState.PLACED, OrderState.CONFIRMED}:
        return []
    pickup = order.method == "pickup"
    steps: list[tuple[bool, str | Promise]] = [
        (order.payment_state == PaymentState.UNPAID, _("Payment")),
        (
            order.delivery_state == DeliveryState.NOT_SHIPPED,
            _("The store prepares it"),
        ),
        (
            order.delivery_state in {DeliveryState.NOT_SHIPPED, DeliveryState.PACKED},
            _("Ready for pick-up") if pickup else _("On its way"),
        ),
        (
            order.delivery_state not in {DeliveryState.DELIVERED, DeliveryState.RETURNED},
            _("Picked up") if pickup else _("Delivered"),
        ),
        (True, _("Completed")),
    ]
    if order.delivery_state in {DeliveryState.LOST, DeliveryState.RETURNED}:
        steps = [(True, _("We settle it and tell you"))]
    left = [label for is_ahead, label in steps if is_ahead]
    return [(label, "now" if number == 0 else "ahead") for number, label in enumerate(left)]
