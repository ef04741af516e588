"""Runs for staff: what is under way, how far it came, and what one may decide about it."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from common.http import no_store
from common.read_only import ReadOnly
from privacy.models import Run, RunStep
from privacy.retention import simulating
from privacy.runs import by_hand
from privacy.runs.enums import RunState, StepState
from privacy.runs.errors import NotCancellable, NotWaiting, UnknownKind
from privacy.runs.kinds import kind_of
from privacy.runs.progress import Progress, label_of, name_of, progress_of

CONFIRM = "privacy.confirm_run"
SEEN = "privacy.view_run"


TROUBLE_SHOWN = timedelta(days=7)


def in_trouble() -> "QuerySet[Run]":
    """Runs of the last seven days of which not everything went well."""
    since = timezone.now() - TROUBLE_SHOWN
    return Run.objects.filter(state__in=[RunState.FAILED, RunState.PARTIAL], finished_at__gt=since)


class TroubleFilter(admin.SimpleListFilter):
    """What did not go well lately."""

    title = _("Trouble")
    parameter_name = "trouble"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> Any:
        """One choice."""
        return [("week", _("Not everything went well (7 days)"))]

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Run]") -> "QuerySet[Run]":
        """The rows of the choice."""
        return queryset & in_trouble() if self.value() == "week" else queryset


@admin.register(Run)
class RunAdmin(ReadOnly, ModelAdmin):
    """Every run, to read; a row leads to the run's own page."""

    list_display: ClassVar = ["link", "what", "state", "waits_for", "created_at", "finished_at"]
    list_display_links: ClassVar = None
    list_filter: ClassVar = [
        "state",
        "waits_for",
        TroubleFilter,
        "kind",
        ("created_at", RangeDateFilter),
    ]
    list_filter_submit = True
    ordering: ClassVar = ["-created_at", "-pk"]
    search_fields: ClassVar = ["=code", "=subject"]
    search_help_text = _("The whole code of a run, or the whole UUID of a person")
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description=_("Run"), ordering="code")
    def link(self, row: Run) -> str:
        """The way to its page."""
        return format_html('<a href="{}">{}</a>', page_of(row), row.code)

    @admin.display(description=_("What"), ordering="kind")
    def what(self, row: Run) -> "str | Promise":
        """In words."""
        return label_of(row.kind)

    def get_urls(self) -> list[URLPattern]:
        """The pages of one run, by its public code."""
        view = self.admin_site.admin_view
        own = [
            path("code/<str:run>/", view(run_page), name="privacy_run_page"),
            path("code/<str:run>/confirm/", view(confirm_part), name="privacy_run_confirm"),
            path("code/<str:run>/cancel/", view(cancel_run), name="privacy_run_cancel"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The run's own page says more than a form; nothing is changed here."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return redirect(page_of(row))


def page_of(run: Run) -> str:
    """The address of its page for staff."""
    return reverse("admin:privacy_run_page", args=[run.code])


def _run(request: HttpRequest, code: str, permission: str) -> Run:
    user: Any = request.user
    if not user.has_perm(permission):
        raise PermissionDenied
    row = Run.objects.filter(code=code).first()
    if row is None:
        raise Http404
    return row


@no_store
@require_safe
def run_page(request: HttpRequest, run: str) -> HttpResponse:
    """How far it came; the part that changes is asked for again while the run is live."""
    row = _run(request, run, SEEN)
    context = {
        **admin.site.each_context(request),
        **_shown(request, row),
        "title": _("Run"),
    }
    request.current_app = admin.site.name
    part = "_run.html" if request.headers.get("HX-Request") == "true" else "run.html"
    return TemplateResponse(request, f"admin/privacy/{part}", context)


def _shown(request: HttpRequest, run: Run) -> dict[str, Any]:
    user: Any = request.user
    steps = list(run.steps.order_by("position"))
    progress = progress_of(run, steps)
    may = user.has_perm(CONFIRM)
    return {
        "run": run,
        "progress": progress,
        "steps": [_step(step) for step in steps],
        "may_cancel": may and progress.is_live and _cancel_is_safe(run),
        "may_confirm": may and run.requested_by != user.subject,
        "is_own": run.requested_by == user.subject,
        "refresh": page_of(run),
    }


def _cancel_is_safe(run: Run) -> bool:
    try:
        return kind_of(run.kind).cancel_is_safe
    except UnknownKind:
        return False


def _step(step: RunStep) -> dict[str, Any]:
    plan = step.plan
    removed, table = int(plan.get("removed", 0)), int(plan.get("table", 0))
    return {
        "row": step,
        "name": name_of(step.name),
        "done": step.done_rows,
        "counters": sorted(step.counters.items()),
        "is_held_back": step.state == StepState.HELD_BACK,
        "share": round(100 * removed / table, 1) if table else 0,
        "table": table,
        "is_odd": step.state == StepState.FAILED,
    }


@no_store
@require_POST
def confirm_part(request: HttpRequest, run: str) -> HttpResponse:
    """Let a held-back part go on, by somebody who did not start the run."""
    row = _run(request, run, CONFIRM)
    step = row.steps.filter(name=request.POST.get("step", "")).first()
    try:
        if step is None or request.POST.get("sure") != "on":
            messages.error(request, _("Nothing was confirmed: tick that you looked at it."))
        else:
            by_hand.confirm(step, actor=request.user)
            messages.success(request, _("It is confirmed and goes on."))
    except by_hand.OwnRun:
        messages.error(request, _("You started this run. Somebody else must confirm it."))
    except NotWaiting:
        messages.error(request, _("Nothing waits for a confirmation here any more."))
    return redirect(page_of(row))


@no_store
@require_POST
def cancel_run(request: HttpRequest, run: str) -> HttpResponse:
    """Stop a run that may be stopped half-way; what was done stays done."""
    row = _run(request, run, CONFIRM)
    try:
        by_hand.cancel(row, actor=request.user)
    except (NotCancellable, UnknownKind):
        messages.error(request, _("This run cannot be stopped, or has ended already."))
    else:
        messages.success(request, _("The run is stopped. What was done stays done."))
    return redirect(page_of(row))


def live() -> list[Progress]:
    """Everything under way, the oldest first."""
    runs = Run.objects.filter(finished_at__isnull=True).order_by("created_at")
    found = [progress_of(run) for run in runs[:20]]
    return [one for one in found if one.is_live]


def waiting_for_a_word() -> "list[dict[str, Any]]":
    """Parts that hold themselves back, with the run that they belong to."""
    steps = RunStep.objects.filter(
        state=StepState.HELD_BACK, run__finished_at__isnull=True
    ).select_related("run")
    return [_step(step) for step in steps.order_by("run__created_at", "position")]


def is_over_cap(label: str, plan: dict[str, Any]) -> bool:
    """Whether this table will wait for a confirmation."""
    try:
        return simulating.is_over_cap(simulating.declaration_of(label), plan)
    except LookupError:
        return False
