"""Accounts: sign-up, sign-in, profile, addresses, devices."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Tells the message centre where people are reached, and gives the roles their rights."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Connect to the rooms below."""
        from accounts import reaching, receivers, roles  # noqa: PLC0415 - apps are ready only now
        from notices.addresses import register_resolver  # noqa: PLC0415

        register_resolver(reaching.addresses_of)
        receivers.connect()
        # The last one that Django tells: by then every app has its permissions.
        last = [one for one in apps.get_app_configs() if one.models_module is not None][-1]
        post_migrate.connect(roles.give_permissions, sender=last, dispatch_uid="accounts.roles")
