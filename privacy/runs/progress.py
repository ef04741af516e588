"""How far a run came, for whoever watches: staff and the person whom it is about."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from privacy.models import Run, RunStep
from privacy.registry import registry
from privacy.runs.enums import LIVE, StepState, Waits
from privacy.runs.errors import UnknownKind
from privacy.runs.kinds import kind_of

ENDED = (StepState.DONE, StepState.FAILED, StepState.CANCELLED)
WHOLE = 100
CLOSE = 99


@dataclass(frozen=True)
class Progress:
    """A run in numbers, and the words that stand beside its bar."""

    run: Run
    label: "str | Promise"
    parts: int
    parts_ended: int
    percent: int
    step: str
    waits: "str | Promise"

    @property
    def is_live(self) -> bool:
        """Whether it is worth looking again."""
        return self.run.state in LIVE


def progress_of(run: Run, steps: "list[RunStep] | None" = None) -> Progress:
    """How far it came; rows count where the plan expects a number, parts where it does not."""
    known = list(run.steps.order_by("position")) if steps is None else steps
    ended = sum(1 for step in known if step.state in ENDED)
    return Progress(
        run=run,
        label=label_of(run.kind),
        parts=len(known),
        parts_ended=ended,
        percent=_percent(run, known, ended),
        step=name_of(str(run.cursor.get("step", ""))),
        waits=Waits(run.waits_for).label if run.waits_for else "",
    )


def label_of(kind: str) -> "str | Promise":
    """What people call this kind of run; its code when no release here knows it."""
    try:
        return kind_of(kind).label
    except UnknownKind:
        return kind


def name_of(step: str) -> str:
    """What people call a part: the things that lie in its table, or its name in words."""
    for one in registry.declarations():
        if one.label == step:
            return one.title
    return step.replace("_", " ")


def _percent(run: Run, steps: list[RunStep], ended: int) -> int:
    if run.state not in LIVE:
        return WHOLE
    shares = [_share(step) for step in steps]
    part = sum(shares) / len(shares) if shares else 0.0
    return min(CLOSE, int(WHOLE * part)) if ended < len(steps) or not steps else CLOSE


def _share(step: RunStep) -> float:
    if step.state in ENDED:
        return 1.0
    if not step.expected:
        return 0.0
    return min(1.0, step.done_rows / step.expected)


def runs_about(subject: Any, *, most: int = 5) -> list[Progress]:
    """What is done with this person's data now, and what was done last, the newest first."""
    runs = Run.objects.filter(subject=subject).order_by("-created_at").prefetch_related("steps")
    return [
        progress_of(run, sorted(run.steps.all(), key=lambda step: step.position))
        for run in runs[:most]
    ]
