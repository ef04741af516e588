"""Carts, checkout, orders and returns."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """Listens to payments, parcels and accounts."""

    name = "orders"
    verbose_name = _("Orders")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers, and add the orders to copies of people's data."""
        from orders import exporting, receivers  # noqa: F401, PLC0415 - models are ready only now
