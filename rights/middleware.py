"""A hidden account opens one page only: the one on which it is taken back."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

OPEN_TO_HIDDEN = frozenset(
    {
        "rights:cancel_undo",
        "rights:cancelled",
        "rights:cancel_stop",
        "account_logout",
        "policies",
        "policy",
        "help",
        "media",
        "healthz",
        "readyz",
        "mall_keys",
    }
)
"""Names of pages that ask for nobody, or that a hidden account may open."""


class HiddenAccountMiddleware:
    """Leads whoever signed in to a hidden account to the page on which they take it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the page is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Visitors without a session are not looked up."""
        match = request.resolver_match
        if match is None or match.view_name in OPEN_TO_HIDDEN:
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if getattr(request.user, "closing_at", None) is None:
            return None
        return redirect("rights:cancel_undo")
