"""Larger pictures: the home page, the category tiles and the stores' emblems."""

from mall.demo.art.drawing import Drawing, bar, closed, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BAMBOO,
    BRASS,
    BRICK,
    CELADON,
    CLAY,
    CREAM,
    HONEY,
    INDIGO,
    INK,
    JADE,
    LEAF,
    LINEN,
    MOSS,
    PERSIMMON,
    PLUM,
    ROSE,
    SKY,
    WALNUT,
    WHITE,
    WOOD,
    dark,
    light,
    mix,
)
from mall.demo.art.registry import place
from mall.demo.art.tea import sprig

Placed = tuple[str, str, float, float, float]

TILES: dict[str, tuple[str, tuple[Placed, ...]]] = {
    "tea-and-table": (
        CELADON,
        (
            ("steamer", BAMBOO, 640, 470, 0.5),
            ("teapot", WHITE, 280, 540, 0.78),
            ("cups", CLAY, 600, 560, 0.44),
        ),
    ),
    "writing": (
        SKY,
        (
            ("pencils", PLUM, 600, 540, 0.72),
            ("notebook", BRICK, 270, 560, 0.76),
            ("ink", INDIGO, 470, 560, 0.5),
        ),
    ),
    "light": (
        HONEY,
        (
            ("tablelamp", PERSIMMON, 240, 550, 0.84),
            ("storm", INDIGO, 500, 560, 0.66),
            ("candle", WHITE, 670, 564, 0.52),
        ),
    ),
    "cloth": (
        ROSE,
        (
            ("cushion", JADE, 560, 510, 0.6),
            ("blanket", SKY, 280, 570, 0.8),
            ("thread", BRICK, 600, 580, 0.46),
        ),
    ),
    "garden": (
        mix(LEAF, CREAM, 0.5),
        (
            ("sapling", AMBER, 240, 550, 0.84),
            ("pot", CLAY, 660, 510, 0.52),
            ("wateringcan", JADE, 510, 570, 0.66),
        ),
    ),
    "travel": (
        LINEN,
        (
            ("backpack", MOSS, 270, 545, 0.76),
            ("flask", BRICK, 490, 540, 0.6),
            ("hat", BAMBOO, 570, 640, 0.62),
        ),
    ),
}


def category_tile(slug: str) -> str:
    """The picture of a top category, 800 by 600."""
    colour, placed = TILES[slug]
    d = Drawing(height=600)
    d.ground(warm=light(colour, 0.62), cool=light(colour, 0.2))
    d.path(
        polygon((0, 470), (800, 440), (800, 600), (0, 600)),
        d.fall(light(colour, 0.34), light(colour, 0.12)),
    )
    for key, hue, x, foot, size in placed:
        place(d, key, hue, x=x, foot=foot, size=size)
    return d.svg()


def hero() -> str:
    """The illustration of the home page, 1,600 by 900: a table by the window in September."""
    d = Drawing(width=1600, height=900)
    d.bar(0, 0, 1600, 900, d.fall("#f8efdd", "#efe0c6"))
    _window(d)
    d.path(polygon((0, 690), (1600, 690), (1600, 900), (0, 900)), d.fall(light(WOOD, 0.28), WOOD))
    d.bar(0, 690, 1600, 12, light(WOOD, 0.55))
    for y in (760, 838):
        d.line(f"M0 {y}C400 {y - 10} 900 {y + 12} 1600 {y}", dark(WOOD, 0.18), 3, opacity=0.5)
    _shelf(d)
    place(d, "pendant", BAMBOO, x=1010, foot=330, size=0.5)
    place(d, "sapling", AMBER, x=170, foot=780, size=1.0)
    place(d, "tablelamp", JADE, x=1400, foot=764, size=0.84)
    place(d, "steamer", BAMBOO, x=1080, foot=754, size=0.6)
    place(d, "teapot", WHITE, x=640, foot=812, size=0.92)
    place(d, "cups", PERSIMMON, x=930, foot=860, size=0.56)
    place(d, "notebook", BRICK, x=1240, foot=880, size=0.42)
    place(d, "honey", AMBER, x=430, foot=820, size=0.5)
    for x, y in ((520, 850), (560, 872), (1120, 862), (350, 866), (760, 878), (820, 850)):
        d.blossom(x, y, 13, AMBER, BRICK)
    _branch(d)
    return d.svg()


def _window(d: Drawing) -> None:
    frame = bar(250, 60, 560, 540, 10)
    d.path(bar(236, 46, 588, 568, 14), d.slope(WALNUT))
    d.path(frame, d.fall("#cfe0df", "#f6e7c6"))
    with d.inside(frame):
        d.disc(640, 220, 78, "#fbe3a4")
        d.disc(640, 220, 220, d.halo("#fde9b4", strength=0.7))
        d.path(
            spline([(200, 440), (340, 330), (460, 420), (600, 340), (760, 430), (860, 380)])
            + "L860 640L200 640Z",
            mix(CELADON, SKY, 0.4),
        )
        d.path(
            spline([(200, 500), (330, 450), (520, 500), (700, 440), (860, 490)])
            + "L860 640L200 640Z",
            mix(JADE, CELADON, 0.5),
        )
        d.path(spline([(200, 560), (420, 520), (620, 560), (860, 530)]) + "L860 640L200 640Z", JADE)
        d.path("M560 560L620 508L680 560Z", dark(BRICK, 0.1))
        d.bar(574, 558, 92, 50, light(CREAM, 0.3))
    d.line("M530 60L530 600M250 330L810 330", WALNUT, 14)
    d.line("M524 60L524 600M250 324L810 324", light(WALNUT, 0.3), 3)
    d.bar(216, 606, 628, 26, d.fall(light(WALNUT, 0.2), dark(WALNUT, 0.2)), 6)


