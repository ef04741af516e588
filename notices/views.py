"""The message centre, and the demo's outbox."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from common.http import no_store
from notices import outbox, queries, services
from notices.delivery import words_of

OUTBOX_SHOWN = 50


@require_GET
@login_required
@no_store
def inbox(request: HttpRequest) -> HttpResponse:
    """Everything that the mall told this person, newest first."""
    page = queries.inbox_page(request.user, after=request.GET.get("after"))
    entries = [{"message": row, "words": words_of(row)} for row in page.rows]
    return render(
        request,
        "notices/inbox.html",
        {"entries": entries, "page": page, "unread": queries.unread_count(request.user)},
    )


@require_GET
@login_required
@no_store
def message(request: HttpRequest, code: str) -> HttpResponse:
    """One message; opening it marks it as read."""
    row = get_object_or_404(queries.inbox_of(request.user), code=code)
    services.mark_read(row)
    return render(request, "notices/message.html", {"message": row, "words": words_of(row)})


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_all_read(request.user)
    return redirect("notices:inbox")


@require_GET
@no_store
def demo_outbox(request: HttpRequest) -> HttpResponse:
    """What the demo would have sent, so that a newcomer can read a code. The demo only."""
    if not (settings.DEMO or settings.TESTING):
        raise Http404
    entries = [
        {**entry, "moment": parse_datetime(entry["at"])} for entry in outbox.latest(OUTBOX_SHOWN)
    ]
    return render(request, "notices/demo_outbox.html", {"entries": entries})
