"""What members of staff decide about runs: written down, and too large a share never alone."""

from typing import Any

from django.db import transaction

from privacy import audit
from privacy.enums import Action
from privacy.models import Run, RunStep
from privacy.runs import engine


class OwnRun(Exception):
    """Whoever started a run does not confirm what it holds back: that takes a second person."""


def started(run: Run, *, actor: Any) -> None:
    """Note who started it, in the caller's transaction."""
    _record(Action.RUN_STARTED, actor, run)


def confirm(step: RunStep, *, actor: Any) -> None:
    """Let a part go on that held itself back. Raises `OwnRun` and `NotWaiting`."""
    if step.run.requested_by == actor.subject:
        raise OwnRun(step.pk)
    with transaction.atomic():
        engine.confirm(step, actor=actor.subject)
        audit.record(
            Action.RUN_CONFIRMED,
            actor=actor,
            detail={"run": step.run.code, "key": step.name, "rows": step.expected or 0},
        )


def cancel(run: Run, *, actor: Any) -> None:
    """Stop a run whose kind can be stopped half-way. Raises `NotCancellable`."""
    with transaction.atomic():
        engine.cancel(run)
        _record(Action.RUN_CANCELLED, actor, run)


def _record(action: Action, actor: Any, run: Run) -> None:
    audit.record(
        action,
        actor=actor,
        subject=run.subject,
        detail={"run": run.code},
    )
