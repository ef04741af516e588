"""What the sign-in library asks the mall.

The library keeps password login, second steps and the machinery of signing in. Codes, sign-up and
changes of identifier are the mall's own (`accounts.proofs`), so the methods below that send codes
say no.
"""

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import PhoneField
from accounts.fresh import proved_recently
from accounts.messages import SECOND_STEP_CHANGED
from accounts.models import User
from accounts.network import client_ip
from accounts.queries import user_by_phone, verified_phone_of
from accounts.services.registering import give_phone
from common.http import is_own_path
from notices.services import send
from privacy import audit, keyring, normalising
from privacy.enums import Action

WRONG_PASSWORD = _("The phone number, e-mail address or password is not right.")
SECOND_STEPS = {
    "totp_activated": "on",
    "totp_deactivated": "off",
    "recovery_codes_generated": "codes",
}


class AccountAdapter(DefaultAccountAdapter):
    """The mall's answers."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "email_password_mismatch": WRONG_PASSWORD,
        "phone_password_mismatch": WRONG_PASSWORD,
        "username_password_mismatch": WRONG_PASSWORD,
        "invalid_login": WRONG_PASSWORD,
        "incorrect_password": _("This password is not right."),
        "incorrect_code": _("This code is not right."),
        "too_many_login_attempts": _(
            "Too many tries. Please wait five minutes, or log in with a code."
        ),
        "rate_limited": _("Too many tries. Please wait a few minutes."),
    }

    # --- signing in

    def is_safe_url(self, url: str | None) -> bool:
        """Whether somebody may be led there afterwards."""
        return is_own_path(url or "")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where the request comes from."""
        return client_ip(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Each phone and each e-mail has tries of its own, under a keyed fingerprint."""
        phone, email = credentials.get("phone"), credentials.get("email")
        name = normalising.phone(phone) if phone else normalising.email(email or "")
        return keyring.token("accounts.login_attempts", name)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong password in the ledger of whose account it is."""
        user = self._whose(credentials)
        if user is not None:
            audit.record(
                Action.SIGN_IN_FAILED, actor=None, subject=user.subject, detail={"with": "password"}
            )

    def _whose(self, credentials: dict[str, Any]) -> User | None:
        if credentials.get("phone"):
            return user_by_phone(credentials["phone"])
        row = EmailAddress.objects.filter(email=credentials.get("email") or "", verified=True)
        found = row.select_related("user").first()
        return found.user if found else None

    def get_login_stages(self) -> list[str]:
        """After the password or the code: a second proof for an old number, a second step."""
        return ["accounts.stages.SecondProofStage", "allauth.mfa.stages.AuthenticateStage"]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """A frozen account opens by a code to the identifier that was put back, and only so."""
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response is None and user.is_frozen:
            messages.warning(request, _("This account is locked. Log in with a code to open it."))
            response = redirect("account_request_login_code")
        return response

    # --- showing again that it is you

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within ten minutes after a password, a code or a second step."""
        return not proved_recently(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Password first; a code for those who have none."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated:
            code = {
                "id": "code",
                "description": _("Use a code"),
                "url": reverse("accounts:fresh_code"),
            }
            methods.append(code)
        return methods

    # --- phones

    def phone_form_field(self, **kwargs: Any) -> Any:
        """Normalises before it checks."""
        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> User | None:
        """In any spelling."""
        return user_by_phone(phone)

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """Only proved numbers are kept."""
        number = verified_phone_of(user)
        return (number, True) if number else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        """A number that nobody proved is not kept."""
        if verified:
            give_phone(user, normalising.phone(phone))

    def set_phone_verified(self, user: Any, phone: str) -> None:
        """Store it: the library calls this for numbers that it never gave us before."""
        give_phone(user, normalising.phone(phone))

    def send_verification_code_sms(
        self, user: Any, phone: str, code: str, **kwargs: Any
    ) -> NoReturn:
        """Codes go out by `accounts.proofs`."""
        raise NotImplementedError

    # --- mail

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> NoReturn:
        """Messages go out by `notices`."""
        raise NotImplementedError(template_prefix)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """A second step was set up or switched off: said on every channel."""
        what = SECOND_STEPS.get(template_prefix.rpartition("/")[2])
        if what:
            once = f"{user.pk}:{timezone.now().isoformat()}"
            send(SECOND_STEP_CHANGED.code, to=user, context={"what": what}, once=once)
