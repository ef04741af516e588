"""Who outside the house may receive which fields; declared by the app that sends."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from privacy.enums import Ground
from privacy.purposes import Purpose


class UnknownRecipient(LookupError):
    """Nobody declared this recipient."""


@dataclass(frozen=True)
class Recipient:
    """An outside company, what it is for, and all that it may ever be given."""

    code: str
    name: str | Promise
    role: str | Promise
    purpose: Purpose
    fields: frozenset[str]
    grounds: frozenset[Ground]


_recipients: dict[str, Recipient] = {}


def declare_recipient(
    code: str,
    *,
    name: str | Promise,
    role: str | Promise,
    purpose: Purpose,
    fields: Iterable[str],
    grounds: Iterable[Ground],
) -> Recipient:
    """Declare a recipient in the `personal_data.py` of the app that sends to it."""
    if code in _recipients:
        raise ValueError(f"The recipient {code} is declared twice.")
    _recipients[code] = Recipient(code, name, role, purpose, frozenset(fields), frozenset(grounds))
    return _recipients[code]


def recipient(code: str) -> Recipient:
    """The declared recipient; raises `UnknownRecipient`."""
    try:
        return _recipients[code]
    except KeyError:
        raise UnknownRecipient(code) from None


def is_recipient(code: str) -> bool:
    """Whether somebody declared it."""
    return code in _recipients


def all_recipients() -> list[Recipient]:
    """Every recipient, by code."""
    return sorted(_recipients.values(), key=lambda one: one.code)
