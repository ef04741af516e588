"""Sign-up, login by code, and the second proof for an old number."""

from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import proofs
from accounts.enums import IdentifierKind
from accounts.errors import IdentifierTaken, TooMany
from accounts.forms import CurrentPasswordForm, IdentifierForm, SignUpForm
from accounts.messages import ALREADY_HERE, NOT_HERE
from accounts.models import Phone, User
from accounts.proofs import Proof, Purpose
from accounts.queries import user_by_email, user_by_phone, verified_email_of
from accounts.services.identifiers import CHANNELS, kinds_that_unfreeze, unfreeze
from accounts.services.joining import SignUp, join
from accounts.stages import STALE, SecondProofStage
from accounts.views.codes import CodePage, answer, send_code
from common.http import no_store, safe_next_url
from notices.kinds import Kind
from notices.services import send_to_address

GET_POST = require_http_methods(["GET", "POST"])


# --- Sign-up ----------------------------------------------------------------------------


@login_not_required
@GET_POST
@no_store
@sensitive_post_parameters("password")
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for the little that an account needs, and send a code. Nothing is stored before it."""
    next_url = safe_next_url(request, "")
    if request.user.is_authenticated:
        return redirect(next_url or "accounts:me")
    form = SignUpForm(request.POST or None)
    if request.method == "POST":
        is_valid = form.is_valid()
        if form.is_too_young:
            return render(request, "accounts/too_young.html")
        if is_valid:
            kind, address = form.cleaned_data["login"]
            waiting = form.sign_up(next_url)
            try:
                _ask_sign_up(request, kind, address, waiting.as_payload())
            except TooMany as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("accounts:sign_up_code")
    return render(request, "account/signup.html", {"form": form, "next": next_url})


def _ask_sign_up(
    request: HttpRequest, kind: IdentifierKind, address: str, payload: dict[str, Any]
) -> Proof:
    """A free identifier gets a code; the owner of a taken one is told. The page is the same."""
    proof = proofs.ask(request, Purpose.SIGN_UP, kind, address, payload=payload)
    owner = find(kind, address)
    if owner is None:
        send_code(request, proof)
    else:
        tell(ALREADY_HERE, proof, owner)
    return proof


@login_not_required
@GET_POST
@no_store
def sign_up_code(request: HttpRequest) -> HttpResponse:
    """Take the code, make the account, sign in."""
    return answer(
        request,
        CodePage(
            purpose=Purpose.SIGN_UP,
            title=_("Confirm that it is yours"),
            start=reverse("account_signup"),
            again=lambda again, proof: _ask_sign_up(
                again, proof.identifier_kind, proof.address, proof.payload
            ),
            proved=_signed_up,
        ),
    )


def _signed_up(request: HttpRequest, proof: Proof) -> HttpResponse:
    waiting = SignUp(**proof.payload)
    try:
        user = join(waiting, proof.identifier_kind, proof.address)
    except IdentifierTaken:
        messages.info(request, _("There is an account with this already. Please log in."))
        return redirect("account_request_login_code")
    record_authentication(request, user, method="code", kind=proof.kind)
    if waiting.member_name and not user.member_name:
        messages.warning(request, _("Somebody was faster with this name. Choose another one here."))
    login = Login(user=user, signup=True, redirect_url=waiting.next_url or welcome_url(user))
    response: HttpResponse = perform_login(request, login)
    return response


def welcome_url(user: User) -> str:
    """Where a new account begins: with what it lacks, or with its own page."""
    complete = user.member_name and hasattr(user, "phone")
    return reverse("accounts:me" if complete or not user.is_adult else "accounts:member")


@login_not_required
@require_GET
def disagree(request: HttpRequest) -> HttpResponse:
    """Somebody does not agree. Nothing is stored; here is whom to ask."""
    return render(request, "accounts/disagree.html")


# --- Login by code ----------------------------------------------------------------------


@login_not_required
@GET_POST
@no_store
def request_code(request: HttpRequest) -> HttpResponse:
    """Ask where to send a code."""
    next_url = safe_next_url(request, "")
    if request.user.is_authenticated:
        return redirect(next_url or "accounts:me")
    form = IdentifierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind, address = form.cleaned_data["login"]
        try:
            _ask_log_in(request, kind, address, {"next": next_url})
        except TooMany as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("account_confirm_login_code")
    return render(request, "account/request_login_code.html", {"form": form, "next": next_url})


def _ask_log_in(
    request: HttpRequest, kind: IdentifierKind, address: str, payload: dict[str, Any]
) -> Proof:
    proof = proofs.ask(request, Purpose.LOG_IN, kind, address, payload=payload)
    user = find(kind, address)
    if user is not None and may_use_code(user, kind):
        proof.payload["user"] = user.pk
        send_code(request, proof, user)
    elif kind == IdentifierKind.EMAIL and user is None:
        tell(NOT_HERE, proof, None)
    return proof


@login_not_required
@GET_POST
@no_store
def confirm_code(request: HttpRequest) -> HttpResponse:
    """Take the code and sign in."""
    return answer(
        request,
        CodePage(
            purpose=Purpose.LOG_IN,
            title=_("Enter the code"),
            start=reverse("account_request_login_code"),
            again=lambda again, proof: _ask_log_in(
                again,
                proof.identifier_kind,
                proof.address,
                {"next": proof.payload.get("next", "")},
            ),
            proved=_logged_in,
            maybe=True,
        ),
    )


def _logged_in(request: HttpRequest, proof: Proof) -> HttpResponse:
    kind = proof.identifier_kind
    user = find(kind, proof.address)
    # Whose it is may have changed since the code was sent.
    if user is None or user.pk != proof.payload.get("user") or not may_use_code(user, kind):
        messages.error(request, _("This no longer opens an account. Please log in again."))
        return redirect("account_login")
    if user.is_frozen:
        unfreeze(user)
        messages.success(
            request, _("Your account is open again. Please choose a new password below.")
        )
        proof.payload["next"] = reverse("accounts:password")
    record_authentication(request, user, method="code", kind=kind.value)
    login = Login(user=user, redirect_url=proof.payload.get("next") or None)
    login.state[STALE] = kind == IdentifierKind.PHONE and is_stale(user)
    response: HttpResponse = perform_login(request, login)
    return response


def find(kind: IdentifierKind, address: str) -> User | None:
    """Whose identifier it is."""
    return user_by_phone(address) if kind == IdentifierKind.PHONE else user_by_email(address)


def may_use_code(user: User, kind: IdentifierKind) -> bool:
    """Whether a code to this identifier opens the account."""
    return user.is_active and (not user.is_frozen or kind in kinds_that_unfreeze(user))


def is_stale(user: User) -> bool:
    """Whether the number was not used for so long that it may be somebody else's by now."""
    row = Phone.objects.filter(user=user).first()
    if row is None or row.proved_at is None:
        return True
    return timezone.now() - row.proved_at > settings.PHONE_TRUSTED_FOR


