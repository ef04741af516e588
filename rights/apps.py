"""People run their own data: copy, deletion, cancellation, receipts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    """The person's pages of the privacy engine, and what it tells people."""

    name = "rights"
    verbose_name = _("Rights")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from rights import messages, receivers  # noqa: F401, PLC0415 - models are ready only now
