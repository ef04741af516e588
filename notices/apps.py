"""Messages to people: message centre, e-mail and SMS."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """Learns every app's message kinds from its `messages.py`."""

    name = "notices"
    verbose_name = _("Messages")

    def ready(self) -> None:
        """Collect the declared kinds."""
        autodiscover_modules("messages")
