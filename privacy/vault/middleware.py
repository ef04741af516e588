"""While the door is shut, every page says so calmly."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.utils import translation

from privacy.vault import gate

ALWAYS = frozenset({"/healthz", "/readyz"})
RETRY_SECONDS = 30


class RestoreGateMiddleware:
    """Outside of the page cache. Probes and static files pass; everything else waits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.shut = SecurityMiddleware(CSPMiddleware(_shut_page))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request pass, or ask for patience."""
        passes = request.path in ALWAYS or request.path.startswith(settings.STATIC_URL)
        if passes or gate.is_open():
            return self.get_response(request)
        return self.shut(request)  # type: ignore[return-value] # never asynchronous here


def _shut_page(request: HttpRequest) -> HttpResponse:
    """503 in the reader's language. Asks neither database nor session: they are being restored."""
    context = {"status": 503, "is_broken": True}
    with translation.override(_language(request)):
        response = render(request, "errors/restoring.html", context, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _language(request: HttpRequest) -> str:
    return translation.get_language_from_path(request.path) or settings.LANGUAGE_CODE
