"""Background work for administrators: what was given up, and another try."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from common.read_only import ReadOnly
from jobs.enums import JobState
from jobs.models import Job
from jobs.queries import late_jobs
from jobs.services import retry_failed


class Late(admin.SimpleListFilter):
    """What nobody took; the start page links here."""

    title = _("Waits too long")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("yes", _("More than five minutes"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Job]") -> "QuerySet[Job]":
        """Waiting, and due a while ago."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=late_jobs().values("pk"))


GIVEN_UP_FIRST = Case(
    When(state=JobState.FAILED, then=Value(0)),
    When(state=JobState.DONE, then=Value(2)),
    default=Value(1),
    output_field=IntegerField(),
)


@admin.register(Job)
class JobAdmin(ReadOnly, ModelAdmin):
    """Jobs name what they are about by ids and codes, never by a person. Given up comes first."""

    list_display: ClassVar = [
        "name",
        "state",
        "attempts",
        "last_error",
        "run_at",
        "created_at",
        "finished_at",
    ]
    list_filter: ClassVar = ["state", Late]
    search_fields: ClassVar = ["=name"]
    search_help_text = _("The whole name of a job")
    actions: ClassVar = ["try_again"]
    list_per_page = 50
    show_full_result_count = False
    fields: ClassVar = [
        "name",
        "arguments",
        "state",
        "attempts",
        "failures",
        "last_error",
        "created_at",
        "run_at",
        "lease_until",
        "finished_at",
    ]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Given up first, then what waits or runs, then what is done; the newest of each on top."""
        return [GIVEN_UP_FIRST.asc(), "-pk"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may give a job another round."""
        return bool(request.user.has_perm("jobs.change_job"))

    @admin.action(description=_("Try again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: "QuerySet[Job]") -> None:
        """Another round for each job that was given up; jobs do no harm when they run twice."""
        begun = sum(retry_failed(row) for row in queryset.filter(state=JobState.FAILED))
        words = ngettext(
            "%(count)s job gets another round.", "%(count)s jobs get another round.", begun
        )
        level = messages.SUCCESS if begun else messages.INFO
        self.message_user(request, words % {"count": begun}, level)
