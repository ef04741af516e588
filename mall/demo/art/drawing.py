"""A sheet to draw on: SVG shapes with one light, one shadow and no inline style."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import cos, radians, sin

from mall.demo.art.palette import INK, WHITE, dark, light

SIDE = 800
Point = tuple[float, float]
Profile = Sequence[Point]


def number(value: float) -> str:
    """A coordinate without needless digits."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def spline(points: Sequence[Point], *, start: str = "M") -> str:
    """A smooth path through the points; a point written twice is a corner."""
    x, y = points[0]
    parts = [f"{start}{number(x)} {number(y)}"]
    for index in range(len(points) - 1):
        before = points[max(index - 1, 0)]
        one, two = points[index], points[index + 1]
        after = points[min(index + 2, len(points) - 1)]
        first = (one[0] + (two[0] - before[0]) / 6, one[1] + (two[1] - before[1]) / 6)
        second = (two[0] - (after[0] - one[0]) / 6, two[1] - (after[1] - one[1]) / 6)
        parts.append("C" + " ".join(number(v) for p in (first, second, two) for v in p))
    return "".join(parts)


def closed(points: Sequence[Point]) -> str:
    """A smooth closed outline through the points."""
    ring = [points[-1], *points, points[0], points[1]]
    parts = []
    for index in range(1, len(ring) - 2):
        before, one, two, after = ring[index - 1 : index + 3]
        first = (one[0] + (two[0] - before[0]) / 6, one[1] + (two[1] - before[1]) / 6)
        second = (two[0] - (after[0] - one[0]) / 6, two[1] - (after[1] - one[1]) / 6)
        parts.append("C" + " ".join(number(v) for p in (first, second, two) for v in p))
    x, y = points[0]
    return f"M{number(x)} {number(y)}{''.join(parts)}Z"


