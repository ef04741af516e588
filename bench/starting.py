"""What the checks of the registry add to every start."""

import statistics

from bench import figures, place


def measure() -> None:
    """The median of three fresh processes."""
    taken = [place.child("bench.starting:check")["seconds"] for _round in range(figures.ROUNDS)]
    figures.within("start.registry_checks", statistics.median(taken), "s", 1, 0.5)


def check() -> dict:
    """In a process of its own: the checks as `manage.py check` runs them."""
    from privacy import checks

    return {"seconds": figures.timed(checks.check_declarations)}
