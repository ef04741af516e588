"""Messages, read only and without their contents."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from common.read_only import ReadOnly
from notices.models import Message
from notices.queries import lost_messages


class Lost(admin.SimpleListFilter):
    """What reached nobody; the start page links here."""

    title = _("Reached nobody")
    parameter_name = "lost"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("week", _("In the last 7 days"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Message]") -> "QuerySet[Message]":
        """Refused by the channel, or without an address."""
        if self.value() != "week":
            return queryset
        return queryset.filter(pk__in=lost_messages().values("pk"))


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):
    """Staff see whether a message arrived, never what it says or where it went."""

    list_display: ClassVar = [
        "number",
        "kind",
        "channel",
        "state",
        "created_at",
        "sent_at",
        "error",
    ]
    list_filter: ClassVar = [Lost, "state", "channel", "category"]
    fields: ClassVar = [
        "code",
        "kind",
        "category",
        "channel",
        "language",
        "state",
        "error",
        "partner_message_id",
        "created_at",
        "sent_at",
        "read_at",
    ]
    search_fields: ClassVar = ["=code"]
    search_help_text = _("The whole code of a message")
    ordering: ClassVar = ["-created_at", "-pk"]
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("Number"), ordering="code")
    def number(self, row: Message) -> str:
        """The message's own number."""
        return row.code
