"""Two doors for the payer: out to the partner's page, and back from it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common.http import no_store
from payments import services
from payments.enums import PaymentState
from payments.errors import PartnerDown, PaymentNotOpen
from payments.models import Payment
from payments.providers.registry import provider_of
from payments.queries import payment_of

ASK_EVERY_SECONDS = 4
"""However often the page is looked at, the partner is asked no more often than this."""


class SeeOther(HttpResponseRedirect):
    """A redirect that is followed with GET, whatever the request was."""

    status_code = 303


@require_http_methods(["GET", "POST"])
@login_required
@no_store
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """Send the payer to the partner (POST). A GET, after signing in for example, shows where
    the payment stands."""
    payment = _own(request, code)
    if request.method != "POST":
        return redirect("payments:back", code=payment.code)
    try:
        target = services.redirect_to_partner(payment)
    except PaymentNotOpen as refusal:
        messages.warning(request, str(refusal))
        return SeeOther(payment.return_url)
    return SeeOther(target.url)


@require_safe
@login_required
@no_store
def back(request: HttpRequest, code: str) -> HttpResponse:
    """The payer is back: say how it stands, and lead on once it is clear.

    1. An address that the partner signed for this payment makes us ask at once.
    2. Otherwise, while the outcome is open, we ask every few seconds that somebody looks.
    3. Paid or closed: on to where the payment came from. Nobody is believed but the partner's
       own answer or notice; what stands in the address settles nothing.
    """
    payment = _own(request, code)
    partner_is_silent = False
    if payment.state == PaymentState.PENDING and _may_ask(request, payment):
        try:
            payment = services.sync(payment)
        except PartnerDown:
            partner_is_silent = True
    if payment.state in {PaymentState.PAID, PaymentState.CLOSED}:
        return redirect(payment.return_url)
    return render(request, "payments/back.html", _context(payment, silent=partner_is_silent))


def _may_ask(request: HttpRequest, payment: Payment) -> bool:
    """At once for a genuine return, else at the page's pace."""
    parameters = {name: request.GET[name] for name in request.GET}
    genuine = (
        parameters.get("out_trade_no") == payment.code
        and "sign" in parameters
        and provider_of(payment.provider).is_genuine_return(parameters)
    )
    fresh = cache.add(f"payments.asked:{payment.code}", 1, ASK_EVERY_SECONDS)
    stamp = f"payments.returned:{payment.code}:{parameters.get('sign', '')[:32]}"
    # A signed address asks at once, but only once: reloading it keeps to the pace.
    return fresh or (genuine and cache.add(stamp, 1, 3600))


def _context(payment: Payment, *, silent: bool) -> dict[str, Any]:
    expired = payment.expires_at is not None and payment.expires_at <= timezone.now()
    return {
        "payment": payment,
        "is_silent": silent,
        "is_waiting": payment.state == PaymentState.PENDING and payment.redirected_at is not None,
        "is_failed": payment.state == PaymentState.FAILED,
        "is_ending": payment.close_requested_at is not None,
        "may_pay": payment.is_open and not expired,
        "has_expired": expired,
    }


def _own(request: HttpRequest, code: str) -> Payment:
    """The payment of the person who is signed in; a stranger's does not exist."""
    assert request.user.is_authenticated
    payment = payment_of(request.user.subject, code)
    if payment is None:
        raise Http404
    return payment
