"""Messages, read only and without their contents."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from notices.models import Message


@admin.register(Message)
class MessageAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Staff see whether a message arrived, never what it says or where it went."""

    list_display: ClassVar = ["code", "kind", "channel", "state", "created_at", "sent_at", "error"]
    list_filter: ClassVar = ["state", "channel", "category"]
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
    search_fields: ClassVar = ["=code", "=once"]
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Messages are written by the mall."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Nobody rewrites what was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Messages go with their account."""
        return False
