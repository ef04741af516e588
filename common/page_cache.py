"""One copy of an anonymous catalogue page serves every visitor who asks for the same.

A view opts in with `cacheable_page`. A page is kept only when nothing about it can belong to one
person: the request carried no session, the answer sets no cookie and read none. Browsers and
proxies are told to keep nothing without asking. Without Redis each process keeps its own copies.
"""

import gzip
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

log = logging.getLogger(__name__)

ALWAYS_ALLOWED = frozenset({"q", "sort", "after"})
STALE_SECONDS = 30
"""How long an old copy still serves while one request makes the new one."""
LONGEST_QUERY = 500
DROPPED_HEADERS = frozenset({"cache-control", "content-length", "content-encoding", "etag", "vary"})
VISITOR_POLICY = "private, no-cache"
PERSONAL_POLICY = "private, no-store"

_allowed: set[str] = set(ALWAYS_ALLOWED)


def cacheable_page(*, params: tuple[str, ...] = ()) -> "Callable[[View[P]], View[P]]":
    """Mark a view whose page is the same for everybody who is not signed in.

    `params` names its filters; `q`, `sort` and `after` are known. The view sees no other query
    parameter, so that none can find its way into somebody else's copy. A view may still say
    `response.cacheable = False`.
    """
    _allowed.update(params)
    known = ALWAYS_ALLOWED | set(params)

    def decorate(view: "View[P]") -> "View[P]":
        @wraps(view)
        def marked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            _keep_only(request, known)
            response = view(request, *args, **kwargs)
            if not hasattr(response, "cacheable"):
                response.cacheable = True  # type: ignore[attr-defined]
            return response

        return marked

    return decorate


def _keep_only(request: HttpRequest, known: frozenset[str]) -> None:
    if all(name in known for name in request.GET):
        return
    kept = QueryDict(mutable=True, encoding=request.encoding)
    for name, values in request.GET.lists():
        if name in known:
            kept.setlist(name, values)
    kept._mutable = False
    request.GET = kept  # type: ignore[assignment]  # Django declares it immutable
    request.META["QUERY_STRING"] = kept.urlencode()


@dataclass(frozen=True)
class Copy:
    """A page as it is kept."""

    body: bytes
    """Compressed with gzip."""
    headers: dict[str, str]
    vary: str
    etag: str
    view: str
    fresh_until: float = field(default=0.0)


class PageCacheMiddleware:
    """Outside of everything but the request's id, so that a kept page costs almost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # Views name their parameters when they are imported: before the first look-up.
        import_module(settings.ROOT_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer from the cache, or let the page be made and keep it."""
        key = key_of(request)
        if key is not None:
            kept = _look_up(key)
            if kept is not None:
                return _answer(request, kept)
        response = self.get_response(request)
        if not getattr(response, "cacheable", False):
            return response
        if key is None or not _is_for_everybody(response):
            personal = settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies
            response["Cache-Control"] = PERSONAL_POLICY if personal else VISITOR_POLICY
            return response
        made = _copy_of(request, response)
        _keep(key, made)
        return _answer(request, made)


def key_of(request: HttpRequest) -> str | None:
    """What the page depends on, hashed; None when this request is not for the cache."""
    if settings.PAGE_CACHE_SECONDS <= 0 or request.method != "GET":
        return None
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "HX-Request" in request.headers:
        return None
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
        return None
    try:
        host = request.get_host()
    except DisallowedHost:
        return None
    query = sorted((name, values) for name, values in request.GET.lists() if name in _allowed)
    parts = (
        request.scheme,
        host,
        request.path,  # The language is in it.
        query,
        request.headers.get("Sec-GPC") == "1",
        settings.CONSENT_COOKIE_NAME in request.COOKIES,
    )
    return "page:" + hashlib.sha256(repr(parts).encode()).hexdigest()


def _is_for_everybody(response: HttpResponseBase) -> bool:
    if response.status_code != 200 or response.streaming or response.cookies:
        return False
    if not response.get("Content-Type", "").startswith("text/html"):
        return False
    if "cookie" in response.get("Vary", "").lower():
        log.warning("a cacheable page reads cookies and is not kept")
        return False
    return True


def _copy_of(request: HttpRequest, response: HttpResponse) -> Copy:
    content = response.content
    match = request.resolver_match
    return Copy(
        body=gzip.compress(content, compresslevel=6, mtime=0),
        headers={n: v for n, v in response.items() if n.lower() not in DROPPED_HEADERS},
        vary=response.get("Vary", ""),
        view=match.view_name if match else "",
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
        fresh_until=time.time() + settings.PAGE_CACHE_SECONDS,
    )


def _keep(key: str, made: Copy) -> None:
    cache.set(key, made, settings.PAGE_CACHE_SECONDS + STALE_SECONDS)
    cache.delete(f"{key}:renewing")


def _look_up(key: str) -> Copy | None:
    """The copy, or None when this request shall make one. One at a time renews an old copy."""
    kept = cache.get(key)
    if not isinstance(kept, Copy):
        return None
    if time.time() >= kept.fresh_until and cache.add(f"{key}:renewing", 1, STALE_SECONDS):
        return None
    return kept


def _answer(request: HttpRequest, kept: Copy) -> HttpResponse:
    response = HttpResponse(headers=kept.headers)
    response.view_name = kept.view  # type: ignore[attr-defined]  # for the log
    if kept.etag in parse_etags(request.headers.get("If-None-Match", "")):
        response.status_code = 304
        del response["Content-Type"]
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = kept.body
        response["Content-Encoding"] = "gzip"
    else:
        response.content = gzip.decompress(kept.body)
    if response.status_code == 200:
        response["Content-Length"] = str(len(response.content))
    response["ETag"] = kept.etag
    response["Cache-Control"] = VISITOR_POLICY
    if kept.vary:
        response["Vary"] = kept.vary
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
