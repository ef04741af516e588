"""Deleting a part of what is held, without closing the account."""

from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.fresh import proved_recently
from accounts.models import User
from common.http import no_store
from privacy.erasure import parts, planning
from privacy.erasure.enums import CaseScope
from privacy.erasure.errors import ErasureError
from privacy.erasure.parts import Part
from privacy.models import ErasureCase

SHOWN = 20
GET_POST = require_http_methods(["GET", "POST"])


@require_GET
@login_required
@no_store
def delete(request: HttpRequest) -> HttpResponse:
    """What can be deleted here, what was, and what the law keeps."""
    user = request.user
    assert isinstance(user, User)
    done = ErasureCase.objects.filter(
        subject=user.subject, scope__in=[CaseScope.CATEGORY, CaseScope.ROW]
    )
    context = {
        "offered": parts.offered_to(user.subject),
        "backup_days": settings.BACKUP_KEEP_DAYS,
        "stays": planning.plan_for(user.subject).stays,
        "done": [(one, _label(one.part)) for one in done.order_by("-asked_at")[:SHOWN]],
    }
    return render(request, "rights/delete.html", context)


@GET_POST
@login_required
@no_store
def delete_part(request: HttpRequest, part: str) -> HttpResponse:
    """One part: look at it, then delete all of it or one entry."""
    user = request.user
    assert isinstance(user, User)
    try:
        chosen = parts.part_of(part)
    except parts.UnknownPart:
        raise Http404 from None
    if chosen.is_risky and not proved_recently(request):
        raise ReauthenticationRequired
    if request.method == "POST":
        return _delete(request, user, chosen)
    count = chosen.rows.count(user.subject)
    found = parts.Offered(chosen, count, chosen.rows.items(user.subject))
    return render(request, "rights/delete_part.html", {"found": found})


def _delete(request: HttpRequest, user: User, part: Part) -> HttpResponse:
    item = request.POST.get("item", "")
    try:
        key = UUID(item) if item else None
    except ValueError:
        raise Http404 from None
    if key is not None and not part.has_items:
        raise Http404
    try:
        parts.erase(user.subject, part, item=key, actor=user)
    except ErasureError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Deleted."))
    return redirect("rights:delete_part", part=part.code) if key else redirect("rights:delete")


def _label(code: str) -> str:
    try:
        return str(parts.part_of(code).label)
    except parts.UnknownPart:
        return code
