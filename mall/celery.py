"""The Celery application. The broker is a doorbell: what is to be done stands in the job table."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_process_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings")

app = Celery("mall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {"tick": {"task": "jobs.tick", "schedule": 5.0, "options": {"expires": 5}}}


@setup_logging.connect
def keep_our_logs(**_kwargs: Any) -> None:
    """Django's LOGGING counts for worker and beat too; Celery adds nothing of its own."""


@worker_init.connect
@beat_init.connect
def refuse_unsafe_settings(**_kwargs: Any) -> None:
    """A worker starts under the same conditions as a web server."""
    from mall.checks import refuse_unsafe_settings as refuse  # noqa: PLC0415 - needs the apps
    from privacy.grants import refuse_strong_roles  # noqa: PLC0415

    try:
        refuse()
        refuse_strong_roles()
    except ImproperlyConfigured as error:
        # Celery takes any other exception of a receiver for a detail, and goes on.
        raise SystemExit(f"celery: {error}") from None


@worker_init.connect
@worker_process_init.connect
def wait_for_the_journal(**_kwargs: Any) -> None:
    """No job runs before every decision of the journal has taken effect."""
    from privacy.vault import gate  # noqa: PLC0415 - needs the apps

    gate.begin()


@worker_init.connect
def listen_patiently(**_kwargs: Any) -> None:
    """A worker waits for the bell for a second at a time, which is no sign of a silent broker."""
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
