"""Privacy: keys, declarations and ledgers, below every app that knows people."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    """Collects every app's declarations and checks them."""

    name = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        """Collect declarations; jobs run inside a scope of the keyring."""
        from jobs.registry import run_inside  # noqa: PLC0415 - apps are ready only now
        from privacy import (  # noqa: PLC0415
            checks,  # noqa: F401
            grants,
            keyring,
            personal_data_erasure,  # noqa: F401
            personal_data_exports,  # noqa: F401
            personal_data_proofs,  # noqa: F401
            personal_data_runs,  # noqa: F401
            staff,
            third_party,  # noqa: F401
        )
        from privacy.erasure import decisions as erasing  # noqa: F401, PLC0415
        from privacy.export import running  # noqa: F401, PLC0415
        from privacy.registry import registry  # noqa: PLC0415
        from privacy.residue import cases  # noqa: F401, PLC0415
        from privacy.retention import ledgers, sweeping  # noqa: F401, PLC0415
        from privacy.vault import decisions, gate  # noqa: F401, PLC0415

        run_inside(gate.for_jobs)
        run_inside(keyring.scope)
        autodiscover_modules("decisions")
        autodiscover_modules("personal_data", register_to=registry)
        autodiscover_modules("audit_terms")
        autodiscover_modules("telling")
        staff.keep_names_out_of_the_log()
        # Sent once every app has its tables.
        post_migrate.connect(grants.grant, sender=self, dispatch_uid="privacy.grants")
        post_migrate.connect(ledgers.make_door, sender=self, dispatch_uid="privacy.let_go")
