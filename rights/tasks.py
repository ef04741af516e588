"""Jobs of the rights app."""

from datetime import time

from jobs.registry import daily
from rights import dormancy


@daily("rights.tend_dormant", at=time(10, 0))
def tend_dormant() -> None:
    """Warn about accounts that nobody uses, and close those whose time is over."""
    dormancy.start()
