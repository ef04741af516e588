"""The cart: works for visitors without a session, without a token and without script."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from common.errors import RuleError
from common.http import no_store, safe_next_url, same_origin_required
from orders import cart_cookie
from orders.errors import CartFull, CartOrdered, UnknownGoods
from orders.forms import CartLineForm
from orders.models.carts import MOST_OF_ONE
from orders.queries.carts import priced
from orders.services import carts

PROBLEMS: dict[str, RuleError] = {
    error.code: error for error in (CartFull(), CartOrdered(), UnknownGoods())
}
"""Refusals that come along in the address, so that a visitor needs no session to read them."""


class SeeOther(HttpResponseRedirect):
    """Look there now, with GET."""

    status_code = 303


@require_safe
@no_store
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, what it costs now, and what changed."""
    response = _page(
        request,
        added=request.GET.get("added", ""),
        removed=request.GET.get("removed", ""),
        problem=request.GET.get("problem", ""),
    )
    cart_cookie.tidy(request, response)
    return response


@same_origin_required
@require_POST
@no_store
def add(request: HttpRequest) -> HttpResponse:
    """Put something in; the cookie is set now and not before."""
    form = CartLineForm(request.POST)
    if not form.is_valid():
        return _to_cart(problem="unknown_goods")
    mine, token = cart_cookie.cart_to_fill(request)
    try:
        carts.add(mine, form.cleaned_data["sku"], form.cleaned_data["quantity"] or 1)
    except RuleError as refusal:
        response: HttpResponse = _to_cart(problem=refusal.code)
    else:
        target = safe_next_url(request, "")
        response = SeeOther(target) if target else _to_cart(added=form.cleaned_data["sku"])
    if token:
        cart_cookie.remember(response, token)
    cart_cookie.tidy(request, response)
    return response


@same_origin_required
@require_POST
@no_store
def change(request: HttpRequest) -> HttpResponse:
    """Another quantity; nought removes the line."""
    form = CartLineForm(request.POST)
    mine = cart_cookie.current_cart(request)
    removed = ""
    if form.is_valid() and mine is not None:
        sku, quantity = form.cleaned_data["sku"], form.cleaned_data["quantity"]
        try:
            carts.set_quantity(mine, sku, quantity)
        except RuleError as refusal:
            return _to_cart(problem=refusal.code)
        removed = "" if quantity else sku
    return _answer(request, removed=removed)


@same_origin_required
@require_POST
@no_store
def remove(request: HttpRequest) -> HttpResponse:
    """Take a line out; the page offers to put it back."""
    sku = request.POST.get("sku", "")
    mine = cart_cookie.current_cart(request)
    if mine is not None:
        try:
            carts.remove(mine, sku)
        except RuleError as refusal:
            return _to_cart(problem=refusal.code)
    return _answer(request, removed=sku)


@same_origin_required
@require_POST
@no_store
def undo(request: HttpRequest) -> HttpResponse:
    """Put a removed line back."""
    mine = cart_cookie.current_cart(request)
    if mine is not None:
        try:
            carts.undo(mine, request.POST.get("sku", ""))
        except RuleError as refusal:
            return _to_cart(problem=refusal.code)
    return _answer(request)


@same_origin_required
@require_POST
@no_store
def noted(request: HttpRequest) -> HttpResponse:
    """The buyer has seen the new prices."""
    mine = cart_cookie.current_cart(request)
    if mine is not None:
        try:
            carts.take_note(mine)
        except RuleError as refusal:
            return _to_cart(problem=refusal.code)
    return _answer(request)


def _answer(request: HttpRequest, *, removed: str = "") -> HttpResponse:
    """The changed part for a page that asked for it, a redirect for all others."""
    if request.headers.get("HX-Request"):
        return _page(request, removed=removed, template="orders/_cart.html")
    return _to_cart(removed=removed)


def _to_cart(**said: str) -> SeeOther:
    query = urlencode({name: value for name, value in said.items() if value})
    address = reverse("orders:cart")
    return SeeOther(f"{address}?{query}" if query else address)


def _page(
    request: HttpRequest,
    *,
    added: str = "",
    removed: str = "",
    problem: str = "",
    template: str = "orders/cart.html",
) -> HttpResponse:
    now = priced(cart_cookie.current_cart(request))
    context = {
        "cart": now,
        "added": next((line for line in now.lines if line.sku == added), None),
        "removed": next((line for line in now.removed if line.sku == removed), None),
        "problem": PROBLEMS.get(problem),
        "most": MOST_OF_ONE,
    }
    return render(request, template, context)
