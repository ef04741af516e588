"""The choke point for what comes in about a person who is gone or blocked.

A parcel may arrive and a payment may be settled after its person was erased. Whoever takes news
from outside asks here before anything is stored: about somebody who is gone the state is kept, and
texts, names and numbers are dropped.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from privacy.enums import KeyClass, KeyState
from privacy.keyring import ALIAS
from privacy.models import DataKey


def is_gone(subject: UUID | None) -> bool:
    """Whether this person was erased, or what is kept of them is blocked."""
    if subject is None:
        return False
    keys = DataKey.objects.using(ALIAS).filter(
        subject=subject,
        key_class=KeyClass.ACCOUNT,
        state__in=[KeyState.BLOCKED, KeyState.DESTROYED],
        retired_at=None,
    )
    return keys.exists()


def accept(
    subject: UUID | None, told: Mapping[str, Any], *, states: Collection[str]
) -> dict[str, Any]:
    """What of `told` may be stored: all of it, or of a person who is gone the `states` alone."""
    if not is_gone(subject):
        return dict(told)
    return {name: value for name, value in told.items() if name in states}


def text(subject: UUID | None, value: str) -> str:
    """A text from outside; empty about a person who is gone."""
    return "" if value and is_gone(subject) else value
