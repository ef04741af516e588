"""Stores and the people who work for them."""

from typing import ClassVar

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from stores.models import Store, StoreMember


class StoreMemberInline(TabularInline):
    """Who works for the store; people are named by their public handle."""

    model = StoreMember
    extra = 0
    raw_id_fields: ClassVar = ["user"]


@admin.register(Store)
class StoreAdmin(ModelAdmin):
    """A store is closed by its state, never deleted: orders know it."""

    list_display: ClassVar = ["name_en", "name_zh", "slug", "status", "opened_at"]
    list_filter: ClassVar = ["status"]
    search_fields: ClassVar = ["name_en", "name_zh", "slug"]
    prepopulated_fields: ClassVar = {"slug": ["name_en"]}
    inlines: ClassVar = [StoreMemberInline]
    ordering: ClassVar = ["slug"]

    def has_delete_permission(self, *_args: object, **_kwargs: object) -> bool:
        """Never."""
        return False
