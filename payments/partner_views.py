"""The door for payment partners: raw body in, one word out."""

import logging

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.network import network_of
from payments import services
from payments.errors import BadNotice, UnknownProvider

log = logging.getLogger(__name__)

LARGEST_NOTICE = 16 * 1024
FORGERIES_PER_MINUTE = 30
"""So many refused notices of one network; then it waits before we check another signature."""


@csrf_exempt
@require_POST
def notify(request: HttpRequest, provider: str) -> HttpResponse:
    """Take a notice. The partner signs it; nothing else tells who is calling.

    400 for what nobody we know has signed, 413 and 429 for too much of it. The answer is given
    after the commit, so a partner that hears "success" need not tell us again.
    """
    if _length(request) > LARGEST_NOTICE:
        return _answer("too large", 413)
    key = f"payments.forged:{network_of(request)}"
    if (cache.get(key) or 0) >= FORGERIES_PER_MINUTE:
        return _answer("wait", 429)
    try:
        words = services.receive(provider, request.body, request.headers)
    except UnknownProvider:
        return _answer("unknown", 404)
    except (BadNotice, UnreadablePostError, RawPostDataException) as refusal:
        cache.add(key, 0, 60)
        _count(key)
        log.warning("notice refused", extra={"partner": provider[:40], "reason": str(refusal)[:40]})
        return _answer("refused", 400)
    return _answer(words, 200)


def _length(request: HttpRequest) -> int:
    """The announced length; without one a body is not read at all, so it counts as endless."""
    text = request.META.get("CONTENT_LENGTH") or ""
    is_short = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_short else LARGEST_NOTICE + 1


def _count(key: str) -> None:
    try:
        cache.incr(key)
    except ValueError:
        cache.set(key, 1, 60)  # The minute ended between two lines.


def _answer(words: str, status: int) -> HttpResponse:
    response = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
