"""The id of the request at hand: on the error page, in the log line, nowhere else."""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The current request's (or job's) id, empty outside of both."""
    return _current.get()


def set_request_id(value: str) -> None:
    """Name the request or job that runs now."""
    _current.set(value)
