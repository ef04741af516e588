"""The operator's page of retention: tonight, the nights before, one row on demand, holds."""

from operator import itemgetter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from common.charts import bars
from common.http import no_store
from privacy.admin_runs import is_over_cap, live, page_of, waiting_for_a_word
from privacy.models import Hold, Run
from privacy.registry import Erasure
from privacy.retention import asking, forecasting, nights, sweeping
from privacy.retention.enums import RefusalCode
from privacy.retention.rows import NoSuchRow
from privacy.retention.words import period_of
from privacy.runs import by_hand
from privacy.runs.enums import LIVE, Waits
from privacy.runs.progress import name_of

SEEN = "privacy.view_run"
START = "privacy.start_run"
GATE = 7_244_009
COUNT, SWEEP = "count", "sweep"


def urls() -> list[URLPattern]:
    """The pages' addresses."""
    view = admin.site.admin_view
    return [
        path("privacy/retention/", view(retention_page), name="privacy_retention"),
        path("privacy/retention/row/", view(row_page), name="privacy_retention_row"),
        path("privacy/retention/start/", view(start_page), name="privacy_retention_start"),
    ]


def _guard(request: HttpRequest, permission: str) -> Any:
    user: Any = request.user
    if not user.has_perm(permission):
        raise PermissionDenied
    request.current_app = admin.site.name
    return user


# --- The page ---------------------------------------------------------------------------


@no_store
@require_safe
def retention_page(request: HttpRequest) -> HttpResponse:
    """Tonight, what is overdue, what waits for a word, and how the nights went."""
    user = _guard(request, SEEN)
    last = sweeping.last_simulation()
    forecast, tables = forecasting.newest()
    shown = nights.nights()
    lines = [_line(label, plan) for label, plan in tables.items()]
    context = {
        **admin.site.each_context(request),
        "title": _("How long things stay"),
        "overdue": sweeping.overdue(last),
        "last": last,
        "next_night": forecasting.next_night(timezone.now()),
        "forecast": forecast,
        "tonight": sum(line["removed"] for line in lines),
        "busy": [line for line in lines if line["past"] or line["refused"]],
        "quiet": [line for line in lines if not (line["past"] or line["refused"])],
        "live": live(),
        "waiting": waiting_for_a_word(),
        "nights": shown,
        "removed_chart": _chart(shown, "removed"),
        "left_chart": _chart(shown, "left"),
        "removed_sum": sum(night.removed for night in shown),
        "left_last": shown[0].left if shown else 0,
        "holds": Hold.objects.in_force(timezone.now()).count(),
        "may_start": user.has_perm(START),
        "form": RowForm(),
    }
    return TemplateResponse(request, "admin/privacy/retention.html", context)


def _line(label: str, plan: dict[str, Any]) -> dict[str, Any]:
    """One table of a forecast, in words."""
    removed, table = int(plan.get("removed", 0)), int(plan.get("table", 0))
    refused = plan.get("refused", "")
    return {
        **{key: int(plan.get(key, 0)) for key in ("past", "hold", "longer", "dependents")},
        "label": label,
        "name": name_of(label),
        "removed": removed,
        "table": table,
        "share": round(100 * removed / table, 1) if table else 0,
        "strategy": Erasure(plan["strategy"]).label if plan.get("strategy") else "",
        "refused": RefusalCode(refused).label if refused else "",
        "is_over_cap": is_over_cap(label, plan),
    }


def _chart(shown: list[nights.Night], what: str) -> Any:
    return bars([(night.day(), getattr(night, what)) for night in reversed(shown)])


# --- One row ----------------------------------------------------------------------------


class RowForm(forms.Form):
    """A table, and the code or number of a row in it."""

    table = forms.ChoiceField(label=_("Table"), choices=())
    key = forms.CharField(
        label=_("Code or number"),
        help_text=_("The code of an order or a run, or the number of the row."),
        max_length=asking.LONGEST_KEY,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code or the number.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(one.label, f"{name_of(one.label)} ({one.label})") for one in asking.askable()]
        table = self.fields["table"]
        assert isinstance(table, forms.ChoiceField)
        table.choices = sorted(names, key=itemgetter(1))


@no_store
@require_http_methods(["GET", "HEAD", "POST"])
def row_page(request: HttpRequest) -> HttpResponse:
    """Which rules speak of a row, which one wins, and what keeps it. Asked by form, not address."""
    _guard(request, SEEN)
    form = RowForm(request.POST if request.method == "POST" else None)
    answer, status = None, 200
    if request.method == "POST" and form.is_valid():
        try:
            answer = asking.ask(form.cleaned_data["table"], form.cleaned_data["key"])
        except NoSuchRow:
            form.add_error("key", _("There is no such row in this table. Look at the code again."))
    if form.is_bound and not form.is_valid():
        status = 422
    rules = answer.rules if answer else ()
    context = {
        **admin.site.each_context(request),
        "title": _("What becomes of a row"),
        "form": form,
        "answer": answer,
        "rules": [{"of_row": one, "period": period_of(one.rule)} for one in rules],
    }
    return TemplateResponse(request, "admin/privacy/retention_row.html", context, status=status)


# --- By hand ----------------------------------------------------------------------------


@no_store
@require_http_methods(["GET", "HEAD", "POST"])
def start_page(request: HttpRequest) -> HttpResponse:
    """Count at once; or, after a page that says what goes, remove at once."""
    user = _guard(request, START)
    if request.method == "POST":
        return _start(request, user)
    forecast, tables = forecasting.newest()
    lines = [_line(label, plan) for label, plan in tables.items()]
    context = {
        **admin.site.each_context(request),
        "title": _("Remove now what is past its time"),
        "forecast": forecast,
        "goes": [line for line in lines if line["removed"]],
        "tonight": sum(line["removed"] for line in lines),
    }
    return TemplateResponse(request, "admin/privacy/retention_start.html", context)


def _start(request: HttpRequest, user: Any) -> HttpResponse:
    what = request.POST.get("what")
    if what not in {COUNT, SWEEP}:
        messages.error(request, _("Nothing was started: choose what to do."))
        return redirect("admin:privacy_retention")
    try:
        run = _begin(user, then_sweep=what == SWEEP)
    except sweeping.ClockWrong:
        messages.error(
            request,
            _("The clocks of this machine and of the database differ. Nothing was started."),
        )
        return redirect("admin:privacy_retention")
    if run is None:
        messages.info(request, _("A run is at work already. Wait until it has ended."))
        return redirect("admin:privacy_retention")
    messages.success(request, _("It has begun. This page shows how far it is."))
    return redirect(page_of(run))


def _begin(user: Any, *, then_sweep: bool) -> Run | None:
    """The run; None when one is at work already. Two clicks at once start one."""
    kinds = [sweeping.SIMULATION, sweeping.SWEEP] if then_sweep else [forecasting.FORECAST]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
        at_work = Run.objects.filter(kind__in=kinds, state__in=LIVE)
        if at_work.exclude(waits_for=Waits.CONFIRMATION).exists():
            return None
        if then_sweep:
            run = sweeping.start(then_sweep=True, requested_by=user.subject)
        else:
            run = forecasting.start(requested_by=user.subject)
        by_hand.started(run, actor=user)
    return run
