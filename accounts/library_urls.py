"""The sign-in library's addresses below `/accounts/`, as far as the mall uses it.

Its other pages (its own sign-up, e-mail and phone management, password reset by link) are closed:
their names lead to the mall's pages, so that nothing of the library's links into nowhere.
"""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.urls import path
from django.views.generic import RedirectView

from accounts.fresh import fresh_required
from accounts.views import entering
from common.http import no_store

View = Callable[..., HttpResponseBase]


def elsewhere(name: str) -> View:
    """An old address leads to the page that took its place."""
    return RedirectView.as_view(pattern_name=name)


def guarded(view: Any) -> View:
    """Second steps change only after a password or code of the last ten minutes."""
    return login_required(no_store(fresh_required(view)))


urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", entering.sign_up, name="account_signup"),
    path("login/code/", entering.request_code, name="account_request_login_code"),
    path("login/code/confirm/", entering.confirm_code, name="account_confirm_login_code"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("2fa/", elsewhere("accounts:security"), name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", guarded(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", guarded(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/recovery-codes/",
        guarded(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/generate/",
        guarded(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        guarded(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("email/", elsewhere("accounts:security"), name="account_email"),
    path("confirm-email/", elsewhere("accounts:security"), name="account_email_verification_sent"),
    path("password/change/", elsewhere("accounts:password"), name="account_change_password"),
    path("password/set/", elsewhere("accounts:password"), name="account_set_password"),
    path(
        "password/reset/",
        elsewhere("account_request_login_code"),
        name="account_reset_password",
    ),
    path("phone/change/", elsewhere("accounts:security"), name="account_change_phone"),
    path("phone/verify/", elsewhere("accounts:security"), name="account_verify_phone"),
    path("sessions/", elsewhere("accounts:devices"), name="usersessions_list"),
]
