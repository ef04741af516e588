"""The stores' desk: the orders of one's own store, and what is to be done with them."""

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
from orders.forms import PickupForm, RefusalForm
from orders.models import Order, ReturnRequest
from orders.queries.orders import (
    FILTERS,
    orders_of_stores,
    returns_of,
    staff_steps,
    store_order,
)
from orders.services import working
from orders.views.cart import SeeOther
from orders.views.orders import row_of, shown_line, timeline_of
from orders.views.person import person_of
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
    if not StoreMember.objects.filter(user=person_of(request)).exists():
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
    context = {
        "order": found,
        "row": row_of(found),
        "lines": [shown_line(line) for line in found.lines.order_by("pk")],
        "recipient": mask_name(found.recipient),
        "phone": mask_phone(found.phone),
        "other_phone": mask_phone(found.other_phone) if found.other_phone else "",
        "place": describe(found.province, found.city, "") if found.province else "",
        "timeline": timeline_of(found, None),
        "steps": staff_steps(found),
        "returns": [{"row": one, "steps": working.return_steps(one)} for one in returns_of(found)],
        "pickup_form": PickupForm(),
        "refusal_form": RefusalForm(),
    }
    return render(request, "orders/desk_order.html", context)


@require_POST
@login_required
@no_store
def act(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Take the next step; a refusal is said on the order's page."""
    found = _own(request, code)
    if verb not in working.AT_THE_DESK:
        raise Http404
    try:
        working.DEEDS[verb](found, request.user, request.POST)
    except ReturnRequest.DoesNotExist:
        raise Http404 from None
    except RuleError as refusal:
        messages.warning(request, str(refusal))
    return SeeOther(reverse("orders:desk_order", args=[found.code]))


def _own(request: HttpRequest, code: str) -> Order:
    found = store_order(request.user, code)
    if found is None:
        raise Http404
    return found
