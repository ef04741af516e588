"""Refusals of accounts."""

from common.errors import RuleError


class IdentifierTaken(RuleError):
    """The phone number or e-mail address belongs to another account. Never shown to a stranger."""


class MemberNameTaken(RuleError):
    """Member names are public, so this may be said."""


class CannotBeUsed(RuleError):
    """What was entered is no phone number, address or name."""
