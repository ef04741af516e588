"""The colours of the demo's pictures, and how they grow lighter and darker."""

WHITE = "#fbf8f1"
PAPER = "#f6efe2"
CREAM = "#efe2c8"
LINEN = "#dccdb2"
INK = "#332d2b"
CHARCOAL = "#4d4947"
STEEL = "#aab0ae"
AMBER = "#dd9d35"
HONEY = "#e8b95c"
PERSIMMON = "#d2703a"
BRICK = "#a9472f"
ROSE = "#d9a091"
PLUM = "#71485f"
JADE = "#5f9079"
CELADON = "#a8c6b2"
MOSS = "#747f4b"
LEAF = "#7c9a5c"
INDIGO = "#36506f"
SKY = "#93b3c5"
CLAY = "#bd7552"
WOOD = "#bd8f5f"
BAMBOO = "#d9bd80"
WALNUT = "#7b563b"
BRASS = "#c99f4e"

_SUN = "#fffaf0"
_DUSK = "#3a2a3a"


def mix(one: str, other: str, part: float) -> str:
    """The colour that lies `part` of the way (0 to 1) from one to the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def light(colour: str, part: float = 0.25) -> str:
    """The colour where the sun falls on it."""
    return mix(colour, _SUN, part)


def dark(colour: str, part: float = 0.25) -> str:
    """The colour where it turns away; shadows lean to violet, never to black."""
    return mix(colour, _DUSK, part)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
