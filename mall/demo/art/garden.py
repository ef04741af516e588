"""Garden."""

from mall.demo.art.drawing import Drawing, closed, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BAMBOO,
    BRASS,
    BRICK,
    CREAM,
    INDIGO,
    INK,
    LEAF,
    LINEN,
    MOSS,
    PERSIMMON,
    ROSE,
    STEEL,
    WALNUT,
    WHITE,
    WOOD,
    dark,
    light,
    mix,
)
from mall.demo.art.registry import good
from mall.demo.art.tea import sprig

EARTH = "#5b4338"


@good("wateringcan")
def wateringcan(d: Drawing, colour: str) -> None:
    d.shadow(430, 640, 190)
    d.line("M560 380C720 360 700 580 570 580", dark(colour, 0.3), 24)
    d.line("M360 340C380 190 560 190 570 340", dark(colour, 0.16), 24)
    d.line("M358 336C380 186 556 186 566 336", light(colour, 0.25), 7)
    d.path(polygon((306, 560), (300, 500), (152, 290), (122, 308)), d.slope(dark(colour, 0.1)))
    with d.moved(128, 292, turn=-36):
        d.path("M-16 24L-52 -26L52 -26L16 24Z", d.lit(colour))
        d.oval(0, -26, 54, 15, d.slope(BRASS))
        for x, y in ((-28, -27), (-10, -31), (10, -31), (28, -27), (-18, -21), (0, -22), (18, -21)):
            d.disc(x, y, 3.5, dark(BRASS, 0.6))
    body = [(340, 132), (340, 132), (420, 146), (540, 156), (636, 152), (636, 152)]
    outline = d.turned(450, body, colour)
    with d.inside(outline):
        for y in (384, 604):
            d.line(f"M270 {y - 8}C370 {y + 22} 530 {y + 22} 630 {y - 8}", light(colour, 0.4), 6)
    d.oval(450, 340, 132, 22, light(colour, 0.3))
    d.path(
        "M318 340A132 22 0 0 0 582 340A132 22 0 0 0 450 318C470 330 400 350 318 340Z",
        dark(colour, 0.42),
    )
    sprig(d, 440, 510, 0.9)


@good("pot")
def pot(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 170)
    d.turned(
        400,
        [(596, 178), (596, 178), (620, 176), (636, 150), (636, 150)],
        colour,
        tilt=0.18,
        shine=0.2,
    )
    d.oval(400, 596, 178, 32, dark(colour, 0.24))
    outline = d.turned(
        400,
        [(352, 168), (352, 168), (470, 150), (606, 116), (606, 116)],
        colour,
        tilt=0.18,
        shine=0.3,
    )
    with d.inside(outline):
        for x in range(250, 560, 36):
            d.line(f"M{x} 474L{x + 18} 444L{x + 36} 474", light(colour, 0.5), 6)
        d.line("M220 500C320 530 480 530 580 500", light(colour, 0.5), 5)
    d.turned(
        400,
        [(280, 196), (280, 196), (320, 196), (362, 190), (362, 190)],
        light(colour, 0.06),
        tilt=0.18,
        shine=0.3,
    )
    d.mouth(400, 280, 196, colour, EARTH, tilt=0.18)
    for x, y, turn in ((380, 276, -120), (384, 274, -95), (420, 278, -70), (416, 276, -40)):
        d.leaf(x, y, 110, turn, LEAF)


@good("trowel")
def trowel(d: Drawing, colour: str) -> None:
    with d.moved(400, 400, turn=34):
        d.path("M-50 30C-60 140 -20 240 22 300C60 240 100 140 96 30Z", INK, opacity=0.1)
        d.bar(4, -290, 56, 230, INK, 26, opacity=0.1)
        d.bar(-27, -310, 54, 230, d.lit(colour, depth=0.36), 25)
        d.disc(0, -284, 9, dark(colour, 0.5))
        d.line("M-12 -260L-14 -110", light(colour, 0.5), 7, opacity=0.7)
        d.bar(-22, -96, 44, 30, d.lit(BRASS, depth=0.35), 5)
        d.path("M-11 -66L11 -66L9 0L-9 0Z", d.lit(STEEL, depth=0.35))
        d.path(
            "M-72 0C-50 -20 50 -20 72 0C86 110 40 230 0 290C-40 230 -86 110 -72 0Z",
            d.lit(STEEL, depth=0.3, glow=0.5),
        )
        d.path("M0 6C40 0 56 10 60 20C66 110 30 210 0 270Z", INK, opacity=0.12)
        d.line("M0 0L0 200", light(STEEL, 0.6), 5)
    for x, y, r in ((600, 640, 20), (560, 668, 13), (640, 668, 10), (520, 650, 8)):
        d.path(closed([(x - r, y), (x, y - r * 0.8), (x + r, y), (x, y + r * 0.6)]), EARTH)


