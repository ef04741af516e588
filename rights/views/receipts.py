"""Receipts: anybody may check one; who holds its long code reads it, with an account or without."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.network import network_of
from accounts.services.limits import Cap, spend
from common.http import is_same_origin, no_store
from privacy import receipts
from privacy.models import Receipt
from privacy.receipts import Verdict, codes
from privacy.receipts.checking import LARGEST_FILE
from rights.forms_receipts import CheckForm
from rights.receipts import day_of, lines

CAP = Cap("receipts", 60, timedelta(minutes=10))
"""Checks from one network; a code has 68 bits, so this only keeps machines calm."""
LISTS = ("will", "did", "kept", "recipients")
INDENTED = {"indent": 1, "ensure_ascii": False}


@require_http_methods(["GET", "HEAD", "POST"])
@no_store
def check(request: HttpRequest) -> HttpResponse:
    """Type a code or choose a file; the answer names nobody."""
    if request.method != "POST":
        return render(request, "rights/receipt_check.html", {"form": CheckForm()})
    until = _spent(request)
    if until:
        context = {"form": CheckForm(), "until": date_format(localtime(until), "H:i")}
        return render(request, "rights/receipt_check.html", context, status=429)
    form = CheckForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "rights/receipt_check.html", {"form": form}, status=400)
    given = form.cleaned_data["file"]
    answer = (
        receipts.check_file(given.read())
        if given is not None
        else receipts.check_code(form.cleaned_data["code"])
    )
    context = {"form": CheckForm(), "verdict": answer, "spaced": codes.spaced(answer.code)}
    return render(request, "rights/receipt_check.html", context | _days(answer))


@csrf_exempt
@require_POST
@no_store
def check_json(request: HttpRequest) -> JsonResponse:
    """The same for programs: the file as the body. Pages of other sites ask by code."""
    is_a_page = {"Origin", "Sec-Fetch-Site"} & request.headers.keys()
    if is_a_page and not is_same_origin(request):
        raise PermissionDenied
    length = request.headers.get("Content-Length", "")
    is_plain = length.isascii() and length.isdigit() and len(length) < 10
    if not is_plain or int(length) > LARGEST_FILE:
        return JsonResponse({"error": "too_large"}, status=413)
    if request.content_type == "multipart/form-data":
        return JsonResponse({"error": "send_the_file_as_the_body"}, status=415)
    return _said(request, lambda: receipts.check_file(request.body))


@require_safe
@no_store
def verdict(request: HttpRequest, code: str) -> JsonResponse:
    """The same for programs, by code."""
    return _said(request, lambda: receipts.check_code(code))


@require_safe
@no_store
def show(request: HttpRequest, code: str, secret: str) -> HttpResponse:
    """The receipt to read and to print."""
    receipt = _opened(code, secret)
    promise = receipt.document["content"]
    outcome = (receipt.outcome or {}).get("content", {})
    said = {name: lines(outcome, name) or lines(promise, name) for name in LISTS}
    context = {
        "receipt": receipt,
        "secret": secret,
        "spaced": codes.spaced(receipt.code),
        "promise": promise,
        "outcome": outcome,
        "said": said,
        "due": day_of(promise, "due"),
        "unreadable_from": day_of(outcome, "unreadable_from"),
        "gone_from_backups": day_of(outcome, "gone_from_backups"),
    }
    return render(request, "rights/receipt.html", context)


@require_safe
@no_store
def file(request: HttpRequest, code: str, secret: str) -> JsonResponse:
    """Both signed documents in one file."""
    receipt = _opened(code, secret)
    content = {"promise": receipt.document, "outcome": receipt.outcome}
    response = JsonResponse(content, json_dumps_params=INDENTED)
    response["Content-Disposition"] = f'attachment; filename="receipt-{receipt.code}.json"'
    return response


def _opened(code: str, secret: str) -> Receipt:
    """The receipt that this address opens. Wrong words look like no receipt at all."""
    read = codes.read_code(code)
    if not read or not codes.opens(read, secret):
        raise Http404
    receipt = Receipt.objects.filter(code=read).first()
    if receipt is None:
        raise Http404(_("This receipt is older than three years, and we no longer keep it."))
    return receipt


def _said(request: HttpRequest, ask: Any) -> JsonResponse:
    until = _spent(request)
    if until:
        response = JsonResponse({"error": "too_many", "retry_at": until.isoformat()}, status=429)
    else:
        response = JsonResponse(ask().as_json(), json_dumps_params=INDENTED)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _spent(request: HttpRequest) -> datetime | None:
    return spend(f"receipts:{network_of(request)}", CAP)


def _days(answer: Verdict) -> dict[str, Any]:
    content = {"due": answer.due, "unreadable_from": answer.unreadable_from}
    return {name: day_of(content, name) for name in content}
