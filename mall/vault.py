"""What a backup and a restore need to know about this installation."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from mall import embedded
from privacy.vault.postgres import CannotUse


def program(name: str) -> Path:
    """One of PostgreSQL's programs: the embedded server's own, or the one that is installed."""
    if embedded.is_needed():
        return embedded.postgres_program(name)
    folder = settings.POSTGRES_PROGRAMS
    found = shutil.which(name, path=folder or None)
    if found is None:
        raise CannotUse(
            f"{name} is not {'in ' + folder if folder else 'on the PATH'}: install PostgreSQL's "
            "client programs of the server's version, or set POSTGRES_PROGRAMS to their folder."
        )
    return Path(found)


@contextmanager
def not_running(var: Path) -> Iterator[None]:
    """Keep the launcher of this `VAR` out; refuse while it runs."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.lock").open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotUse(f"The mall of {var} runs: stop it first.") from None
        yield
