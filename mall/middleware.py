"""Each request has an id that its answer, its error page and its log lines share."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common.request_id import set_request_id

log = logging.getLogger("mall.request")
FOREIGN_ID = re.compile(r"^[A-Za-z0-9-]{8,40}$")


class RequestIdMiddleware:
    """Outermost: names the request, times it, and writes one line without personal data."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under an id; a proxy in front of us may have given it."""
        given = request.headers.get("X-Request-Id", "") if settings.BEHIND_PROXY else ""
        name = given if FOREIGN_ID.match(given) else secrets.token_hex(8)
        set_request_id(name)
        request.request_id = name  # type: ignore[attr-defined]
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = name
        match = request.resolver_match
        log.info(
            "answered",
            extra={
                "method": request.method,
                # The name of the page, not its address: codes and words stay out of the log.
                "view": match.view_name if match else getattr(response, "view_name", ""),
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1000),
            },
        )
        set_request_id("")
        return response


class AdminPolicyMiddleware:
    """The administration's own scripts need a wider Content-Security-Policy than the mall.

    See docs/decisions/0005-the-administration-has-a-policy-of-its-own.md.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Widen the policy below /admin/ only."""
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and "admin" in match.namespaces:
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": ["'unsafe-eval'"],
                "style-src": ["'unsafe-inline'"],
            }
        return response
