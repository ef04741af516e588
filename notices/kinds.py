"""Every message is of a declared kind. Apps declare theirs in `messages.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise

from notices.enums import Category, Channel

ALL_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.INBOX)


class UnknownKind(LookupError):
    """Nobody declared a message of this kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of message: who may switch it off, where it goes, and with which words."""

    code: str
    category: Category
    channels: tuple[Channel, ...]
    subject: str | Promise
    template: str
    switchable: bool
    useful_for: timedelta | None

    @property
    def app(self) -> str:
        """The app whose words these are."""
        return self.template.partition("/")[0]

    @property
    def name(self) -> str:
        """The file name of the words, without its ending."""
        return self.template.partition("/")[2]


_kinds: dict[str, Kind] = {}


def declare_kind(
    code: str,
    *,
    category: Category,
    subject: str | Promise,
    template: str,
    channels: Iterable[Channel] = ALL_CHANNELS,
    switchable: bool = False,
    useful_for: timedelta | None = None,
) -> Kind:
    """Declare a message kind.

    `subject` is a sentence with `{names}` of the context. The words stand in
    `templates/<app>/message/<name>.txt`; `.html`, `.sms.txt` and `.inbox.txt` beside it say it
    differently on one channel. A message older than `useful_for` is not sent any more: a
    one-time code that arrives an hour late only confuses.
    """
    if code in _kinds:
        raise ValueError(f"The message kind {code} is declared twice.")
    kind = Kind(code, category, tuple(channels), subject, template, switchable, useful_for)
    _kinds[code] = kind
    return kind


def kind_of(code: str) -> Kind:
    """The declared kind; raises `UnknownKind`."""
    try:
        return _kinds[code]
    except KeyError:
        raise UnknownKind(code) from None


def all_kinds() -> list[Kind]:
    """Every declared kind, by code."""
    return sorted(_kinds.values(), key=lambda kind: kind.code)
