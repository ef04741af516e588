from importlib import import_module

from django.apps import AppConfig


class MallConfig(AppConfig):
    name = "mall"

    def ready(self) -> None:
        """Register the deploy checks."""
        import_module("mall.checks")
