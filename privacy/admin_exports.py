"""Copies that people asked for: how far each came. What is in them opens for their people alone."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from common.read_only import ReadOnly
from privacy.models import ExportPackage
from privacy.runs.enums import StepState


@admin.register(ExportPackage)
class ExportPackageAdmin(ReadOnly, ModelAdmin):
    """Numbers and states; no content, and no way to it."""

    ordering: ClassVar = ["-asked_at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    list_display: ClassVar = ["code", "state", "asked_at", "progress", "ready_at", "downloads"]
    list_filter: ClassVar = ["state", ("asked_at", RangeDateFilter)]
    list_select_related: ClassVar = ["run"]
    search_fields: ClassVar = ["=code", "=subject"]
    search_help_text = _("The whole number of a copy, or the whole UUID of a person")
    fields: ClassVar = [
        "code",
        "subject",
        "state",
        "run",
        "not_before",
        "asked_at",
        "ready_at",
        "expires_at",
        "ended_at",
        "size",
        "downloads",
        "counts",
        "problems",
        "receipt_code",
    ]

    @admin.display(description=_("Parts"))
    def progress(self, row: ExportPackage) -> str:
        """How many parts of the run have ended, of how many."""
        return f"{row.parts_done} / {row.parts}" if row.run_id else "–"  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ExportPackage]":
        """With the numbers of parts, in the same query."""
        rows: QuerySet[ExportPackage] = super().get_queryset(request)
        ended = Q(run__steps__state__in=[StepState.DONE, StepState.FAILED])
        return rows.annotate(
            parts=Count("run__steps"), parts_done=Count("run__steps", filter=ended)
        )
