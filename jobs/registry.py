"""Jobs are declared next to what they call, in each app's `tasks.py`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TypeVar

from jobs.enums import Lane
from jobs.errors import UnknownJob

Handler = TypeVar("Handler", bound=Callable[..., object])
Around = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class JobKind:
    """A declared job: what runs, and how often it may fail before people look at it."""

    name: str
    handler: Callable[..., object]
    retries: int
    lane: Lane
    every: timedelta | None = None
    at: time | None = None

    @property
    def is_periodic(self) -> bool:
        """Whether beat asks for it."""
        return self.every is not None or self.at is not None


_registry: dict[str, JobKind] = {}
_around: list[Around] = []


def job(name: str, *, retries: int = 8, lane: Lane = Lane.QUICK) -> Callable[[Handler], Handler]:
    """Declare a job. Its handler takes ids as keywords and may be run twice without harm.

    What comes in crowds or takes longer than a second goes on the bulk lane.
    """
    return _declare(name, retries=retries, lane=lane, every=None)


def periodic(name: str, *, every: timedelta) -> Callable[[Handler], Handler]:
    """Declare a job without arguments that is enqueued once in each period of `every`."""
    return _declare(name, retries=0, lane=Lane.QUICK, every=every)


def daily(name: str, *, at: time) -> Callable[[Handler], Handler]:
    """Declare a job without arguments that is enqueued once a day, at this time in Shanghai.

    Where nobody was awake at that time, it is enqueued when somebody is again, once.
    """
    return _declare(name, retries=3, lane=Lane.QUICK, every=None, at=at)


def _declare(
    name: str, *, retries: int, lane: Lane, every: timedelta | None, at: time | None = None
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        if name in _registry:
            raise ValueError(f"The job {name} is declared twice.")
        _registry[name] = JobKind(name, handler, retries, lane, every, at)
        return handler

    return register


def kind_of(name: str) -> JobKind:
    """The declared job; raises `UnknownJob`."""
    try:
        return _registry[name]
    except KeyError:
        raise UnknownJob(name) from None


def lane_of(name: str) -> Lane:
    """The lane of a job; a name that nobody declares any more is quick to fail."""
    kind = _registry.get(name)
    return kind.lane if kind else Lane.QUICK


def all_jobs() -> list[JobKind]:
    """Every declared job, by name."""
    return sorted(_registry.values(), key=lambda kind: kind.name)


def run_inside(context: Around) -> None:
    """Run every job inside this context (opened keys end with it, for example)."""
    _around.append(context)


@contextmanager
def surroundings() -> Iterator[None]:
    """Everything that `run_inside` asked for."""
    with ExitStack() as stack:
        for context in _around:
            stack.enter_context(context())
        yield