@good("seeds")
def seeds(d: Drawing, colour: str) -> None:
    for x, y, turn, hue, flower in (
        (500, 380, 11, light(colour, 0.25), ROSE),
        (330, 400, -7, colour, AMBER),
    ):
        with d.moved(x, y, turn=turn):
            d.bar(-118, -190, 270, 396, INK, 8, opacity=0.12)
            d.bar(-130, -200, 260, 390, d.slope(hue, depth=0.14), 8)
            d.bar(-130, -200, 260, 46, light(hue, 0.3), 6)
            d.line("M-118 -166L118 -166", dark(hue, 0.25), 3, stroke_dasharray="8 8")
            d.bar(-100, -126, 200, 230, d.slope(CREAM, depth=0.06), 100)
            d.line("M0 96L0 -10", MOSS, 8)
            d.leaf(0, 70, 70, -30, LEAF)
            d.leaf(0, 84, 70, -150, LEAF)
            for petal in range(8):
                with d.moved(0, -36, turn=petal * 45):
                    d.oval(0, -34, 14, 30, flower)
            d.disc(0, -36, 21, d.slope(WALNUT))
            d.line("M-70 140L70 140M-44 160L44 160", light(hue, 0.6), 6)
    for x, y in (
        (590, 640),
        (624, 656),
        (560, 668),
        (650, 634),
        (604, 684),
        (170, 660),
        (206, 676),
    ):
        d.oval(x, y, 9, 5, WALNUT)


@good("gloves")
def gloves(d: Drawing, colour: str) -> None:
    for x, flip, turn in ((540, -1, 12), (280, 1, -8)):
        with d.moved(x, 440, turn=turn, size=1.06, flip=flip < 0):
            glove(d, colour)


GLOVE = (
    "M-70 40C-84 -60 -86 -160 -78 -206C-74 -232 -44 -230 -42 -204L-36 -120L-34 -244"
    "C-32 -272 0 -272 2 -244L4 -122L18 -236C22 -262 52 -258 50 -230L42 -110L62 -184"
    "C70 -208 98 -198 92 -172C84 -120 80 -80 82 -40L126 -96C142 -114 166 -96 154 -74"
    "C130 -28 104 20 76 52Z"
)
PRINT = (
    (-56, -150),
    (-20, -180),
    (26, -170),
    (-40, -60),
    (10, -80),
    (50, -50),
    (-10, -10),
    (40, 20),
    (-50, 10),
)


def glove(d: Drawing, colour: str) -> None:
    """A glove of the left hand around its palm."""
    with d.moved(12, 14):
        d.path(GLOVE, INK, opacity=0.1)
    d.path(GLOVE, d.slope(colour, depth=0.16))
    with d.inside(GLOVE):
        for px, py in PRINT:
            d.blossom(px, py, 10, light(colour, 0.6), dark(colour, 0.3))
    d.line("M-38 -120L-36 -84M4 -120L4 -88M42 -108L40 -80", dark(colour, 0.3), 5)
    d.path("M-74 34C-20 52 40 56 82 44L92 150C40 166 -30 164 -84 146Z", d.slope(LINEN, depth=0.16))
    for px in range(-64, 84, 20):
        d.line(f"M{px} 54L{px} 144", dark(LINEN, 0.22), 4)


