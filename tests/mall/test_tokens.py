"""The colours of the mall can be read by everybody, by day and by night."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
COLOUR = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});")
GROUNDS = ("paper", "surface", "surface-2")


def block(opening: str) -> dict[str, str]:
    start = TOKENS.index(opening)
    return dict(COLOUR.findall(TOKENS[start : TOKENS.index("}", start)]))


LIGHT = block(":root {")
DARK = block(':root[data-theme="dark"] {')
DARK_BY_DEVICE = block(':root:not([data-theme="light"]) {')


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


WORDS = [
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in GROUNDS),
    *((ink, ground) for ink in ("amber-deep", "jade", "brick") for ground in GROUNDS),
    ("amber-ink", "amber"),
    ("amber-ink", "amber-hover"),
    ("jade-ink", "jade"),
    ("brick-ink", "brick"),
    *((ink, "amber-soft") for ink in ("ink", "ink-soft", "amber-deep")),
    *((ink, "jade-soft") for ink in ("ink", "jade")),
    *((ink, "brick-soft") for ink in ("ink", "brick")),
]


@pytest.mark.parametrize(("ink", "ground"), WORDS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_stand_out_from_their_ground(mode, ink, ground):
    colours = LIGHT if mode == "light" else DARK
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("edge", ["line-strong", "focus"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_edges_of_controls_can_be_seen(mode, edge, ground):
    colours = LIGHT if mode == "light" else DARK
    assert contrast(colours[edge], colours[ground]) >= 3


def test_both_ways_into_the_dark_are_the_same():
    assert DARK == DARK_BY_DEVICE
    assert set(DARK) == set(LIGHT)
