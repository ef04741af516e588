"""Ask for a copy, cancel it, end it. One copy of a person is made at a time."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.locks import advisory_lock
from jobs.services import enqueue
from privacy import audit, keyring
from privacy.enums import Action, KeyClass
from privacy.export import running
from privacy.export.enums import LIVE, TAKEABLE, ExportState
from privacy.export.errors import NothingToCancel
from privacy.export.store import destroy
from privacy.models import ExportPackage
from privacy.runs import engine
from privacy.runs.errors import NotCancellable, UnknownKind

LATELY = timedelta(days=2)
"""For how long what is left of an ended copy is looked for."""


def ask(
    person: Any,
    *,
    language: str,
    with_files: bool,
    not_before: datetime | None = None,
) -> tuple[ExportPackage, bool]:
    """Ask for a copy; the copy, and whether it is a new one.

    Who asks twice gets the copy that is being made already.
    """
    with transaction.atomic():
        advisory_lock("export", str(person.subject))
        live = ExportPackage.objects.filter(subject=person.subject, state__in=LIVE).first()
        if live is not None:
            return live, False
        package = ExportPackage.objects.create(
            subject=person.subject,
            language=language,
            with_files=with_files,
            not_before=not_before,
        )
        audit.record(Action.EXPORT_ASKED, actor=person, subject=person.subject)
        enqueue(
            running.BEGIN,
            once=f"{running.BEGIN}:{package.pk}",
            run_at=not_before,
            package_id=package.pk,
        )
    return package, True


def cancel(package: ExportPackage, *, actor: Any) -> None:
    """Stop a copy, or take back one that is ready. Raises `NothingToCancel`."""
    if not discard(package, actor=actor):
        raise NothingToCancel("over", _("This copy has ended already."))


def discard(package: ExportPackage, *, actor: Any = None) -> bool:
    """Stop or remove a copy and destroy its key; whether there was something to stop.

    The run is locked before the copy, as its parts do.
    """
    with transaction.atomic():
        if package.run is not None:
            # A run that ended at this moment, or that another release wrote, cannot be cancelled;
            # its files go all the same.
            with suppress(NotCancellable, UnknownKind):
                engine.cancel(package.run)
        stopped = ExportPackage.objects.filter(pk=package.pk, state__in=(*LIVE, *TAKEABLE)).update(
            state=ExportState.CANCELLED, ended_at=timezone.now()
        )
        if stopped:
            audit.record(Action.EXPORT_CANCELLED, actor=actor, subject=package.subject)
    destroy(package)
    return bool(stopped)


def note_taken(package: ExportPackage, *, actor: Any) -> None:
    """Write down that the copy was fetched, before its first byte leaves."""
    with transaction.atomic():
        ExportPackage.objects.filter(pk=package.pk).update(downloads=F("downloads") + 1)
        audit.record(Action.EXPORT_TAKEN, actor=actor, subject=package.subject)


def note_read(package: ExportPackage, *, actor: Any) -> None:
    """Write down that the copy was opened online."""
    audit.record(Action.EXPORT_READ, actor=actor, subject=package.subject)


def end_old(now: datetime) -> int:
    """End what can no longer be fetched, and settle what a dead run left; returns how many."""
    for package in ExportPackage.objects.filter(state=ExportState.MAKING).select_related("run"):
        if package.run is not None:
            with transaction.atomic():
                running.settle(package, package.run)
    over = ExportPackage.objects.filter(state__in=TAKEABLE, expires_at__lte=now)
    ended = sum(end(package) for package in over)
    _sweep(now)
    return ended


def end(package: ExportPackage) -> bool:
    """Remove a copy's files and destroy its key; the row stays as proof."""
    with transaction.atomic():
        ended = ExportPackage.objects.filter(pk=package.pk, state__in=TAKEABLE).update(
            state=ExportState.GONE, ended_at=timezone.now()
        )
        if ended:
            audit.record(Action.EXPORT_ENDED, actor=None, subject=package.subject)
    destroy(package)
    return bool(ended)


def _sweep(now: datetime) -> None:
    """What a crash, or a worker that came too late, left of copies that ended."""
    folder = Path(settings.EXPORT_DIR)
    names = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    lately = ExportPackage.objects.filter(ended_at__gte=now - LATELY)
    left = lately.exclude(state__in=(*LIVE, *TAKEABLE))
    keys = keyring.keys_of(left.values_list("lock", flat=True), KeyClass.EXPORT)
    for package in left:
        if package.lock.hex in names or keys.get(package.lock) is not None:
            destroy(package)


def packages_of(subject: UUID) -> "QuerySet[ExportPackage]":
    """The person's copies, the newest first."""
    return ExportPackage.objects.filter(subject=subject).order_by("-asked_at", "-pk")
