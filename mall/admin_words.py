"""Sentences of the administration's frame, which comes without Chinese: named here, so that the
mall's catalogue holds them."""

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Add new item"),
    _("Add row"),
    _("Apply Filters"),
    _("Choose file to upload"),
    _("Click to cancel"),
    _("Date from"),
    _("Date to"),
    _("Expand row"),
    _("Filters"),
    _("Go back"),
    _("Image preview"),
    _("More actions"),
    _("No results found"),
    _("Reset filters"),
    _("Run"),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("System"),
    _("This item will be deleted."),
    _("This page yielded into no results. Create a new item or reset your filters."),
)
