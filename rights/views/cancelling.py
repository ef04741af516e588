"""Closing an account: what it means, the confirming click, taking it back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.fresh import fresh_required
from accounts.models import KeptIdentity, User
from common.http import no_store
from privacy.erasure import cases, planning, proof
from privacy.erasure.errors import ErasureError, TooLateToUndo
from rights import links, queries, receipts
from rights.services import secure

GET_POST = require_http_methods(["GET", "POST"])


@require_GET
@login_required
@no_store
def cancel(request: HttpRequest) -> HttpResponse:
    """What is lost, what stays and why, and what must be settled first."""
    return render(request, "rights/cancel.html", _plan(_user(request)))


@GET_POST
@login_required
@no_store
@fresh_required
def cancel_confirm(request: HttpRequest) -> HttpResponse:
    """The last question; on POST the account is hidden and everybody is logged out."""
    user = _user(request)
    if request.method == "POST":
        try:
            case = cases.open_case(
                user.subject, fingerprint=request.POST.get("plan", "")[:64], actor=user
            )
        except ErasureError as refusal:
            messages.warning(request, str(refusal))
            return redirect("rights:cancel")
        logout(request)
        return redirect("rights:cancelled", token=links.done_token(case))
    context = _plan(user)
    if context["plan"].must_do:
        return redirect("rights:cancel")
    return render(request, "rights/cancel_confirm.html", context)


@require_GET
@no_store
def cancelled(request: HttpRequest, token: str) -> HttpResponse:
    """What happens now, for somebody who is no longer signed in."""
    case = links.case_of_done(token)
    if case is None:
        return render(request, "rights/cancelled.html", {"case": None}, status=404)
    receipt = proof.receipt_of(case)
    context = {
        "case": case,
        "receipt": receipt,
        "receipt_url": receipts.address_of(receipt) if receipt else "",
    }
    return render(request, "rights/cancelled.html", context)


@GET_POST
@login_required
@no_store
def cancel_undo(request: HttpRequest) -> HttpResponse:
    """The only page that a hidden account opens: take it back, or leave it."""
    user = _user(request)
    case = cases.open_case_of(user.subject)
    if case is None:
        return redirect("accounts:me")
    if request.method == "POST":
        try:
            cases.undo(case, actor=user)
        except TooLateToUndo as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Your account is back, as it was."))
        return redirect("accounts:me")
    worked_here = KeptIdentity.objects.filter(subject=user.subject).exists()
    context = {"case": case, "worked_here": worked_here}
    return render(request, "rights/cancel_undo.html", context)


@GET_POST
@no_store
def cancel_stop(request: HttpRequest, token: str) -> HttpResponse:
    """From a link in a message: it was somebody else who wanted this."""
    case = links.case_of_stop(token)
    if case is None:
        return render(request, "rights/cancel_stop.html", {"state": "unknown"}, status=404)
    state = "ask"
    if request.method == "POST":
        try:
            cases.undo(case)
        except TooLateToUndo:
            state = "too_late"
        else:
            secure(case.subject)
            state = "done"
    elif not case.is_undoable:
        state = "too_late"
    return render(request, "rights/cancel_stop.html", {"state": state, "case": case})


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _plan(user: User) -> dict[str, Any]:
    plan = planning.plan_for(user.subject)
    return {
        "plan": plan,
        "must_do": queries.with_links(plan.must_do),
        "waits_for": queries.with_links(plan.waits_for),
        "returns": queries.running_returns(user),
    }
