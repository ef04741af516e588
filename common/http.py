"""Small guards around views."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
"""Takes the request by position, as Django gives it."""


def is_same_origin(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent this request.

    Browsers send `Sec-Fetch-Site` or at least `Origin` with every POST; a request with neither
    is refused, so a forged form from elsewhere never passes.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin in settings.CSRF_TRUSTED_ORIGINS or (
        origin == f"{request.scheme}://{request.get_host()}"
    )


def same_origin_required(view: "View[P]") -> "View[P]":
    """Guard forms on cacheable pages, which carry no CSRF token, by where a request comes from."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not is_same_origin(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)


def no_store(
    view: Callable[Concatenate[HttpRequest, P], Answer],
) -> Callable[Concatenate[HttpRequest, P], Answer]:
    """Personal pages are kept by nobody on the way."""

    @wraps(view)
    def fresh(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return fresh


def is_own_path(url: str) -> bool:
    """Whether this is a path of the mall: nothing with a host, and no word that is no address."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def safe_next_url(request: HttpRequest, default: str) -> str:
    """The `next` address of the request if it is a path of ours, else `default`."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if is_own_path(url) else default
