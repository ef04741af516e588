"""What is kept about the person until when, and what they may change about it."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.http import no_store
from privacy.registry import Family
from privacy.retention import keeping, wishes
from privacy.retention.words import period_of
from privacy.runs.progress import runs_about

NEXT = 4


@require_safe
@login_required
@no_store
def kept(request: HttpRequest) -> HttpResponse:
    """Table by table: how many rows, until when, why; holds, wishes, and runs about the person."""
    person: Any = request.user
    runs = runs_about(person.subject)
    context: dict[str, Any] = {"runs": runs, "is_live": any(one.is_live for one in runs)}
    if request.headers.get("HX-Request") == "true":
        return render(request, "rights/_runs.html", context)
    rules = keeping.kept_of(person)
    found = [one for one in rules if one.number]
    chosen = wishes.chosen_by(person.subject)
    return render(
        request,
        "rights/kept.html",
        context
        | {
            "families": [
                {"label": Family(family).label, "lines": [_line(one) for one in lines]}
                for family, lines in groupby(found, key=lambda one: one.declaration.data.family)
            ],
            "empty": [_line(one) for one in rules if not one.number],
            "next": _next(found),
            "wishes": [
                {"family": family, "label": family.label, "is_on": family in chosen}
                for family in wishes.offered()
            ],
        },
    )


def _line(one: keeping.Kept) -> dict[str, Any]:
    return {"kept": one, "period": period_of(one.rule)}


def _next(found: list[keeping.Kept]) -> list[keeping.Kept]:
    """What goes first, as far as a day is known and nothing keeps it."""
    dated = [one for one in found if one.first and not one.is_wished and not one.holds]
    return sorted(dated, key=lambda one: str(one.first_day))[:NEXT]


@require_POST
@login_required
@no_store
def keep_longer(request: HttpRequest) -> HttpResponse:
    """Keep a family for as long as the account, or as usual again."""
    try:
        family = Family(request.POST.get("family", ""))
        if request.POST.get("longer") == "on":
            wishes.keep_longer(request.user, family)
            messages.success(request, _("We keep it for as long as you have your account."))
        else:
            wishes.keep_as_usual(request.user, family)
            messages.success(request, _("It is kept as usual again, until its time is over."))
    except ValueError:
        messages.error(request, _("This cannot be kept longer. Choose one of the switches below."))
    return redirect("rights:kept")
