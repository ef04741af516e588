"""Ask for a copy of one's own data, watch it being made, read it, fetch it, cancel it."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.fresh import fresh_required, question_for_another_factor
from accounts.models import User
from common.http import no_store
from privacy.export import asking, pages, telling
from privacy.export.errors import NothingToCancel, NotThere
from privacy.export.reading import Package
from privacy.models import ExportPackage
from privacy.runs.enums import StepState
from rights import copies
from rights.forms import ExportForm

SHOWN = 20
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
SHOWN_ONLINE = {".html": "text/html; charset=utf-8", ".png": "image/png"}


# --- Asking and watching ----------------------------------------------------------------


@require_GET
@login_required
@no_store
def export_list(request: HttpRequest) -> HttpResponse:
    """What a copy is, the form, and the copies so far."""
    user = _user(request)
    packages = list(asking.packages_of(user.subject).select_related("run")[:SHOWN])
    live = next((package for package in packages if package.is_live), None)
    form = ExportForm(initial={"language": get_language(), "with_files": True})
    return render(
        request,
        "rights/export_list.html",
        {
            "packages": packages,
            "live": live,
            "form": form,
            "until": copies.waits_until(user, request.session.session_key or ""),
        },
    )


@require_POST
@login_required
@fresh_required
def export_ask(request: HttpRequest) -> HttpResponse:
    """Ask for a copy; who asks twice is shown the one that is being made."""
    user = _user(request)
    form = ExportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the language of the pages, then ask again."))
        return redirect("rights:exports")
    package, is_new = copies.ask(
        user,
        language=form.cleaned_data["language"],
        with_files=form.cleaned_data["with_files"],
        session_key=request.session.session_key or "",
    )
    if not is_new:
        messages.info(request, _("A copy is being made already. Here it is."))
    return redirect("rights:export", code=package.code)


@require_GET
@login_required
@no_store
def export(request: HttpRequest, code: str) -> HttpResponse:
    """One copy: how far it is, what is in it, what may be done with it."""
    package = _package(request, code)
    done = total = 0
    if package.run is not None:
        states = list(package.run.steps.values_list("state", flat=True))
        ended = {StepState.DONE, StepState.FAILED}
        done, total = sum(state in ended for state in states), len(states)
    return render(
        request,
        "rights/export.html",
        {
            "package": package,
            "done": done,
            "total": total,
            "rows": sum(package.counts.values()),
            "counts": telling.titled(package.counts),
            "problems": telling.problems(package.problems),
        },
    )


@require_POST
@login_required
def export_cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Stop a copy, or have a finished one removed at once."""
    package = _package(request, code)
    try:
        asking.cancel(package, actor=_user(request))
    except NothingToCancel as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, _("Done. The copy is gone and cannot be fetched any more."))
    return redirect("rights:exports")


@require_http_methods(["GET", "POST"])
@no_store
def export_stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link “it was not me”: takes the copy back and locks the account, signed in or not."""
    package = copies.package_of_token(token)
    if package is None:
        return render(request, "rights/export_stop.html", {"state": "unknown"}, status=404)
    state = "ask"
    if request.method == "POST":
        state = "done" if copies.stop(package) else "unknown"
    return render(request, "rights/export_stop.html", {"state": state, "package": package})


# --- Reading and fetching ---------------------------------------------------------------


@require_safe
@login_required
@no_store
def export_download(request: HttpRequest, code: str) -> HttpResponse | StreamingHttpResponse:
    """The ZIP, from any byte on, so that a broken download goes on where it ended."""
    package = _package(request, code)
    if question := question_for_another_factor(request):
        return question
    whole = _opened(package)
    start, stop = 0, whole.size
    wanted = _range(request, package, whole.size)
    if wanted is not None:
        start, stop = wanted
        if start >= stop:
            refusal = HttpResponse(status=416)
            refusal["Content-Range"] = f"bytes */{whole.size}"
            return refusal
    if request.method == "GET" and start == 0:
        copies.note_taken(_user(request), package)
    content: Iterator[bytes] = whole.stretch(start, stop) if request.method == "GET" else iter(())
    response = StreamingHttpResponse(
        content, status=200 if wanted is None else 206, content_type="application/zip"
    )
    response["Content-Length"] = str(stop - start)
    response["Content-Disposition"] = f'attachment; filename="my-data-{package.code}.zip"'
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(package)
    response["X-Content-Type-Options"] = "nosniff"
    if wanted is not None:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{whole.size}"
    return response


@require_GET
@login_required
@no_store
def export_index(request: HttpRequest, code: str) -> HttpResponse:
    """The first page of the copy; its links lead from the address of a file."""
    return redirect("rights:export_read", code=_package(request, code).code, name=pages.INDEX)


@require_GET
@login_required
@no_store
def export_read(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """A page or a picture of the copy, the same bytes as in the ZIP, under the same policy."""
    package = _package(request, code)
    if question := question_for_another_factor(request):
        return question
    ending = name[name.rfind(".") :]
    if ending not in SHOWN_ONLINE:
        raise Http404
    try:
        content = _opened(package).file(name)
    except NotThere:
        raise Http404 from None
    if name == pages.INDEX:
        asking.note_read(package, actor=_user(request))
    response = HttpResponse(content, content_type=SHOWN_ONLINE[ending])
    response["X-Content-Type-Options"] = "nosniff"
    response._csp_replace = {  # type: ignore[attr-defined]
        "default-src": ["'none'"],
        "script-src": ["'none'"],
        "style-src": [pages.style_source()],
        "img-src": ["'self'"],
        "form-action": ["'none'"],
    }
    return response


def _opened(package: ExportPackage) -> Package:
    if not package.can_be_taken:
        raise Http404
    try:
        return Package(package)
    except NotThere:
        raise Http404 from None


def _etag(package: ExportPackage) -> str:
    return f'"{package.manifest_sha256[:32]}"'


def _range(request: HttpRequest, package: ExportPackage, size: int) -> tuple[int, int] | None:
    """From which byte to before which; None for the whole. One range, of this very copy."""
    if request.headers.get("If-Range", _etag(package)) != _etag(package):
        return None
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _user(request: HttpRequest) -> User:
    user: Any = request.user
    assert isinstance(user, User)
    return user


def _package(request: HttpRequest, code: str) -> ExportPackage:
    """The person's own copy; somebody else's is not there."""
    found = asking.packages_of(_user(request).subject).select_related("run")
    package = found.filter(code=code).first()
    if package is None:
        raise Http404
    return package
