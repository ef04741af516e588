"""Which function draws which good."""

from collections.abc import Callable

from mall.demo.art.drawing import Drawing

Painter = Callable[[Drawing, str], None]

_CLOSER = 1.1
_painters: dict[tuple[str, int], Painter] = {}


def good(key: str, *, view: int = 1) -> Callable[[Painter], Painter]:
    """Register the painter of one view of a good; it is handed the sheet and a colour."""

    def register(painter: Painter) -> Painter:
        if (key, view) in _painters:
            raise ValueError(f"View {view} of {key} is drawn twice.")
        _painters[key, view] = painter
        return painter

    return register


CLOSE_UPS: dict[str, tuple[int, int, float]] = {
    "gaiwan": (400, 450, 2.0),
    "canister": (390, 470, 2.1),
    "honey": (396, 420, 1.9),
    "brushes": (400, 560, 2.2),
    "seal": (520, 400, 1.7),
    "lantern": (400, 420, 1.8),
    "scarf": (350, 540, 2.0),
    "cushion": (480, 400, 2.0),
    "tote": (400, 460, 2.0),
    "jacket": (380, 480, 2.0),
    "wateringcan": (420, 500, 1.9),
    "birdhouse": (380, 430, 2.1),
    "sapling": (410, 290, 2.0),
    "backpack": (400, 430, 1.9),
    "suitcase": (330, 430, 1.8),
    "umbrella": (380, 280, 1.8),
    "compass": (400, 436, 1.7),
    "lunchbox": (420, 560, 2.0),
}
"""Where a second view comes close: the middle it looks at, and how many times larger."""


def views_of(key: str) -> list[int]:
    """The views that exist of a good, the first first."""
    views = {view for name, view in _painters if name == key}
    return sorted(views | ({2} if key in CLOSE_UPS else set()))


def keys() -> list[str]:
    """Every good that can be drawn."""
    return sorted({name for name, _ in _painters})


def draw(key: str, colour: str, *, view: int = 1) -> str:
    """The SVG of one view of one good in one colour."""
    sheet = Drawing()
    sheet.ground()
    if (key, view) in _painters:
        with sheet.moved(400 - 400 * _CLOSER, 396 - 446 * _CLOSER, size=_CLOSER):
            _painters[key, view](sheet, colour)
    else:
        x, y, times = CLOSE_UPS[key]
        with sheet.moved(400 - x * times, 400 - y * times, size=times):
            _painters[key, 1](sheet, colour)
    return sheet.svg()


def place(sheet: Drawing, key: str, colour: str, *, x: float, foot: float, size: float) -> None:
    """Put a good into a larger scene: its middle at x, its foot (about 640 of 800) at `foot`."""
    with sheet.moved(x - 400 * size, foot - 640 * size, size=size):
        _painters[key, 1](sheet, colour)
