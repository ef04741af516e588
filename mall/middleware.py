"""Each request has an id that its answer, its error page and its log lines share."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from common.request_id import set_request_id

log = logging.getLogger("mall.request")
LARGEST_FORM = 20 * 1024 * 1024
"""Room for a picture that is too large, so that its form can say so."""
PARTNERS = frozenset({"partners", "partners_delivery"})
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


class PlainInputMiddleware:
    """Refuses what no form of ours sends and no column can hold, before a view sees it.

    A zero byte in a path is no page; in a query or a form, and in a body larger than any form of
    ours needs, it is a bad request. Partners' notices are read raw and checked where they arrive.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing here: the check needs to know which page was asked for."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Raises what Django answers with a calm 400 or 404."""
        if "\0" in request.path_info:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", "") and _holds_zero(request.GET):
            raise SuspiciousOperation
        spaces = request.resolver_match.namespaces if request.resolver_match else []
        if request.method != "POST" or not PARTNERS.isdisjoint(spaces):
            return
        if "admin" not in spaces and _length(request) > LARGEST_FORM:
            raise RequestDataTooBig
        if _holds_zero(request.POST):
            raise SuspiciousOperation


def _holds_zero(sent: QueryDict) -> bool:
    return any("\0" in text for name, texts in sent.lists() for text in (name, *texts))


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # Then Django reads no body either.


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
