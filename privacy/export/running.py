"""The run that makes a copy: a part for each table with rows, then pages, verification, the end.

A part that breaks is named in the copy, and the others go on. Until the last part has read the
whole copy again, nobody can fetch it.
"""

import logging

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from jobs.services import enqueue
from privacy import audit, keyring
from privacy.enums import Action
from privacy.export import extras, finishing, pages, verifying, writing
from privacy.export.enums import LIVE, TAKEABLE, ExportState
from privacy.export.store import Store, destroy, key_of
from privacy.models import ExportPackage, Run, RunStep
from privacy.redaction import columns_shown, counts_shown
from privacy.registry import registry
from privacy.runs import engine
from privacy.runs.engine import Part
from privacy.runs.enums import RunState
from privacy.runs.kinds import Chunk, Cursor, run_kind

log = logging.getLogger(__name__)

KIND = "privacy.export"
BEGIN = "privacy.begin_export"
TELL = "privacy.tell_export"
GRAPH = "graph:"
CLOSING = (pages.PART, verifying.PART, finishing.PART)


def begin(package: ExportPackage) -> bool:
    """Start the run of a copy whose time has come; whether it did. Repeatable."""
    key_of(package.lock, make=True)
    with transaction.atomic():
        package = ExportPackage.objects.select_for_update().get(pk=package.pk)
        waits = package.not_before is not None and package.not_before > timezone.now()
        if package.state != ExportState.WAITING or waits:
            return False
        package.run = engine.start(
            KIND, subject=package.subject, requested_by=package.subject, parts=_parts(package)
        )
        package.state = ExportState.MAKING
        package.save(update_fields=["run", "state"])
    return True


def _parts(package: ExportPackage) -> list[Part]:
    counts = counts_shown(package.subject)
    parts = [
        Part(one.label, expected=counts[one.label])
        for one in registry.declarations()
        if one.label in counts and columns_shown(one)
    ]
    parts += [Part("acted"), Part("elsewhere"), Part("receipts")]
    parts += [Part(f"{GRAPH}{one.name}") for one in extras.graphs()]
    if package.with_files:
        parts.append(Part("files"))
    return parts + [Part(name) for name in CLOSING]


def _ended(run: Run) -> None:
    """Called in the transaction that ends the run."""
    package = ExportPackage.objects.filter(run=run).first()
    if package is not None:
        settle(package, run)


def settle(package: ExportPackage, run: Run) -> bool:
    """Give a copy the state that its ended run left it in, and have people told; whether it did.

    The finishing part has set the state of a copy that can be fetched already.
    """
    if run.state in LIVE_RUNS:
        return False
    if package.state in LIVE:
        changed = ExportPackage.objects.filter(pk=package.pk, state__in=LIVE).update(
            state=ExportState.FAILED, ended_at=timezone.now()
        )
        if not changed:
            return False
        transaction.on_commit(lambda: destroy(package))
    elif package.state in TAKEABLE:
        audit.record(Action.EXPORT_READY, actor=None, subject=package.subject)
    enqueue(TELL, once=f"{TELL}:{package.pk}", package_id=package.pk)
    return True


LIVE_RUNS = (RunState.WAITING, RunState.RUNNING, RunState.PAUSED)


@run_kind(
    KIND,
    label=_("Copy of a person's data"),
    cancel_is_safe=True,
    target=2.0,
    on_end=_ended,
    closing=CLOSING,
)
def make(step: RunStep, cursor: Cursor) -> Chunk:
    """Write the next piece of a copy."""
    package = ExportPackage.objects.get(run=step.run)
    store = Store.of(package)
    # A restricted person may still see and take what is theirs.
    with translation.override(package.language), keyring.as_person(package.subject):
        if step.name in writing.PARTS:
            return writing.PARTS[step.name](store, package, step)
        if step.name.startswith(GRAPH):
            one = writing.graph_of(step.name.removeprefix(GRAPH))
            return writing.write_graph(store, package, one, step, cursor)
        if step.name == pages.PART:
            return pages.write(store, package, step, cursor)
        if step.name == verifying.PART:
            return verifying.verify(store, package, step, cursor)
        if step.name == finishing.PART:
            return finishing.finish(store, package, step)
        declaration = next(one for one in registry.declarations() if one.label == step.name)
        return writing.write_table(store, package, declaration, step, cursor)
