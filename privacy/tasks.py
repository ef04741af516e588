"""Jobs of the privacy engine."""

from datetime import time, timedelta

from django.utils import timezone

from jobs.enums import Lane
from jobs.registry import daily, job, periodic
from privacy import keyring, recipients_told, sealing_run
from privacy.erasure import cases as erasures
from privacy.export import asking, running
from privacy.export.signals import export_ended
from privacy.ledger import jobs as ledger_jobs
from privacy.models import ExportPackage
from privacy.residue import cases
from privacy.retention import forecasting, sweeping
from privacy.rotation import indexes, master, people
from privacy.runs import engine, watchdog
from privacy.vault import backup_keys


@job(engine.JOB, lane=Lane.BULK)
def advance_run(*, run_id: int) -> None:
    """Take a turn of a run."""
    engine.take_turn(run_id)


@periodic("privacy.watch_runs", every=timedelta(minutes=1))
def watch_runs() -> None:
    """Ring for runs that somebody left behind."""
    watchdog.watch()


@periodic("privacy.tend_erasures", every=timedelta(minutes=5))
def tend_erasures() -> None:
    """Begin the erasures that are due, and go on with those that something stopped."""
    erasures.tend()


@daily("privacy.retention", at=sweeping.NIGHT)
def retention() -> None:
    """Count what is past its time, then remove it."""
    sweeping.start(then_sweep=True)


@daily("privacy.forecast_retention", at=time(9, 0))
def forecast_retention() -> None:
    """Count what the coming night will remove, while people are here who can look at it."""
    forecasting.start()


@periodic("privacy.end_backup_keys", every=timedelta(hours=6))
def end_backup_keys() -> None:
    """Destroy the keys of backups whose time is over, whether or not new ones are made."""
    backup_keys.end_old(timezone.now())


@periodic("privacy.seal_ledgers", every=timedelta(seconds=30))
def seal_ledgers() -> None:
    """Seal what nothing can precede any more; say so when something waits for too long."""
    ledger_jobs.seal_ledgers()


@periodic("privacy.publish_heads", every=timedelta(minutes=10))
def publish_heads() -> None:
    """Publish the head of the day, and let go of the names of people who are gone."""
    ledger_jobs.publish_heads()


@periodic("privacy.verify_ledgers", every=timedelta(hours=24))
def verify_ledgers() -> None:
    """Begin the verification of the day."""
    ledger_jobs.verify_ledgers()


@job("privacy.go_on_verifying", lane=Lane.BULK)
def go_on_verifying(*, check_id: int) -> None:
    """Verify for a while; what is left is another job."""
    ledger_jobs.go_on_verifying(check_id)


@job(recipients_told.JOB, lane=Lane.BULK)
def tell_recipient(*, notice_id: int) -> None:
    """Tell a recipient that a person's data is to be deleted, until it confirms."""
    recipients_told.deliver(notice_id)


@periodic("privacy.tend_residue", every=timedelta(hours=1))
def tend_residue() -> None:
    """Start the searches that are due a month after an erasure; destroy words that ended."""
    cases.tend()


@job(running.BEGIN)
def begin_export(*, package_id: int) -> None:
    """Begin a copy whose time has come."""
    package = ExportPackage.objects.filter(pk=package_id).first()
    if package is not None:
        running.begin(package)


@job(running.TELL)
def tell_export(*, package_id: int) -> None:
    """Tell the rooms above that a copy is ready, or failed."""
    package = ExportPackage.objects.filter(pk=package_id).first()
    if package is not None:
        export_ended.send(sender=ExportPackage, package=package)


@periodic("privacy.end_exports", every=timedelta(minutes=10))
def end_exports() -> None:
    """Destroy the copies whose time is over, and what dead runs left."""
    asking.end_old(timezone.now())


ROTATIONS = (indexes.KIND, master.KIND, people.KIND, sealing_run.KIND)
"""Declared with their modules, so that a worker knows them."""


@periodic("privacy.rotate_indexes", every=timedelta(hours=24))
def rotate_indexes() -> None:
    """Exchange the keys of blind indexes that are older than a backup may be."""
    indexes.start_old()


@periodic("privacy.note_house_keys", every=timedelta(hours=1))
def note_house_keys() -> None:
    """Let the main database know every key of the house, also after a rollback or a restore."""
    keyring.note_names()
