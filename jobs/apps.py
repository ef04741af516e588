from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find every app's jobs, so that a name that nobody declared is refused at once."""
        autodiscover_modules("tasks")
