"""The ledgers and the administration's own history, to read. Persons stand by subject UUID."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from common.read_only import ReadOnly
from privacy import (
    admin_erasure,  # noqa: F401 - it registers itself
    admin_exports,  # noqa: F401 - it registers itself
    admin_holds,  # noqa: F401 - it registers itself
    admin_ledger,
    admin_proofs,  # noqa: F401 - it registers itself
    admin_runs,  # noqa: F401 - it registers itself
)
from privacy.models import AuditEntry, ConsentEntry, DisclosureEntry


class LedgerAdmin(ReadOnly, ModelAdmin):
    """A ledger: read by those who may, written by nobody here."""

    ordering: ClassVar = ["-at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    search_help_text = _("The whole UUID of a person, as it stands in this list")


@admin.register(AuditEntry)
class AuditEntryAdmin(LedgerAdmin):
    """Who did what to whose data, and why."""

    list_display: ClassVar = ["at", "action", "actor_role", "actor", "subject", "reason"]
    list_filter: ClassVar = ["action", "actor_role", "reason", ("at", RangeDateFilter)]
    search_fields: ClassVar = ["=subject", "=actor"]

    def get_urls(self) -> list[URLPattern]:
        """The page about the seals stands beside the entries."""
        urls: list[URLPattern] = super().get_urls()
        return admin_ledger.urls() + urls


@admin.register(DisclosureEntry)
class DisclosureEntryAdmin(LedgerAdmin):
    """What left the house, to whom: the names of the fields, never their values."""

    list_display: ClassVar = ["at", "recipient", "subject", "ground", "fields", "reference"]
    list_filter: ClassVar = ["recipient", "ground", ("at", RangeDateFilter)]
    search_fields: ClassVar = ["=subject", "=reference"]
    search_help_text = _("The whole UUID of a person, or the whole reference")


@admin.register(ConsentEntry)
class ConsentEntryAdmin(LedgerAdmin):
    """What people agreed to, and what they withdrew."""

    list_display: ClassVar = [
        "at",
        "purpose",
        "decision",
        "document_version",
        "language",
        "place",
        "method",
        "subject",
    ]
    list_filter: ClassVar = ["purpose", "decision", "method", ("at", RangeDateFilter)]
    search_fields: ClassVar = ["=subject"]


@admin.register(LogEntry)
class LogEntryAdmin(LedgerAdmin):
    """What staff changed in the administration: which row, which columns, never their words."""

    ordering: ClassVar = ["-action_time", "-pk"]
    list_display: ClassVar = ["action_time", "by", "deed", "object_repr"]
    list_display_links: ClassVar = ["action_time"]
    list_filter: ClassVar = ["action_flag", ("action_time", RangeDateFilter)]
    list_select_related: ClassVar = ["user"]
    fields: ClassVar = ["action_time", "by", "deed", "object_repr"]
    readonly_fields: ClassVar = ["by", "deed"]
    search_fields: ClassVar = ["=object_repr"]
    search_help_text = _("The whole name of a row, as it stands in this list")

    @admin.display(description=_("Who"))
    def by(self, row: LogEntry) -> str:
        """By the subject UUID that the other ledgers use too."""
        return str(getattr(row.user, "subject", "—"))

    @admin.display(description=_("What"))
    def deed(self, row: LogEntry) -> str:
        """Which columns."""
        return row.get_change_message() or row.get_action_flag_display()

    def get_queryset(self, request: HttpRequest) -> "QuerySet[LogEntry]":
        """With the kind of row."""
        rows: QuerySet[LogEntry] = super().get_queryset(request)
        return rows.select_related("content_type")
