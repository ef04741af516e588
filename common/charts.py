"""Small bar charts, drawn on the server. Beside each stands a table for those who read."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 140
GAP = 6


@dataclass(frozen=True)
class Bar:
    """One bar; places and sizes are those of the drawing."""

    label: dt.date
    x: float
    y: float
    width: float
    height: float
    is_last: bool

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Bars:
    """A whole drawing."""

    width: int
    height: int
    bars: tuple[Bar, ...]


def bars(values: Sequence[tuple[dt.date, int]]) -> Bars:
    """A bar for each value, the highest as high as the drawing; a small one is still seen."""
    most = max((value for _label, value in values), default=0) or 1
    step = WIDTH / max(1, len(values))
    drawn = []
    for number, (label, value) in enumerate(values):
        height = round(HEIGHT * value / most, 1)
        if value:
            height = max(2.0, height)
        drawn.append(
            Bar(
                label=label,
                x=round(number * step + GAP / 2, 1),
                y=round(HEIGHT - height, 1),
                width=round(step - GAP, 1),
                height=height,
                is_last=number == len(values) - 1,
            )
        )
    return Bars(WIDTH, HEIGHT, tuple(drawn))
