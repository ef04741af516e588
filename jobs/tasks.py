"""The Celery envelopes: one runs a job, one is beat's knock."""

import os
import sys
from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.signals import heartbeat_sent, worker_init, worker_ready
from django.db import close_old_connections, connections
from django.utils import timezone

from jobs import services
from jobs.enums import Lane
from jobs.registry import periodic

_last_beat = [timezone.now() - timedelta(hours=1)]


@shared_task(name="jobs.run")
def run(job_id: int) -> None:
    """Run the job if it is still due."""
    services.run_job(job_id)


@shared_task(name="jobs.tick", expires=10)
def tick() -> None:
    """Enqueue what is periodic and ring again for what nobody took."""
    services.tick()


@periodic("jobs.prune", every=timedelta(hours=1))
def prune() -> None:
    """Forget what is done."""
    services.prune()


@worker_init.connect
def step_back(**_kwargs: Any) -> None:
    """Bulk work leaves the processor to people who wait for a page."""
    if _name() == Lane.BULK:
        os.nice(10)


def _name() -> str:
    """As whom this worker reports: it listens to the queue that its command line names."""
    return str(Lane.BULK) if Lane.BULK in sys.argv else "worker"


@worker_ready.connect
@heartbeat_sent.connect
def note_worker(**_kwargs: Any) -> None:
    """The worker's main process says every fifteen seconds that it lives."""
    if timezone.now() - _last_beat[0] < timedelta(seconds=15):
        return
    _last_beat[0] = timezone.now()
    close_old_connections()
    try:
        services.beat(_name())
    finally:
        connections.close_all()
