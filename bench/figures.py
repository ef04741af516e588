"""A figure: what was measured, beside what, and whether it is as good as we said."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

ROUNDS = 3


@dataclass(frozen=True)
class Figure:
    """One line. `ratio` is to the plain way of doing the same, measured in turns with it."""

    name: str
    value: float
    unit: str
    size: int
    ratio: float | None = None
    target: str = ""
    passed: bool | None = None


def tell(figure: Figure) -> Figure:
    """Print the line of a figure."""
    print(json.dumps(asdict(figure)), flush=True)
    return figure


def within(name: str, value: float, unit: str, size: int, most: float) -> Figure:
    """A figure that may be at most so much."""
    return tell(Figure(name, tidy(value), unit, size, None, f"<= {most} {unit}", value <= most))


def beside(name: str, value: float, plain: float, size: int, most: float) -> Figure:
    """Seconds that may be at most so many times those of the plain way."""
    ratio = round(value / plain, 2)
    return tell(
        Figure(name, tidy(value), "s", size, ratio, f"ratio <= {most}", value <= most * plain)
    )


def known(name: str, value: float, unit: str, size: int) -> Figure:
    """A figure without a target, for the reader."""
    return tell(Figure(name, tidy(value), unit, size))


def tidy(value: float) -> float:
    """Four digits are more than such a figure is worth."""
    return float(f"{value:.4g}")


def say(text: str) -> None:
    """What happens meanwhile."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def timed(function: Callable[[], object]) -> float:
    """How many seconds it takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def in_turns(ways: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """The medians of several ways, each measured once in every round.

    Each way returns its seconds, so that it can prepare without being timed.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
            say(f"round {number + 1}, {name}: {taken[name][-1]:.3f} s")
    return {name: statistics.median(values) for name, values in taken.items()}
