"""What a job may raise to say that it is not over."""


class TryLater(Exception):
    """The job could not finish yet: run it again after `seconds`. `reason` is a code for staff."""

    def __init__(self, *, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.reason = reason


class UnknownJob(LookupError):
    """Nobody declared a job of this name."""
