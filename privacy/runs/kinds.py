"""Kinds of runs are declared next to what they do.

    @run_kind("privacy.retention", label=_("Retention"), cancel_is_safe=True)
    def sweep(step: RunStep, cursor: Cursor) -> Chunk:
        ...one bounded piece of work...
        return Chunk(cursor={"after": last}, counters={"removed": 500}, done=False)

The function is called inside a transaction of the main database, in which its rows and its cursor
are committed together. It is called again with the cursor that it returned until it says that it
is done. It may be called twice with the same cursor after a crash: what it does in other places
(keys, files) must do no harm then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from privacy.models import Run, RunStep
from privacy.runs.errors import UnknownKind

Cursor = dict[str, Any]


@dataclass(frozen=True)
class Chunk:
    """What one piece of work came to: where to go on, what to add to the counters."""

    cursor: Cursor
    counters: Mapping[str, int] = field(default_factory=dict)
    done: bool = False


Advance = Callable[[RunStep, Cursor], Chunk]


@dataclass(frozen=True)
class RunKind:
    """A declared kind.

    A chunk should take about `target` seconds; eight times as much means that the database has
    other worries, and the run pauses.
    """

    name: str
    label: str | Promise
    advance: Advance
    cancel_is_safe: bool
    tries: int
    target: float
    on_end: Callable[[Run], None] | None
    closing: tuple[str, ...] = ()

    @property
    def busy(self) -> float:
        """A chunk that takes longer than this many seconds makes the run pause."""
        return self.target * 8


_kinds: dict[str, RunKind] = {}


def run_kind(
    name: str,
    *,
    label: str | Promise,
    cancel_is_safe: bool = False,
    tries: int = 3,
    target: float = 0.25,
    on_end: Callable[[Run], None] | None = None,
    closing: tuple[str, ...] = (),
) -> Callable[[Advance], Advance]:
    """Declare a kind of run. `on_end` is called in the transaction that ends a run.

    The parts named in `closing` come when every other one has ended, well or not, one after the
    other.
    """

    def register(advance: Advance) -> Advance:
        if name in _kinds:
            raise ValueError(f"The kind of run {name} is declared twice.")
        _kinds[name] = RunKind(name, label, advance, cancel_is_safe, tries, target, on_end, closing)
        return advance

    return register


def kind_of(name: str) -> RunKind:
    """The declared kind; raises `UnknownKind`."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def all_kinds() -> list[RunKind]:
    """Every declared kind, by name."""
    return sorted(_kinds.values(), key=lambda kind: kind.name)
