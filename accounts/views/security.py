"""Sign-in and security: identifiers, password, second step, devices."""

import re

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import proofs, queries
from accounts.enums import IdentifierKind
from accounts.errors import ChangeOver, IdentifierTaken, TooMany
from accounts.forms import EmailForm, PasswordForm, PhoneForm
from accounts.fresh import fresh_required
from accounts.messages import ALREADY_HERE
from accounts.models import User
from accounts.proofs import Proof, Purpose
from accounts.services import devices, identifiers, passwords
from accounts.views.codes import CodePage, answer, send_code
from accounts.views.entering import find, tell
from common.http import no_store, safe_next_url

GET_POST = require_http_methods(["GET", "POST"])
KINDS = {"phone": IdentifierKind.PHONE, "email": IdentifierKind.EMAIL}
LAYOUT = "layouts/account.html"
DEVICE = re.compile(r"^[0-9]{1,18}$")


@require_GET
@login_required
@no_store
def security(request: HttpRequest) -> HttpResponse:
    """Everything that opens the account, in one place."""
    user = queries.me(request.user.pk)
    steps = Authenticator.objects.filter(user=user)
    has_step = any(step.type == Authenticator.Type.TOTP for step in steps)
    return render(
        request,
        "accounts/security.html",
        {
            "me": user,
            "phone": queries.verified_phone_of(user),
            "email": queries.verified_email_of(user),
            "has_password": user.has_usable_password(),
            "has_step": has_step,
            "recent": queries.recent_sign_ins(user),
        },
    )


# --- Password ---------------------------------------------------------------------------


@GET_POST
@login_required
@no_store
@sensitive_post_parameters("password")
@fresh_required
def password(request: HttpRequest) -> HttpResponse:
    """Choose a password; every other session ends."""
    user = request.user
    assert isinstance(user, User)
    form = PasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        session = request.session.session_key
        passwords.set_password(user, form.cleaned_data["password"], keep_session=session)
        update_session_auth_hash(request, user)
        UserSession.objects.filter(session_key=session).update(
            session_key=request.session.session_key
        )
        messages.success(
            request, _("Your new password holds. Everywhere else you were logged out.")
        )
        return redirect(safe_next_url(request, reverse("accounts:security")))
    return render(
        request,
        "accounts/password.html",
        {
            "form": form,
            "has_password": user.has_usable_password(),
            "next": safe_next_url(request, ""),
        },
    )


# --- Phone and e-mail -------------------------------------------------------------------


@GET_POST
@login_required
@no_store
@fresh_required
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Enter a new phone number or e-mail address."""
    user = request.user
    assert isinstance(user, User)
    if name not in KINDS:
        raise Http404
    kind = KINDS[name]
    current = identifiers.identifier_of(user, kind)
    form = (PhoneForm if kind == IdentifierKind.PHONE else EmailForm)(request.POST or None)
    next_url = safe_next_url(request, "")
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        if address == current:
            form.add_error("address", _("You sign in with this already."))
        else:
            try:
                _ask_change(request, user, kind, address, next_url)
            except TooMany as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("accounts:change_code", name=name)
    return render(
        request,
        "accounts/change.html",
        {"form": form, "name": name, "current": current, "next": next_url},
    )


def _ask_change(
    request: HttpRequest, user: User, kind: IdentifierKind, address: str, next_url: str
) -> Proof:
    """As at sign-up: the owner of a taken one is told, and the page is the same."""
    payload = {"user": user.pk, "next": next_url}
    proof = proofs.ask(request, Purpose.CHANGE, kind, address, payload=payload)
    owner = find(kind, address)
    if owner is None:
        send_code(request, proof, user)
    else:
        tell(ALREADY_HERE, proof, owner)
    return proof


@GET_POST
@login_required
@no_store
@fresh_required
def change_code(request: HttpRequest, name: str) -> HttpResponse:
    """Take the code that went to the new one."""
    user = request.user
    assert isinstance(user, User)
    if name not in KINDS:
        raise Http404
    start = reverse("accounts:change", args=[name])

    def proved(_request: HttpRequest, proof: Proof) -> HttpResponse:
        if proof.payload.get("user") != user.pk or proof.identifier_kind != KINDS[name]:
            return redirect(start)
        try:
            identifiers.change_identifier(user, proof.identifier_kind, proof.address)
        except IdentifierTaken:
            messages.error(request, _("Another account has this by now."))
            return redirect(start)
        messages.success(request, _("Done. From now on you sign in with it."))
        return redirect(proof.payload.get("next") or "accounts:security")

    return answer(
        request,
        CodePage(
            purpose=Purpose.CHANGE,
            title=_("Confirm that it is yours"),
            start=start,
            again=lambda again, proof: _ask_change(
                again,
                user,
                proof.identifier_kind,
                proof.address,
                proof.payload.get("next", ""),
            ),
            proved=proved,
            layout=LAYOUT,
        ),
    )


@GET_POST
@no_store
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link that the old identifier was sent: puts it back, signed in or not."""
    found = identifiers.change_of_token(token)
    if found is None:
        return render(request, "accounts/stop.html", {"state": "unknown"}, status=404)
    context = {
        "kind": found.kind,
        "old": identifiers.masked(IdentifierKind(found.kind), found.old_value or ""),
        "new": identifiers.masked(IdentifierKind(found.kind), found.new_value),
        "state": "ask",
    }
    if request.method == "POST":
        try:
            identifiers.stop_change(found)
        except ChangeOver as refusal:
            context["state"] = refusal.code
        else:
            context["state"] = "done"
    elif found.state != "DONE":
        context["state"] = "stopped"
    return render(request, "accounts/stop.html", context)


