"""Who may open a key that is not simply active; asked again at each reading.

as_person(subject)      restricted keys of that person, for that person's own eyes
opening_blocked(...)    blocked keys of one person, for the privacy officer
moving()                both, for code that seals rows anew and shows nothing
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from uuid import UUID

from privacy.enums import KeyState

Whose = Callable[[], UUID | None]


class Closed(StrEnum):
    """What stands in the place of a key that is there and does not open."""

    BLOCKED = "BLOCKED"
    RESTRICTED = "RESTRICTED"


_person: ContextVar[Whose | None] = ContextVar("keys_for_person", default=None)
_blocked_of: ContextVar[UUID | None] = ContextVar("blocked_keys_of", default=None)
_moving: ContextVar[bool] = ContextVar("keys_moving", default=False)


@contextmanager
def as_person(whose: UUID | Whose) -> Iterator[None]:
    """What is read inside is for this person: their restricted keys open, nobody else's.

    A function is asked when a restricted key is met, and not before.
    """
    reset = _person.set(whose if callable(whose) else lambda: whose)
    try:
        yield
    finally:
        _person.reset(reset)


@contextmanager
def blocked_of(subject: UUID) -> Iterator[None]:
    """Closed keys of this person open; for `opening_blocked`, which writes it down."""
    reset = _blocked_of.set(subject)
    try:
        yield
    finally:
        _blocked_of.reset(reset)


@contextmanager
def moving() -> Iterator[None]:
    """Every key that is not destroyed opens, to seal a row anew. Nothing inside is shown."""
    reset = _moving.set(True)
    try:
        yield
    finally:
        _moving.reset(reset)


def is_moving() -> bool:
    """Whether rows are being sealed anew."""
    return _moving.get()


def opens(state: str, subject: UUID) -> bool:
    """Whether a key of this person in this state opens here and now."""
    if state == KeyState.ACTIVE or _moving.get():
        return True
    if _blocked_of.get() == subject:
        return True
    return state == KeyState.RESTRICTED and is_for(subject)


def is_for(subject: UUID) -> bool:
    """Whether this person looks at their own data."""
    whose = _person.get()
    return whose is not None and whose() == subject