def polygon(*points: Point) -> str:
    """A closed outline with corners."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z"


class Drawing:
    """One picture of 800 by 800 units."""

    def __init__(self, *, width: int = SIDE, height: int = SIDE) -> None:
        self.width = width
        self.height = height
        self._defs: list[str] = []
        self._body: list[str] = []

    def svg(self) -> str:
        """The finished picture as an SVG document."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}">'
            f"<defs>{''.join(self._defs)}</defs>{''.join(self._body)}</svg>"
        )

    # --- Paint ---------------------------------------------------------------------------

    def lit(self, colour: str, *, depth: float = 0.26, glow: float = 0.22) -> str:
        """A round thing: lit at the left, turning away at the right."""
        stops = ((0, light(colour, glow * 0.55)), (0.24, light(colour, glow)), (0.55, colour))
        return self._gradient((*stops, (1, dark(colour, depth))), "0", "0", "1", "0")

    def slope(self, colour: str, *, depth: float = 0.16, glow: float = 0.14) -> str:
        """A flat or soft thing: lit from the upper left."""
        return self._gradient(
            ((0, light(colour, glow)), (0.5, colour), (1, dark(colour, depth))), "0", "0", "1", "1"
        )

    def fall(self, top: str, bottom: str) -> str:
        """From one colour above to another below."""
        return self._gradient(((0, top), (1, bottom)), "0", "0", "0", "1")

    def halo(self, colour: str, *, strength: float = 0.8) -> str:
        """A glow that fades to nothing."""
        name = f"g{len(self._defs)}"
        self._defs.append(
            f'<radialGradient id="{name}"><stop offset="0" stop-color="{colour}" '
            f'stop-opacity="{strength}"/><stop offset="0.45" stop-color="{colour}" '
            f'stop-opacity="{number(strength * 0.4) if strength > 0.3 else strength / 2}"/>'
            f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient>'
        )
        return f"url(#{name})"

    def _gradient(
        self, stops: Sequence[tuple[float, str]], x1: str, y1: str, x2: str, y2: str
    ) -> str:
        name = f"g{len(self._defs)}"
        inner = "".join(f'<stop offset="{o}" stop-color="{c}"/>' for o, c in stops)
        self._defs.append(
            f'<linearGradient id="{name}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">'
            f"{inner}</linearGradient>"
        )
        return f"url(#{name})"

    # --- Shapes --------------------------------------------------------------------------

    def path(self, outline: str, fill: str = "none", **attributes: str | float) -> None:
        """Any outline; attributes in snake case become SVG attributes."""
        extra = "".join(
            f' {name.replace("_", "-")}="{number(v) if isinstance(v, float) else v}"'
            for name, v in attributes.items()
            if name != "opacity"
        )
        if "opacity" in attributes:
            extra += f' opacity="{attributes["opacity"]}"'
        self._body.append(f'<path d="{outline}" fill="{fill}"{extra}/>')

    def line(self, outline: str, colour: str, width: float = 4, **more: str | float) -> None:
        """A stroke with round ends."""
        ends = {"stroke_linecap": "round", "stroke_linejoin": "round"}
        self.path(
            outline, "none", **{"stroke": colour, "stroke_width": float(width), **ends, **more}
        )

    def oval(
        self, x: float, y: float, rx: float, ry: float, fill: str, **more: str | float
    ) -> None:
        """An ellipse around a centre."""
        self.path(oval(x, y, rx, ry), fill, **more)

    def disc(self, x: float, y: float, r: float, fill: str, **more: str | float) -> None:
        """A circle around a centre."""
        self.oval(x, y, r, r, fill, **more)

    def bar(
        self, x: float, y: float, w: float, h: float, fill: str, r: float = 0, **more: str | float
    ) -> None:
        """A rectangle with rounded corners."""
        self.path(bar(x, y, w, h, r), fill, **more)

    @contextmanager
    def inside(self, outline: str) -> Iterator[None]:
        """What is drawn here shows only within the outline."""
        name = f"c{len(self._defs)}"
        self._defs.append(f'<clipPath id="{name}"><path d="{outline}"/></clipPath>')
        self._body.append(f'<g clip-path="url(#{name})">')
        yield
        self._body.append("</g>")

    @contextmanager
    def moved(
        self,
        x: float = 0,
        y: float = 0,
        *,
        turn: float = 0,
        size: float = 1,
        flip: bool = False,
    ) -> Iterator[None]:
        """What is drawn here is flipped left to right, sized, turned and then moved."""
        across = -size if flip else size
        self._body.append(
            f'<g transform="translate({number(x)} {number(y)}) rotate({number(turn)}) '
            f'scale({across} {size})">'
        )
        yield
        self._body.append("</g>")

    # --- Light and shadow ----------------------------------------------------------------

    def ground(self, *, warm: str = "#fcf7ed", cool: str = "#eee4d3") -> None:
        """The paper every picture stands on, brighter where the window is."""
        name = f"g{len(self._defs)}"
        self._defs.append(
            f'<radialGradient id="{name}" cx="0.28" cy="0.22" r="1.05"><stop offset="0" '
            f'stop-color="{warm}"/><stop offset="1" stop-color="{cool}"/></radialGradient>'
        )
        self.bar(0, 0, self.width, self.height, f"url(#{name})")

    def shadow(self, x: float, y: float, rx: float, ry: float | None = None) -> None:
        """The soft shadow of a thing that stands at x, y and is rx wide to each side."""
        ry = ry or rx * 0.17
        self.oval(x + rx * 0.24, y + ry * 0.15, rx * 1.32, ry * 1.45, self.halo(INK, strength=0.3))
        self.oval(x + rx * 0.06, y, rx * 1.02, ry * 0.8, self.halo(INK, strength=0.34))

    # --- Things that are turned on a wheel -------------------------------------------------

    def turned(
        self,
        x: float,
        profile: Profile,
        colour: str,
        *,
        tilt: float = 0.15,
        shine: float = 0.5,
        depth: float = 0.3,
    ) -> str:
        """A body of revolution: (height, radius) from top to bottom. Returns its outline."""
        outline = turned_outline(x, profile, tilt)
        self.path(outline, self.lit(colour, depth=depth))
        with self.inside(outline):
            self.path(_band(x, profile, 0.5, 1.1), dark(colour, 0.5), opacity=0.13)
            if shine:
                self.path(_band(x, profile[:-1], -0.76, -0.6), WHITE, opacity=shine)
        return outline

    def mouth(
        self, x: float, y: float, r: float, colour: str, inner: str, *, tilt: float = 0.15
    ) -> None:
        """The opening of a turned thing: a lip, and what one sees inside."""
        self.oval(x, y, r, r * tilt, light(colour, 0.35))
        self.oval(x, y + r * 0.012, r * 0.92, r * tilt * 0.86, self.lit(inner, glow=0, depth=0.2))

    # --- Motifs --------------------------------------------------------------------------

    def leaf(self, x: float, y: float, length: float, turn: float, colour: str) -> None:
        """A leaf with its stalk at x, y; the half that faces the light is lighter."""
        w = length * 0.23
        with self.moved(x, y, turn=turn):
            upper = f"M0 0C{length * 0.3} {-w * 1.4} {length * 0.75} {-w} {length} 0Z"
            lower = f"M0 0C{length * 0.3} {w * 1.4} {length * 0.75} {w} {length} 0Z"
            self.path(upper, light(colour, 0.16))
            self.path(lower, dark(colour, 0.12))

    def blossom(self, x: float, y: float, r: float, colour: str, heart: str) -> None:
        """An osmanthus flower: four round petals."""
        for quarter in range(4):
            angle = radians(45 + 90 * quarter)
            self.disc(x + cos(angle) * r * 0.55, y + sin(angle) * r * 0.55, r * 0.52, colour)
        self.disc(x, y, r * 0.24, heart)

    def box(
        self, x: float, y: float, w: float, h: float, deep: float, colour: str, *, rise: float = 0.5
    ) -> None:
        """A box seen from the front left corner: front, lid and the side away from the light."""
        up = deep * rise
        self.path(
            polygon((x, y), (x + deep, y - up), (x + w + deep, y - up), (x + w, y)),
            light(colour, 0.3),
        )
        self.path(
            polygon((x + w, y), (x + w + deep, y - up), (x + w + deep, y + h - up), (x + w, y + h)),
            dark(colour, 0.3),
        )
        self.path(bar(x, y, w, h, 0), self.slope(colour, depth=0.1))


