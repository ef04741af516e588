"""Checkout: one page, three calm sections, and who receives what."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Address
from accounts.queries import addresses_of, missing_for_trade
from accounts.services import add_address
from common.errors import RuleError
from common.http import no_store
from common.regions import describe
from orders import cart_cookie
from orders.errors import Changed, ConfirmExempt
from orders.forms import NEW, CheckoutForm, chosen_methods
from orders.models import Purchase
from orders.queries.bills import Bill, bill
from orders.queries.carts import PricedCart, priced_cart_of
from orders.queries.receivers import receivers
from orders.services.placing import payment_of, place
from orders.views.cart import SeeOther
from orders.views.person import person_of
from payments.errors import PaymentNotOpen
from payments.providers.registry import available_methods
from payments.services import redirect_to_partner


@require_http_methods(["GET", "POST"])
@login_required
@no_store
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the page, refresh it when the address or a method changes, or place the order."""
    if request.method == "GET":
        cart_cookie.merge_if_needed(request)
    missing = missing_for_trade(person_of(request))
    if missing:
        response = render(request, "orders/not_yet.html", {"missing": missing})
        cart_cookie.tidy(request, response)
        return response
    addresses = addresses_of(person_of(request))
    if request.method == "POST" and "refresh" not in request.POST:
        return _place(request, addresses)
    cart = priced_cart_of(request.user)
    if not cart.orderable_groups:
        return redirect("orders:cart")
    given = request.POST.dict() if request.method == "POST" else _first(addresses)
    response = _show(request, cart, addresses, given)
    cart_cookie.tidy(request, response)
    return response


def _first(addresses: list[Address]) -> dict[str, Any]:
    """What the page begins with: the default address and the first way of paying."""
    return {
        "address": addresses[0].code if addresses else NEW,
        "provider": available_methods()[0].code,
    }


def _bill(cart: PricedCart, addresses: list[Address], given: Mapping[str, Any]) -> Bill:
    saved = {address.code: address for address in addresses}.get(str(given.get("address")))
    province = saved.province if saved else str(given.get("province") or "")
    slugs = [group.store.slug for group in cart.orderable_groups]
    return bill(cart, methods=chosen_methods(given, slugs), province=province)


def _show(
    request: HttpRequest, cart: PricedCart, addresses: list[Address], given: Mapping[str, Any]
) -> HttpResponse:
    now = _bill(cart, addresses, given)
    form = CheckoutForm(bill=now, addresses=addresses, initial=_as_shown(given, now))
    part = bool(request.headers.get("HX-Request"))
    return _render(request, form, template="orders/_checkout.html" if part else "")


def _place(request: HttpRequest, addresses: list[Address]) -> HttpResponse:
    code = request.POST.get("cart", "")
    before = Purchase.objects.filter(buyer=person_of(request), cart__code=code).first()
    if before is not None:
        return _to_payment(before)
    given = request.POST.dict()
    cart = priced_cart_of(request.user)
    if not cart.orderable_groups:
        return redirect("orders:cart")
    now = _bill(cart, addresses, given)
    form = CheckoutForm(given, bill=now, addresses=addresses)
    if not form.is_valid():
        return _render(request, _again(form, now, given), errors=form, status=422)
    try:
        purchase = place(request.user, code, form.wishes())
    except ConfirmExempt as refusal:
        form.add_error("exempt_confirmed", str(refusal))
        return _render(request, _again(form, now, given), errors=form, status=422)
    except RuleError as refusal:
        changes = refusal.changes if isinstance(refusal, Changed) else [str(refusal)]
        return _come_back(request, addresses, given, changes)
    if form.cleaned_data["save_address"] and not form.uses_saved and now.needs_address:
        _keep_address(request, form)
    return _to_payment(purchase)


def _come_back(
    request: HttpRequest, addresses: list[Address], given: Mapping[str, Any], changes: list[str]
) -> HttpResponse:
    """The page once more, with what changed; what was typed is still there."""
    cart = priced_cart_of(request.user)
    if not cart.orderable_groups:
        return redirect("orders:cart")
    now = _bill(cart, addresses, given)
    form = CheckoutForm(bill=now, addresses=addresses, initial=_as_shown(given, now))
    return _render(request, form, changes=changes, status=409)


def _again(form: CheckoutForm, now: Bill, given: Mapping[str, Any]) -> CheckoutForm:
    """The same form with what it shows now written into it, errors kept."""
    form.data = {**given, **_as_shown(given, now)}
    return form


def _as_shown(given: Mapping[str, Any], now: Bill) -> dict[str, Any]:
    methods = {f"method_{one.group.store.slug}": one.method for one in now.stores}
    code = now.cart.cart.code if now.cart.cart else ""
    return {**given, **methods, "cart": code, "shown": now.shown}


def _keep_address(request: HttpRequest, form: CheckoutForm) -> None:
    """The order stands already: a full address book must not get in its way."""
    where = form.wishes().where
    try:
        add_address(
            person_of(request),
            recipient=where.recipient,
            phone=where.phone,
            province=where.province,
            city=where.city,
            district=where.district,
            street=where.street,
            postcode=where.postcode,
        )
    except RuleError as refusal:
        messages.warning(request, str(refusal))


def _to_payment(purchase: Purchase) -> HttpResponse:
    """On to the payment partner; to the purchase's page when there is nothing to pay (any more)."""
    payment = payment_of(purchase)
    if payment is not None:
        try:
            return SeeOther(redirect_to_partner(payment).url)
        except PaymentNotOpen:
            pass
    response = redirect("orders:purchase", code=purchase.code)
    response.status_code = 303
    return response


def _render(
    request: HttpRequest,
    form: CheckoutForm,
    *,
    changes: list[str] | None = None,
    errors: CheckoutForm | None = None,
    template: str = "",
    status: int = 200,
) -> HttpResponse:
    now = form.bill
    context = {
        "form": form,
        "bill": now,
        "stores": [
            {"bill": one, "field": form[f"method_{one.group.store.slug}"]} for one in now.stores
        ],
        "saved": [
            {
                "address": address,
                "place": describe(address.province, address.city, address.district),
                "chosen": form["address"].value() == code,
            }
            for code, address in form.saved.items()
        ],
        "new_chosen": not form.uses_saved,
        "changes": changes or [],
        "has_errors": errors is not None,
        "receivers": receivers(now),
    }
    return render(request, template or "orders/checkout.html", context, status=status)
