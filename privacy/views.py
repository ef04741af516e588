"""What anybody may check: the mall's public keys, and the heads of its ledgers."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from common.page_cache import cacheable_page
from privacy import signing
from privacy.ledger import heads

INDENTED = {"indent": 1, "ensure_ascii": False}
SHOWN = 60


@require_safe
@cache_control(public=True, max_age=3600)
def mall_keys(request: HttpRequest) -> JsonResponse:
    """Every public key with which the mall signs or signed, as JSON Web Keys."""
    return _open(signing.public_keys())


@require_safe
@cacheable_page()
def ledger_heads(request: HttpRequest) -> HttpResponse:
    """The published heads, and how to check them without us."""
    return render(request, "privacy/heads.html", {"heads": heads.published(SHOWN)})


@require_safe
@cache_control(public=True, max_age=600)
def all_heads(request: HttpRequest) -> JsonResponse:
    """The heads of the last year, signed, for programs."""
    return _open({"heads": [head.document for head in heads.published()]})


@require_safe
@cache_control(public=True, max_age=86_400)
def one_head(request: HttpRequest, day: date) -> JsonResponse:
    """The signed head of one day."""
    head = heads.head_of(day)
    if head is None:
        raise Http404
    return _open(head.document)


@require_safe
@cache_control(public=True, max_age=3600)
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks signatures, in plain Python, to read before it is run."""
    text = (settings.BASE_DIR / "tools" / "verify_mall.py").read_bytes()
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _open(content: dict[str, Any]) -> JsonResponse:
    """Anybody's page may read it."""
    response = JsonResponse(content, json_dumps_params=INDENTED)
    response["Access-Control-Allow-Origin"] = "*"
    return response
