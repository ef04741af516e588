"""What can stop a copy from being made or read."""

from common.errors import RuleError


class NothingToCancel(RuleError):
    """The copy has ended already."""


class NotThere(Exception):
    """The files of the copy are gone, or never came to be."""
