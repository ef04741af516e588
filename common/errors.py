"""The base of every refusal that a person may read."""

from django.utils.functional import Promise


class RuleError(Exception):
    """A rule said no: `code` for programs, `message` a full sentence for people."""

    def __init__(self, code: str, message: "str | Promise") -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