@good("birdhouse")
def birdhouse(d: Drawing, colour: str) -> None:
    d.bar(384, 560, 34, 180, d.lit(WALNUT, depth=0.4))
    d.path(polygon((540, 330), (600, 300), (600, 520), (540, 570)), dark(colour, 0.34))
    front = polygon((250, 330), (395, 190), (540, 330), (540, 570), (250, 570))
    d.path(front, d.slope(colour, depth=0.14))
    with d.inside(front):
        for x in (322, 395, 468):
            d.line(f"M{x} 180L{x} 580", dark(colour, 0.22), 4)
    d.path(polygon((395, 150), (460, 122), (650, 306), (585, 340)), d.slope(dark(BRICK, 0.2)))
    d.path(
        polygon((395, 150), (585, 340), (560, 358), (395, 198), (230, 358), (205, 340)),
        d.slope(BRICK),
    )
    d.disc(395, 386, 58, d.slope(light(colour, 0.4)))
    d.disc(395, 388, 46, d.lit("#3c2d2b", glow=0.05))
    d.line("M395 484L366 500", WOOD, 14)
    d.path(
        polygon((236, 566), (556, 566), (616, 534), (616, 548), (556, 592), (236, 592)),
        dark(colour, 0.2),
    )
    with d.moved(336, 474):
        d.path(
            closed(
                [
                    (-62, 14),
                    (-30, -26),
                    (6, -56),
                    (40, -38),
                    (44, 0),
                    (10, 26),
                    (-28, 26),
                    (-84, 38),
                ]
            ),
            d.slope(INDIGO, glow=0.3),
        )
        d.path(closed([(4, -14), (38, -18), (42, 6), (12, 24), (-8, 18)]), PERSIMMON)
        d.path(polygon((40, -34), (64, -28), (42, -20)), AMBER)
        d.disc(24, -34, 5, INK)
        d.path("M-40 -8C-10 -16 0 0 -20 16C-44 22 -60 12 -40 -8Z", dark(INDIGO, 0.3))


@good("sapling")
def sapling(d: Drawing, colour: str) -> None:
    d.shadow(400, 650, 150)
    d.line(spline([(400, 500), (392, 420), (410, 340), (398, 240)]), WALNUT, 17)
    d.line("M396 420C350 380 320 360 290 340M408 360C450 330 490 320 520 290", WALNUT, 10)
    clusters = (
        (290, 320),
        (400, 190),
        (520, 280),
        (340, 240),
        (470, 210),
        (420, 300),
        (250, 260),
        (560, 350),
        (340, 380),
        (470, 390),
    )
    for x, y in clusters:
        for turn in range(0, 360, 60):
            d.leaf(x, y, 78, turn + x % 50, mix(MOSS, LEAF, (x % 7) / 7))
    for x, y in clusters:
        for dx, dy in ((-20, -12), (6, 2), (24, -22), (-6, 26)):
            d.blossom(x + dx, y + dy, 11, colour, dark(colour, 0.4))
    d.turned(
        400,
        [(486, 136), (486, 136), (520, 138), (526, 128), (600, 116), (648, 92), (648, 92)],
        "#36506f",
        tilt=0.17,
    )
    d.mouth(400, 486, 136, "#36506f", EARTH, tilt=0.17)
    d.line(spline([(400, 492), (394, 440)]), WALNUT, 18)


@good("secateurs")
def secateurs(d: Drawing, colour: str) -> None:
    with d.moved(400, 400, turn=38):
        d.path("M-60 0C-130 120 -120 240 -70 320L-20 310C-60 220 -50 120 20 20Z", INK, opacity=0.1)
        d.path(
            "M-20 -20C-80 -80 -90 -180 -30 -280C0 -180 30 -90 34 -10Z",
            d.lit(STEEL, depth=0.3, glow=0.5),
        )
        d.path("M-26 -40C-60 -100 -60 -180 -34 -262", stroke=WHITE, stroke_width=6.0, opacity=0.7)
        d.path(
            "M10 10C60 -40 80 -120 40 -210C36 -160 20 -120 -20 -60Z",
            d.lit(dark(STEEL, 0.2), depth=0.3),
        )
        d.path(
            "M-30 -10C-116 80 -140 200 -98 310C-84 336 -44 326 -52 298C-76 200 -50 110 26 36Z",
            d.lit(colour, depth=0.3),
        )
        d.path(
            "M28 -16C110 80 130 200 92 306C80 332 42 322 50 294C74 200 50 110 -24 34Z",
            d.lit(dark(colour, 0.12), depth=0.3),
        )
        d.line("M-66 70C-108 150 -112 220 -92 280", light(colour, 0.5), 8, opacity=0.7)
        d.line("M-26 90C0 110 20 110 30 88", STEEL, 8)
        d.disc(0, 8, 27, d.slope(BRASS, depth=0.3))
        d.line("M-12 14L12 2", dark(BRASS, 0.5), 6)
    for x, y, turn in ((180, 610, -30), (220, 640, 20), (160, 650, 70)):
        d.leaf(x, y, 76, turn, LEAF)


