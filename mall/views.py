"""The home page, policies and help; health, uploaded files, and calm error pages."""

import logging
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, connections
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from catalog.queries import home_sections
from common.page_cache import cacheable_page
from jobs.queries import is_alive
from mall.policy_pages import policy_page
from mall.scenes import scene_url
from mall.transparency import groups, receivers
from privacy import documents
from privacy.enums import DocumentKind
from privacy.keyring import KeyMissing
from privacy.vault import gate

log = logging.getLogger(__name__)

TILES = 6
LIVING = timedelta(seconds=60)
PUBLIC_FOLDERS = ("pictures/", "emblems/", "avatars/")
PICTURE_TYPES = {
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve people; 503 when it cannot.

    `erasures_replayed` says that no restore waits for the decision journal; why one does stands in
    the log, and `manage.py journal status` tells it.
    """
    needed = {
        "database": _holds(lambda: _answers("default")),
        "keyring": _holds(lambda: _answers("keyring")),
        "erasures_replayed": gate.is_open(),
    }
    helpful = {
        "redis": _holds(_redis_answers),
        "worker": needed["database"] and _holds(lambda: is_alive("worker", LIVING)),
        "beat": needed["database"] and _holds(lambda: is_alive("beat", LIVING)),
    }
    ready = all(needed.values())
    body = {**needed, **helpful, "degraded": not all(helpful.values())}
    return JsonResponse(body, status=200 if ready else 503)


def _holds(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (DatabaseError, redis.RedisError, OSError):
        return False


def _answers(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _redis_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3
    )
    with client:
        return bool(client.ping())


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def media(request: HttpRequest, name: str) -> FileResponse:
    """A picture. Names are random or made from the contents, so they never change."""
    ending = name[name.rfind(".") :].lower()
    if not name.startswith(PUBLIC_FOLDERS) or ending not in PICTURE_TYPES:
        raise Http404
    try:
        content = default_storage.open(name)
    except (OSError, ValueError):
        raise Http404 from None
    response = FileResponse(content, content_type=PICTURE_TYPES[ending])
    response["X-Content-Type-Options"] = "nosniff"
    # A drawing opened by itself runs nothing and loads nothing.
    response._csp_replace = {  # type: ignore[attr-defined]
        "default-src": ["'none'"],
        "script-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
    }
    return response


# --- The start --------------------------------------------------------------------------


@require_safe
@cacheable_page()
def home(request: HttpRequest) -> HttpResponse:
    """Shelves, goods in season, what is bought most, and the stores: the same for everyone."""
    sections = home_sections()
    context = {
        "is_home": True,
        "sections": sections,
        "tiles": [
            {"shelf": shelf, "picture": scene_url(f"category-{shelf.slug}")}
            for shelf in sections.categories[:TILES]
        ],
        "stores": [
            {"store": store, "emblem": scene_url(f"store-{store.slug}")}
            for store in sections.stores
        ],
    }
    return render(request, "mall/home.html", context)


# --- Reading ----------------------------------------------------------------------------


@require_safe
@cacheable_page()
def help_page(request: HttpRequest) -> HttpResponse:
    """How to reach a person, and the questions that people ask most (CSV-01)."""
    return render(request, "mall/help.html")


@require_safe
@cacheable_page()
def policies(request: HttpRequest) -> HttpResponse:
    """Every text that people agree to, with its version and date."""
    language = get_language() or settings.LANGUAGE_CODE
    texts = [
        {"document": documents.current(kind, language), "title": kind.label}
        for kind in DocumentKind
    ]
    return render(request, "mall/policies.html", {"texts": texts})


@require_safe
@cacheable_page()
def policy(request: HttpRequest, kind: str) -> HttpResponse:
    """One text as it holds today, with its contents at the side."""
    if kind not in DocumentKind.values:
        raise Http404
    document = documents.current(kind, get_language() or settings.LANGUAGE_CODE)
    context = {
        "document": document,
        "page": policy_page(document.text),
        "title": DocumentKind(kind).label,
    }
    return render(request, "mall/policy.html", context)


@require_safe
@cacheable_page()
def transparency(request: HttpRequest) -> HttpResponse:
    """What is held about people, drawn from the declarations."""
    context = {"groups": groups(), "receivers": receivers()}
    return render(request, "mall/transparency.html", context)


# --- Errors -----------------------------------------------------------------------------


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _error(request, 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _error(request, 403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _error(request, 404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500. What a keyring that is older than its rows cannot open is not lost, and says so."""
    unreadable = isinstance(sys.exc_info()[1], KeyMissing)
    return _error(request, 500, template="errors/unreadable.html" if unreadable else "")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or came from elsewhere."""
    return _error(request, 403, template="errors/csrf.html")


def _error(request: HttpRequest, status: int, *, template: str = "") -> HttpResponse:
    name = template or f"errors/{status}.html"
    context: dict[str, Any] = {"status": status, "is_broken": status == 500}
    try:
        response = render(request, name, context, status=status)
    except (TemplateDoesNotExist, DatabaseError, redis.RedisError, ValueError):
        # The page itself needs what is broken (ValueError: a file of its looks, not collected):
        # say the least that helps.
        log.exception("error page failed")
        request_id = getattr(request, "request_id", "")
        response = HttpResponse(
            f"{status}\nReference: {request_id}\n", status=status, content_type="text/plain"
        )
    response["Cache-Control"] = "no-store"
    return response
