"""What accounts do by themselves."""

from datetime import timedelta

from accounts.services import ages, limits
from jobs.registry import periodic


@periodic("accounts.grow_up", every=timedelta(hours=6))
def grow_up() -> None:
    """Let those who turned 18 buy."""
    ages.grow_up()


@periodic("accounts.forget_counts", every=timedelta(hours=6))
def forget_counts() -> None:
    """Forget counts that no window needs any more."""
    limits.forget_old_counts()
