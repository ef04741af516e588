"""The stores' desk: the orders of one's own store, and what is to be done with them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.errors import RuleError
from common.http import no_store
from common.masking import mask_name, mask_phone
from common.paging import page_by_key
from common.regions import describe
from orders.enums import DeliveryState, EndReason, OrderState, ReturnState
from orders.forms import PickupForm, RefusalForm
from orders.models import Order, ReturnRequest
from orders.queries.orders import FILTERS, orders_of_stores, returns_of, store_order
from orders.services import delivering, ending, returning
from orders.views.cart import SeeOther
from orders.views.orders import row_of, shown_line, timeline_of
from privacy.fields import open_rows
from stores.models import StoreMember

PAGE_SIZE = 30
SHOWN = {
    "to_send": _("To send"),
    "under_way": _("On its way"),
    "delivered": _("Delivered"),
    "completed": _("Completed"),
    "ended": _("Cancelled"),
}


@require_safe
@login_required
@no_store
def orders(request: HttpRequest) -> HttpResponse:
    """The paid orders of the stores for which this person works."""
    if not StoreMember.objects.filter(user=request.user).exists():
        raise Http404
    state = request.GET.get("state", "to_send")
    rows = orders_of_stores(request.user).prefetch_related("lines")
    if state in FILTERS:
        rows = rows.filter(FILTERS[state])
    page = page_by_key(
        rows, order=("-placed_at", "-id"), after=request.GET.get("after"), size=PAGE_SIZE
    )
    context = {
        "page": page,
        "rows": [row_of(order) for order in page.rows],
        "filters": [
            {"name": name, "label": label, "current": name == state}
            for name, label in SHOWN.items()
        ],
    }
    return render(request, "orders/desk_list.html", context)


@require_safe
@login_required
@no_store
def order(request: HttpRequest, code: str) -> HttpResponse:
    """One order of the store: goods, a masked recipient, and the next step."""
    found = _own(request, code)
    open_rows([found])
    returns = returns_of(found)
    context = {
        "order": found,
        "row": row_of(found),
        "lines": [shown_line(line) for line in found.lines.order_by("pk")],
        "recipient": mask_name(found.recipient),
        "phone": mask_phone(found.phone),
        "place": describe(found.province, found.city, "") if found.province else "",
        "timeline": timeline_of(found, None),
        "may_pack": found.state == OrderState.CONFIRMED
        and found.method == "carrier"
        and found.delivery_state == DeliveryState.NOT_SHIPPED,
        "may_make_ready": found.state == OrderState.CONFIRMED
        and found.method == "pickup"
        and found.delivery_state == DeliveryState.NOT_SHIPPED,
        "may_hand_over": found.delivery_state == DeliveryState.READY
        and found.state == OrderState.CONFIRMED,
        "may_cancel": found.state == OrderState.CONFIRMED
        and found.delivery_state in {DeliveryState.NOT_SHIPPED, DeliveryState.READY},
        "returns": [
            {
                "row": one,
                "to_decide": one.state == ReturnState.REQUESTED,
                "to_receive": one.state in {ReturnState.APPROVED, ReturnState.SHIPPED_BACK},
            }
            for one in returns
        ],
        "pickup_form": PickupForm(),
        "refusal_form": RefusalForm(),
    }
    return render(request, "orders/desk_order.html", context)


@require_POST
@login_required
@no_store
def act(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Do the next step; a refusal is said on the order's page."""
    found = _own(request, code)
    deed = DEEDS.get(verb)
    if deed is None:
        raise Http404
    try:
        deed(request, found)
    except RuleError as refusal:
        messages.warning(request, str(refusal))
    return SeeOther(reverse("orders:desk_order", args=[found.code]))


def _own(request: HttpRequest, code: str) -> Order:
    found = store_order(request.user, code)
    if found is None:
        raise Http404
    return found


def _pack(request: HttpRequest, order: Order) -> None:
    delivering.pack(order, request.user)


def _make_ready(request: HttpRequest, order: Order) -> None:
    delivering.make_ready(order, request.user)


def _hand_over(request: HttpRequest, order: Order) -> None:
    delivering.hand_over(order, request.POST.get("code", ""), request.user)


def _cancel(request: HttpRequest, order: Order) -> None:
    ending.cancel(order, actor=request.user, reason=EndReason.STORE)


def _approve(request: HttpRequest, order: Order) -> None:
    returning.approve(_return(request, order), request.user)


def _refuse(request: HttpRequest, order: Order) -> None:
    form = RefusalForm(request.POST)
    if form.is_valid():
        returning.refuse(_return(request, order), form.cleaned_data["refusal"], request.user)


def _receive(request: HttpRequest, order: Order) -> None:
    row = _return(request, order)
    found = {line.line_id: line.quantity for line in row.lines.all()}
    returning.receive(row, found, request.user, restock="damaged" not in request.POST)


def _return(request: HttpRequest, order: Order) -> ReturnRequest:
    row = order.returns.filter(code=request.POST.get("return", "")).first()
    if row is None:
        raise Http404
    return row


DEEDS: dict[str, Callable[[HttpRequest, Order], Any]] = {
    "pack": _pack,
    "ready": _make_ready,
    "hand-over": _hand_over,
    "cancel": _cancel,
    "approve": _approve,
    "refuse": _refuse,
    "receive": _receive,
}
