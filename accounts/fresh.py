"""Sensitive pages ask people to show again that it is them."""

import time
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def proved_recently(request: HttpRequest) -> bool:
    """Whether a password, code or second step was given in this session in the last ten minutes."""
    records = get_authentication_records(request, request.user)
    limit = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(records) and time.time() - float(records[-1]["at"]) < limit


def fresh_required(view: View) -> View:
    """Guard a page; the library's middleware asks, and brings people back to where they were."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not proved_recently(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return guarded


# --- By something else than at the sign-in ----------------------------------------------


class Factor(StrEnum):
    """What a person shows: something they know, or something that reaches them alone."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    CODE = "code"
    SECOND_STEP = "mfa"

    @property
    def page(self) -> str:
        """The name of the page that asks for it."""
        return _PAGES[self]


_PAGES = {
    Factor.PASSWORD: "account_reauthenticate",
    Factor.CODE: "accounts:fresh_code",
    Factor.SECOND_STEP: "mfa_reauthenticate",
}


def factors_of(user: Any) -> list[Factor]:
    """What this person can show, the strongest first. A code reaches everybody."""
    found = [Factor.CODE]
    if user.has_usable_password():
        found.append(Factor.PASSWORD)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        found.insert(0, Factor.SECOND_STEP)
    return found


def factor_to_show(request: HttpRequest) -> Factor | None:
    """What the person must still show: something else than at the sign-in, where they have it.

    None once they did, in the last ten minutes. Who was signed in by someone who read the password
    over their shoulder cannot take the data along with it.
    """
    records = get_authentication_records(request, request.user)
    at_sign_in = {_factor(one) for one in records if not one.get("reauthenticated")}
    own = factors_of(request.user)
    others = [one for one in own if one not in at_sign_in] or own
    limit = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    shown = {
        _factor(one)
        for one in records
        if float(one["at"]) > limit and (one.get("reauthenticated") or others == own)
    }
    return None if shown & set(others) else others[0]


def _factor(record: dict[str, Any]) -> Factor:
    """Which factor a record of the session shows."""
    method = str(record["method"])
    return Factor(method) if method in set(Factor) else Factor.CODE


def question_for_another_factor(request: HttpRequest) -> HttpResponseRedirect | None:
    """The page that asks for a factor which the sign-in did not use; None once it was shown.

    For pages that hand out everything, after they know that it is the person's own.
    """
    factor = factor_to_show(request)
    if factor is None:
        return None
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse(factor.page)}?{query}")