def oval(x: float, y: float, rx: float, ry: float) -> str:
    """The outline of an ellipse."""
    a, b = number(rx), number(ry)
    left, right, mid = number(x - rx), number(x + rx), number(y)
    return f"M{left} {mid}A{a} {b} 0 1 1 {right} {mid}A{a} {b} 0 1 1 {left} {mid}Z"


def bar(x: float, y: float, w: float, h: float, r: float = 0) -> str:
    """The outline of a rectangle with rounded corners."""
    r = min(r, w / 2, h / 2)
    if not r:
        return polygon((x, y), (x + w, y), (x + w, y + h), (x, y + h))
    arc = f"a{number(r)} {number(r)} 0 0 1 "
    across, along = number(w - 2 * r), number(h - 2 * r)
    c = number(r)
    return (
        f"M{number(x + r)} {number(y)}h{across}{arc}{c} {c}v{along}{arc}-{c} {c}"
        f"h-{across}{arc}-{c} -{c}v-{along}{arc}{c} -{c}Z"
    )


def turned_outline(x: float, profile: Profile, tilt: float) -> str:
    """The outline of a body of revolution."""
    left = [(x - r, y) for y, r in profile]
    right = [(x + r, y) for y, r in reversed(profile)]
    top, bottom = profile[0][1], profile[-1][1]
    foot = f"A{number(bottom)} {number(bottom * tilt)} 0 0 0 {number(right[0][0])} {number(right[0][1])}"
    back = f"A{number(top)} {number(top * tilt)} 0 0 0 {number(left[0][0])} {number(left[0][1])}Z"
    climb = spline(right)
    return spline(left) + foot + climb[climb.index("C") :] + back


def _band(x: float, profile: Profile, near: float, far: float) -> str:
    """A stripe that follows the profile between two shares of its radius."""
    one = [(x + r * near, y) for y, r in profile]
    two = [(x + r * far, y + 14) for y, r in reversed(profile)]
    return spline(one) + spline(two, start="L") + "Z"