def _shelf(d: Drawing) -> None:
    d.path(polygon((1180, 388), (1560, 388), (1574, 430), (1194, 430)), INK, opacity=0.07)
    d.bar(1150, 370, 400, 24, d.fall(light(WALNUT, 0.25), dark(WALNUT, 0.15)), 4)
    hues = (INDIGO, BRICK, HONEY, JADE, CREAM, PLUM)
    for index, hue in enumerate(hues):
        height = 150 + (index * 37) % 52
        d.bar(1176 + index * 36, 370 - height, 33, height, d.lit(hue), 3)
        d.bar(1176 + index * 36, 370 - height + 24, 33, 8, light(hue, 0.5))
    place(d, "canister", PERSIMMON, x=1470, foot=370, size=0.33)


def _branch(d: Drawing) -> None:
    d.line("M1600 40C1440 60 1330 30 1200 96", WALNUT, 13)
    d.line("M1420 54C1380 90 1350 120 1300 134", WALNUT, 8)
    for x, y, size in (
        (1220, 100, 1.0),
        (1330, 70, 1.1),
        (1440, 70, 1.2),
        (1540, 64, 1.2),
        (1310, 140, 0.9),
    ):
        sprig(d, x, y, size)


EMBLEMS: dict[str, str] = {
    "lantern-lane": BRICK,
    "mill-pond-paper": INDIGO,
    "blue-hill-tea": JADE,
    "thread-and-thimble": PLUM,
    "far-garden": MOSS,
}


def store_emblem(slug: str) -> str:
    """The round emblem of a store, 400 by 400."""
    colour = EMBLEMS[slug]
    d = Drawing(width=400, height=400)
    d.disc(200, 200, 196, d.slope(colour, depth=0.18))
    d.line(oval(200, 200, 176, 176), light(colour, 0.55), 4)
    paint = {
        "lantern-lane": _lantern_mark,
        "mill-pond-paper": _pond_mark,
        "blue-hill-tea": _hill_mark,
        "thread-and-thimble": _thread_mark,
        "far-garden": _garden_mark,
    }[slug]
    paint(d)
    return d.svg()


def _lantern_mark(d: Drawing) -> None:
    d.disc(200, 200, 150, d.halo("#ffdf95", strength=0.8))
    d.line("M200 60L200 110", CREAM, 7)
    body = closed([(150, 124), (116, 190), (150, 262), (250, 262), (284, 190), (250, 124)])
    d.path(body, d.lit(HONEY))
    for x in (160, 200, 240):
        d.line(
            f"M{x} 122C{200 + (x - 200) * 1.7} 170 {200 + (x - 200) * 1.7} 216 {x} 264",
            dark(HONEY, 0.3),
            4,
        )
    d.bar(152, 108, 96, 18, WALNUT, 4)
    d.bar(152, 260, 96, 18, WALNUT, 4)
    d.line("M200 280L200 330M186 284L182 320M214 284L218 320", CREAM, 6)


def _pond_mark(d: Drawing) -> None:
    with d.moved(200, 176, turn=35):
        d.path("M0 110C-60 60 -60 -60 0 -110C60 -60 60 60 0 110Z", d.lit(CREAM))
        d.line("M0 112L0 -60", INDIGO, 6)
        for y in (-30, 0, 30, 60):
            d.line(f"M0 {y}L-34 {y - 24}M0 {y}L34 {y - 24}", INDIGO, 4)
    for y, w in ((286, 110), (312, 80), (338, 46)):
        d.line(
            f"M{200 - w} {y}C{200 - w / 2} {y - 14} {200 - w / 3} {y + 12} 200 {y}C{200 + w / 3} {y - 12} {200 + w / 2} {y + 14} {200 + w} {y}",
            SKY,
            8,
        )


def _hill_mark(d: Drawing) -> None:
    with d.inside(oval(200, 200, 172, 172)):
        d.disc(262, 138, 42, light(AMBER, 0.3))
        d.path("M20 300C90 180 130 150 170 210C210 140 260 170 380 310L380 400L20 400Z", CELADON)
        d.path("M20 320C120 250 220 300 380 280L380 400L20 400Z", dark(JADE, 0.25))
    for turn in (-90, -138, -42):
        d.leaf(200, 330, 96, turn, light(LEAF, 0.35))


def _thread_mark(d: Drawing) -> None:
    d.bar(140, 106, 120, 26, d.lit(WOOD), 10)
    d.bar(156, 130, 88, 130, d.lit(AMBER), 6)
    for y in range(142, 260, 16):
        d.line(f"M156 {y}C180 {y + 10} 220 {y + 10} 244 {y}", dark(AMBER, 0.3), 4)
    d.bar(140, 258, 120, 26, d.lit(WOOD), 10)
    d.line("M244 240C330 260 300 330 200 326C150 324 120 340 100 318", AMBER, 7)
    d.line("M310 110L286 250", WHITE, 7)
    d.line(oval(308, 122, 5, 12), WHITE, 4)


def _garden_mark(d: Drawing) -> None:
    d.line("M200 320C196 260 204 200 200 150", CREAM, 9)
    for x, y, turn, length in (
        (200, 250, -150, 92),
        (200, 250, -30, 92),
        (200, 200, -140, 84),
        (200, 200, -40, 84),
        (200, 290, -165, 70),
        (200, 290, -15, 70),
    ):
        d.leaf(x, y, length, turn, light(LEAF, 0.3))
    d.blossom(200, 124, 44, HONEY, BRICK)
    d.line("M120 322C170 306 230 306 280 322", BRASS, 9)