def tell(kind: Kind, proof: Proof, owner: User | None) -> None:
    """Tell an address something other than a code."""
    send_to_address(
        kind.code,
        channel=CHANNELS[proof.identifier_kind],
        address=proof.address,
        language=owner.language if owner else (get_language() or settings.LANGUAGE_CODE),
        context={},
        once=proof.name,
        subject=owner.subject if owner else None,
    )


# --- A second proof ---------------------------------------------------------------------


@login_not_required
@GET_POST
@no_store
@sensitive_post_parameters("password")
@login_stage_required(stage=SecondProofStage.key, redirect_urlname="account_login")
def second_proof(request: HttpRequest) -> HttpResponse:
    """Ask for the password, or offer a code by e-mail."""
    stage = request._login_stage  # type: ignore[attr-defined]
    user: User = stage.login.user
    email = verified_email_of(user)
    form = CurrentPasswordForm(request.POST or None) if user.has_usable_password() else None
    if request.method == "POST":
        if request.POST.get("action") == "code" and email:
            try:
                _ask_second(request, email, user)
            except TooMany as refusal:
                messages.warning(request, str(refusal))
                return redirect("accounts:second_proof")
            return redirect("accounts:second_code")
        if form is not None and form.is_valid() and _password_holds(request, user, form):
            record_authentication(request, user, method="password")
            response: HttpResponse = stage.exit()
            return response
    return render(request, "accounts/second_proof.html", {"form": form, "has_email": bool(email)})


def _password_holds(request: HttpRequest, user: User, form: CurrentPasswordForm) -> bool:
    """Wrong passwords are counted per account, here as at the login page."""
    from allauth.account.adapter import get_adapter  # noqa: PLC0415 - imports our forms itself
    from django.forms import ValidationError  # noqa: PLC0415

    try:
        if get_adapter(request).reauthenticate(user, form.cleaned_data["password"]):
            return True
        form.add_error("password", _("This password is not right."))
    except ValidationError as refusal:
        form.add_error("password", refusal)
    return False


def _ask_second(request: HttpRequest, email: str, user: User) -> Proof:
    payload = {"user": user.pk}
    proof = proofs.ask(request, Purpose.SECOND, IdentifierKind.EMAIL, email, payload=payload)
    send_code(request, proof, user)
    return proof


@login_not_required
@GET_POST
@no_store
@login_stage_required(stage=SecondProofStage.key, redirect_urlname="account_login")
def second_code(request: HttpRequest) -> HttpResponse:
    """Take the code from the e-mail."""
    stage = request._login_stage  # type: ignore[attr-defined]

    def proved(_request: HttpRequest, proof: Proof) -> HttpResponse:
        if proof.payload.get("user") != stage.login.user.pk:
            return redirect("account_login")
        record_authentication(request, stage.login.user, method="code", kind="EMAIL")
        response: HttpResponse = stage.exit()
        return response

    return answer(
        request,
        CodePage(
            purpose=Purpose.SECOND,
            title=_("Enter the code from the e-mail"),
            start=reverse("accounts:second_proof"),
            again=lambda again, proof: _ask_second(again, proof.address, stage.login.user),
            proved=proved,
        ),
    )
