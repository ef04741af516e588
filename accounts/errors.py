"""Refusals of accounts."""

from datetime import datetime

from common.errors import RuleError


class IdentifierTaken(RuleError):
    """The phone number or e-mail address belongs to another account. Never shown to a stranger."""


class MemberNameTaken(RuleError):
    """Member names are public, so this may be said."""


class CannotBeUsed(RuleError):
    """What was entered is no phone number, address or name."""


class TooMany(RuleError):
    """A cap on messages; `retry_at` says when it ends."""

    def __init__(self, code: str, message: str, *, retry_at: datetime) -> None:
        super().__init__(code, message)
        self.retry_at = retry_at


class ChangeOver(RuleError):
    """A change of identifier that can no longer be stopped."""


class PictureRefused(RuleError):
    """A file that cannot become a profile picture."""


class TooManyAddresses(RuleError):
    """The address book is full."""