@good("basket")
def basket(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 230)
    d.line("M190 420C210 90 590 90 610 420", dark(colour, 0.34), 30)
    d.line("M188 416C208 92 582 90 606 412", light(colour, 0.16), 12)
    for x, y, r, hue in ((300, 400, 66, PERSIMMON), (500, 396, 62, AMBER), (402, 372, 70, BRICK)):
        d.disc(x, y, r, d.slope(hue, depth=0.3, glow=0.3))
        d.leaf(x, y - r + 12, 54, -40, LEAF)
        d.leaf(x, y - r + 12, 44, -140, MOSS)
    for turn in (-75, -100, -120, -60):
        d.leaf(220 + (turn + 90), 430, 120, turn, LEAF)
    outline = d.turned(
        400,
        [(430, 232), (430, 232), (520, 220), (600, 190), (640, 168), (640, 168)],
        colour,
        tilt=0.1,
        shine=0,
    )
    with d.inside(outline):
        for row in range(8):
            y = 450 + row * 28
            for step in range(13):
                x = 160 + step * 40 + (row % 2) * 20
                d.line(
                    f"M{x} {y}C{x + 8} {y + 10} {x + 24} {y + 10} {x + 32} {y}",
                    dark(colour, 0.34) if step % 2 else light(colour, 0.36),
                    9,
                    opacity=0.8,
                )
        d.path("M520 420C560 520 540 600 520 680L680 680L680 420Z", INK, opacity=0.12)
    d.line("M168 432C280 470 520 470 632 432", dark(colour, 0.25), 24)
    d.line("M168 428C280 466 520 466 632 428", light(colour, 0.25), 9, stroke_dasharray="18 10")


@good("stool")
def stool(d: Drawing, colour: str) -> None:
    d.shadow(400, 650, 160)
    shape = [
        (230, 128),
        (230, 128),
        (270, 150),
        (360, 186),
        (440, 196),
        (520, 186),
        (610, 150),
        (650, 132),
        (650, 132),
    ]
    outline = d.turned(400, shape, colour, tilt=0.18)
    with d.inside(outline):
        for y in (292, 572):
            for x in range(240, 580, 32):
                d.disc(x, y + 10 - abs(400 - x) * 0.05, 9, light(colour, 0.6))
        for x in (400, 250, 550):
            hole = closed(
                [
                    (x, 372),
                    (x + 34, 402),
                    (x + 66 if x == 400 else x + 40, 436),
                    (x + 34, 470),
                    (x, 500),
                    (x - 34, 470),
                    (x - 66 if x == 400 else x - 40, 436),
                    (x - 34, 402),
                ]
            )
            d.path(hole, d.slope(dark(colour, 0.5)))
            d.line(hole, light(colour, 0.5), 6)
    d.oval(400, 230, 128, 23, d.slope(light(colour, 0.26)))
    d.line(oval(400, 231, 92, 15), light(colour, 0.6), 4)


@good("windchime")
def windchime(d: Drawing, colour: str) -> None:
    d.line("M400 60L400 180M330 250L330 420M470 250L470 420M400 250L400 500", INK, 3, opacity=0.6)
    d.path(
        "M260 236C270 150 350 130 400 130C450 130 530 150 540 236C560 300 500 312 400 312C300 312 240 300 260 236Z",
        d.lit(colour),
    )
    d.oval(400, 292, 120, 16, dark(colour, 0.45))
    d.path("M288 232C296 184 330 164 360 156C330 184 316 214 312 246Z", WHITE, opacity=0.55)
    sprig(d, 410, 226, 0.8)
    d.disc(400, 346, 27, d.slope(BRASS, depth=0.3))
    with d.moved(400, 400, turn=4):
        d.bar(-38, 76, 96, 236, INK, 4, opacity=0.1)
        d.bar(-48, 66, 96, 236, d.slope(CREAM), 4)
        d.line("M0 0L0 70", INK, 3)
        for step in range(4):
            d.line(
                f"M-26 {112 + step * 44}C-10 {98 + step * 44} 10 {126 + step * 44} 26 {112 + step * 44}",
                INDIGO,
                6,
            )
    for x, length in ((270, 170), (334, 210), (466, 220), (530, 180)):
        d.line(f"M{x} 300L{x} 350", INK, 3, opacity=0.6)
        d.bar(x - 15, 350, 30, length, d.lit(BAMBOO, depth=0.36), 6)
        d.line(
            f"M{x - 13} {350 + length * 0.45}L{x + 13} {350 + length * 0.45}", dark(BAMBOO, 0.35), 4
        )
