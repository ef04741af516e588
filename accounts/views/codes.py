"""The page that asks for a code, whatever the code is for."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import proofs
from accounts.enums import IdentifierKind
from accounts.errors import TooMany
from accounts.forms import CodeForm
from accounts.messages import CODE
from accounts.models import User
from accounts.proofs import Proof, Purpose, Verdict
from accounts.services.identifiers import CHANNELS
from notices.services import send_to_address

ENDINGS = {
    Verdict.EXPIRED: gettext_lazy("This code was valid for ten minutes. Please ask for a new one."),
    Verdict.TOO_MANY: gettext_lazy("That was one wrong code too many. Please ask for a new one."),
    Verdict.USED: gettext_lazy("This code was used already. Please ask for a new one."),
    Verdict.NONE: gettext_lazy("There is no code to enter here. Please ask for a new one."),
}


@dataclass(frozen=True)
class CodePage:
    """What is particular about one use of a code."""

    purpose: Purpose
    title: str | Promise
    start: str
    """The address of the page on which the code is asked for."""
    again: Callable[[HttpRequest, Proof], Proof]
    """Asks for another code to the same address; raises `TooMany`."""
    proved: Callable[[HttpRequest, Proof], HttpResponse]
    maybe: bool = False
    """Whether the message went out only if there is an account."""
    layout: str = "layouts/plain.html"


def send_code(request: HttpRequest, proof: Proof, user: User | None = None) -> None:
    """Make the proof real and send its code."""
    proof.is_real = True
    proofs.keep(request, proof)
    send_to_address(
        CODE.code,
        channel=CHANNELS[proof.identifier_kind],
        address=proof.address,
        language=get_language() or settings.LANGUAGE_CODE,
        context={
            "code": proof.code,
            "minutes": int(settings.CODE_LIFETIME.total_seconds() // 60),
        },
        once=proof.name,
        subject=user.subject if user else None,
    )


def answer(request: HttpRequest, page: CodePage) -> HttpResponse:
    """Show the page, take a code, or send another one."""
    if request.method == "POST" and request.POST.get("action") == "again":
        return _again(request, page)
    if request.method == "POST":
        return _take(request, page)
    proof = proofs.pending(request, page.purpose)
    if proof is None or proof.is_over:
        verdict = Verdict.EXPIRED if proof else Verdict.NONE
        messages.info(request, ENDINGS[verdict])
        return redirect(page.start)
    return _show(request, page, proof, CodeForm())


def _take(request: HttpRequest, page: CodePage) -> HttpResponse:
    form = CodeForm(request.POST)
    waiting = proofs.pending(request, page.purpose)
    if not form.is_valid() and waiting is not None:
        return _show(request, page, waiting, form)
    verdict, proof = proofs.give(request, page.purpose, form.cleaned_data.get("code", ""))
    if verdict == Verdict.RIGHT and proof is not None:
        return page.proved(request, proof)
    if verdict == Verdict.WRONG and proof is not None:
        left = proof.tries_left
        sentence = ngettext(
            "This code is not right. Please use the newest message; %(count)d try is left.",
            "This code is not right. Please use the newest message; %(count)d tries are left.",
            left,
        ) % {"count": left}
        form.add_error("code", sentence)
        return _show(request, page, proof, form)
    messages.error(request, ENDINGS[verdict])
    return redirect(page.start)


def _again(request: HttpRequest, page: CodePage) -> HttpResponse:
    proof = proofs.pending(request, page.purpose)
    if proof is None:
        messages.info(request, ENDINGS[Verdict.NONE])
        return redirect(page.start)
    try:
        page.again(request, proof)
    except TooMany as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("We sent a new code. Older ones no longer work."))
    return redirect(request.path)


def _show(request: HttpRequest, page: CodePage, proof: Proof, form: CodeForm) -> HttpResponse:
    return render(
        request,
        "accounts/code.html",
        {
            "page": page,
            "form": form,
            "address": proof.address,
            "is_phone": proof.identifier_kind == IdentifierKind.PHONE,
            "minutes": int(settings.CODE_LIFETIME.total_seconds() // 60),
        },
    )