# --- Still you? -------------------------------------------------------------------------


@GET_POST
@login_required
@no_store
def fresh_code(request: HttpRequest) -> HttpResponse:
    """For those without a password: a code shows that it is still them."""
    user = request.user
    assert isinstance(user, User)
    next_url = safe_next_url(request, reverse("accounts:security"))
    known = {kind: identifiers.identifier_of(user, kind) for kind in IdentifierKind}
    if request.method == "POST":
        kind = IdentifierKind.EMAIL if request.POST.get("to") == "email" else IdentifierKind.PHONE
        address = known[kind]
        if address:
            try:
                _ask_fresh(request, user, kind, address, next_url)
            except TooMany as refusal:
                messages.warning(request, str(refusal))
            else:
                return redirect("accounts:fresh_confirm")
    return render(
        request,
        "accounts/fresh_code.html",
        {
            "phone": known[IdentifierKind.PHONE],
            "email": known[IdentifierKind.EMAIL],
            "has_password": user.has_usable_password(),
            "next": next_url,
        },
    )


def _ask_fresh(
    request: HttpRequest, user: User, kind: IdentifierKind, address: str, next_url: str
) -> Proof:
    payload = {"user": user.pk, "next": next_url}
    proof = proofs.ask(request, Purpose.FRESH, kind, address, payload=payload)
    send_code(request, proof, user)
    return proof


@GET_POST
@login_required
@no_store
def fresh_confirm(request: HttpRequest) -> HttpResponse:
    """Take the code and go back to where the question came up."""
    user = request.user
    assert isinstance(user, User)

    def proved(_request: HttpRequest, proof: Proof) -> HttpResponse:
        if proof.payload.get("user") != user.pk:
            return redirect("accounts:security")
        record_authentication(request, user, method="code", reauthenticated=True)
        return _resume(request, proof.payload["next"])

    return answer(
        request,
        CodePage(
            purpose=Purpose.FRESH,
            title=_("Show that it is still you"),
            start=reverse("accounts:fresh_code"),
            again=lambda again, proof: _ask_fresh(
                again, user, proof.identifier_kind, proof.address, proof.payload["next"]
            ),
            proved=proved,
            layout=LAYOUT,
        ),
    )


def _resume(request: HttpRequest, next_url: str) -> HttpResponse:
    """Carry out what was asked for when the question came up, or go there."""
    query = QueryDict(mutable=True)
    query["next"] = next_url
    request.GET = query  # type: ignore[assignment]
    response: HttpResponse = resume_request(request) or redirect(next_url)
    return response


# --- Devices ----------------------------------------------------------------------------


@require_GET
@login_required
@no_store
def device_list(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    found = queries.devices_of(request.user, current=request.session.session_key or "")
    return render(request, "accounts/devices.html", {"devices": found})


@require_POST
@login_required
def end_devices(request: HttpRequest) -> HttpResponse:
    """End one session, or all but this one."""
    user = request.user
    assert isinstance(user, User)
    chosen = request.POST.get("device", "")
    if chosen:
        ended = 0
        number = int(chosen) if DEVICE.match(chosen) else 0
        session = UserSession.objects.filter(user=user, pk=number)
        row = session.exclude(session_key=request.session.session_key).first()
        if row is None:
            raise Http404
        ended = int(devices.end_session(user, row.pk))
    else:
        ended = devices.end_sessions(user, but=request.session.session_key)
    if ended:
        messages.success(request, _("Logged out there."))
    else:
        messages.info(request, _("You are logged in nowhere else."))
    return redirect("accounts:devices")
