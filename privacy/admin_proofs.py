"""For the officer: receipts, who was told to delete, and what an erasure left."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from common.read_only import ReadOnly
from privacy import audit, recipients_told
from privacy.enums import Action
from privacy.enums_proofs import NoticeState
from privacy.models import Receipt, RecipientNotice, ResidueFinding, ResidueSearch
from privacy.receipts import codes
from privacy.recipients import UnknownRecipient, recipient
from privacy.residue import cases

SETTLE = "privacy.settle_notice"


class ProofAdmin(ReadOnly, ModelAdmin):
    """Read by those who may; an action at most says that something was put in order."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    actions_selection_counter = False

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may say so."""
        user: Any = request.user
        return bool(user.has_perm(SETTLE))


@admin.register(Receipt)
class ReceiptAdmin(ProofAdmin):
    """Receipts by code. The document names nobody; the row names its person by a random UUID."""

    list_display: ClassVar = ["spaced", "kind", "state", "issued_at", "ended_at", "subject"]
    list_filter: ClassVar = ["kind", "state", ("issued_at", RangeDateFilter)]
    ordering: ClassVar = ["-issued_at", "-pk"]
    fields: ClassVar = ["spaced", "kind", "state", "issued_at", "ended_at", "document_sha256"]
    readonly_fields: ClassVar = ["spaced"]
    search_fields: ClassVar = ["=code", "=subject"]
    search_help_text = _("The whole code without hyphens, or the whole UUID of a person")

    @admin.display(description=_("Code"), ordering="code")
    def spaced(self, row: Receipt) -> str:
        """As it stands on paper."""
        return codes.spaced(row.code)


class NoticeFilter(admin.SimpleListFilter):
    """What somebody has to see to."""

    title = _("To do")
    parameter_name = "todo"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> Any:
        """The choices."""
        return [("tell", _("To be told by us")), ("late", _("Answer overdue"))]

    def queryset(
        self, _request: HttpRequest, queryset: "QuerySet[RecipientNotice]"
    ) -> "QuerySet[RecipientNotice]":
        """The rows of the choice."""
        if self.value() == "tell":
            return queryset.filter(state=NoticeState.TASK)
        if self.value() == "late":
            return queryset.filter(pk__in=recipients_told.overdue().order_by().values("pk"))
        return queryset


@admin.register(RecipientNotice)
class RecipientNoticeAdmin(ProofAdmin):
    """One line for each recipient of each erasure."""

    list_display: ClassVar = ["case", "whom", "state", "tries", "created_at", "due_at", "answered"]
    list_display_links: ClassVar = None
    list_filter: ClassVar = [NoticeFilter, "state", "recipient", ("created_at", RangeDateFilter)]
    ordering: ClassVar = ["-created_at", "-pk"]
    search_fields: ClassVar = ["=case", "=code", "=subject"]
    search_help_text = _("The whole code of a run or of a notice, or the whole UUID of a person")
    actions: ClassVar = ["settle"]

    @admin.display(description=_("Recipient"), ordering="recipient")
    def whom(self, row: RecipientNotice) -> "str | Promise":
        """By name."""
        try:
            return recipient(row.recipient).name
        except UnknownRecipient:
            return row.recipient

    @admin.display(description=_("Confirmed"), ordering="acknowledged_at")
    def answered(self, row: RecipientNotice) -> Any:
        """When."""
        return row.acknowledged_at

    @admin.action(description=_("We told them and they confirmed"), permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: "QuerySet[RecipientNotice]") -> None:
        """Note it for the chosen notices that still wait."""
        user: Any = request.user
        number = 0
        for notice in queryset:
            if recipients_told.settle(notice, actor=user.subject):
                audit.record(
                    Action.NOTICE_SETTLED,
                    actor=user,
                    subject=notice.subject,
                    detail={"case": notice.case},
                )
                number += 1
        _say(request, number)


@admin.register(ResidueSearch)
class ResidueSearchAdmin(ProofAdmin):
    """Searches by case: when, how many places, and what they came to. Never a word."""

    list_display: ClassVar = [
        "case",
        "state",
        "words_count",
        "places",
        "found",
        "first_at",
        "second_due_at",
        "second_at",
        "key_destroyed_at",
    ]
    list_display_links: ClassVar = None
    list_filter: ClassVar = ["state", ("gathered_at", RangeDateFilter)]
    ordering: ClassVar = ["-gathered_at", "-pk"]
    search_fields: ClassVar = ["=case", "=subject"]
    search_help_text = _("The whole number of a case, or the whole UUID of a person")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ResidueSearch]":
        """With what was found."""
        rows: QuerySet[ResidueSearch] = super().get_queryset(request)
        return rows.annotate(places_left=cases.COUNT_OPEN)

    @admin.display(description=_("Places left"))
    def found(self, row: Any) -> str:
        """How many places still hold something, with the way there."""
        if not row.places_left:
            return "0"
        url = reverse("admin:privacy_residuefinding_changelist")
        return format_html('<a href="{}?q={}">{}</a>', url, row.case, row.places_left)


class FindingFilter(admin.SimpleListFilter):
    """What nobody has put in order yet."""

    title = _("To do")
    parameter_name = "todo"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> Any:
        """One choice."""
        return [("open", _("Not yet put in order"))]

    def queryset(
        self, _request: HttpRequest, queryset: "QuerySet[ResidueFinding]"
    ) -> "QuerySet[ResidueFinding]":
        """The rows of the choice."""
        return queryset & cases.open_findings() if self.value() == "open" else queryset


@admin.register(ResidueFinding)
class ResidueFindingAdmin(ProofAdmin):
    """Places in which something was left, and places that could not be searched."""

    list_display: ClassVar = ["case", "place", "count", "round", "seen_at", "settled_at"]
    list_display_links: ClassVar = None
    list_filter: ClassVar = [FindingFilter, "round", ("seen_at", RangeDateFilter)]
    list_select_related: ClassVar = ["search"]
    ordering: ClassVar = ["-seen_at", "-pk"]
    search_fields: ClassVar = ["=search__case"]
    search_help_text = _("The whole number of a case")
    actions: ClassVar = ["settle"]

    @admin.display(description=_("Case"), ordering="search__case")
    def case(self, row: ResidueFinding) -> str:
        """Whose search it was, by case."""
        return row.search.case

    @admin.action(description=_("It is put in order"), permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: "QuerySet[ResidueFinding]") -> None:
        """Note it for the chosen places; the second search looks again anyway."""
        user: Any = request.user
        number = 0
        for finding in queryset.select_related("search"):
            if cases.settle(finding, actor=user.subject):
                audit.record(
                    Action.RESIDUE_SETTLED,
                    actor=user,
                    subject=finding.search.subject,
                    detail={"case": finding.search.case},
                )
                number += 1
        _say(request, number)


def _say(request: HttpRequest, number: int) -> None:
    messages.success(
        request,
        ngettext("%(number)s line noted.", "%(number)s lines noted.", number) % {"number": number},
    )
