"""Light."""

from math import cos, pi, sin

from mall.demo.art.drawing import Drawing, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BRASS,
    BRICK,
    CHARCOAL,
    CREAM,
    HONEY,
    INK,
    MOSS,
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

GLOW = "#ffdf95"


def flame(d: Drawing, x: float, y: float, size: float = 1) -> None:
    """A small flame with its wick at x, y."""
    with d.moved(x, y, size=size):
        d.disc(0, -40, 150, d.halo(GLOW, strength=0.75))
        d.line("M0 6L0 -14", CHARCOAL, 5)
        d.path("M0 -96C26 -58 30 -30 18 -12C10 0 -10 0 -18 -12C-30 -30 -18 -60 0 -96Z", AMBER)
        d.path("M0 -64C14 -40 14 -22 8 -12C4 -6 -4 -6 -8 -12C-14 -24 -8 -42 0 -64Z", "#fff1c4")


@good("lantern")
def lantern(d: Drawing, colour: str) -> None:
    d.disc(400, 400, 340, d.halo(GLOW, strength=0.6))
    d.line("M400 60L400 190", CHARCOAL, 5)
    shape = [
        (208, 76),
        (208, 76),
        (250, 164),
        (330, 222),
        (410, 236),
        (490, 222),
        (566, 164),
        (606, 76),
        (606, 76),
    ]
    outline = d.turned(400, shape, mix(colour, GLOW, 0.28), shine=0)
    with d.inside(outline):
        d.oval(390, 420, 200, 190, d.halo("#fff0bd", strength=0.85))
        for row in range(1, 11):
            y = 208 + row * 37
            d.line(
                f"M150 {y - 14}C270 {y + 18} 530 {y + 18} 650 {y - 14}",
                dark(colour, 0.2),
                3,
                opacity=0.55,
            )
    sprig(d, 400, 420, 1.3, flower=dark(AMBER, 0.1))
    for y, r in ((186, 82), (604, 82)):
        d.turned(400, [(y, r), (y, r), (y + 26, r), (y + 26, r)], WALNUT, shine=0.3)
    d.oval(400, 186, 82, 12, light(WALNUT, 0.2))
    d.line("M400 640L400 668", BRICK, 6)
    for x in range(-16, 18, 6):
        d.line(f"M400 668L{400 + x} 740", BRICK, 5)


@good("tablelamp")
def tablelamp(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 130)
    d.oval(400, 520, 300, 180, d.halo(GLOW, strength=0.6))
    d.turned(
        400,
        [(430, 34), (430, 34), (540, 38), (590, 84), (622, 120), (640, 122), (640, 122)],
        colour,
        tilt=0.18,
    )
    d.turned(400, [(390, 26), (390, 26), (440, 26), (440, 26)], BRASS, shine=0.5)
    dome = "M166 402C170 250 280 178 400 178C520 178 630 250 634 402C560 436 240 436 166 402Z"
    d.path(dome, d.lit(colour, depth=0.3))
    with d.inside(dome):
        d.path(
            "M510 150C610 220 640 330 640 440L560 440C570 330 560 230 470 160Z",
            dark(colour, 0.5),
            opacity=0.13,
        )
        d.path("M236 350C246 280 280 236 340 210C300 250 276 300 268 356Z", WHITE, opacity=0.5)
    d.oval(400, 404, 233, 27, dark(colour, 0.3))
    d.oval(400, 406, 214, 21, d.lit("#ffe7ac", glow=0.2, depth=0.06))
    d.disc(400, 172, 13, d.slope(BRASS))


@good("tablelamp", view=2)
def tablelamp_night(d: Drawing, colour: str) -> None:
    d.bar(-100, -100, 1000, 1000, d.fall("#4b4256", "#5b4a4c"))
    d.path(polygon((-100, 600), (900, 600), (900, 900), (-100, 900)), d.fall("#7a5a45", "#5c4338"))
    d.disc(400, 440, 420, d.halo(GLOW, strength=0.8))
    d.oval(400, 652, 400, 90, d.halo(GLOW, strength=0.7))
    d.turned(
        400,
        [(430, 34), (430, 34), (540, 38), (590, 84), (622, 120), (640, 122), (640, 122)],
        mix(colour, AMBER, 0.2),
        tilt=0.18,
    )
    dome = "M166 402C170 250 280 178 400 178C520 178 630 250 634 402C560 436 240 436 166 402Z"
    d.path(dome, d.fall(mix(colour, INK, 0.25), mix(colour, GLOW, 0.55)))
    d.oval(400, 404, 233, 27, "#fff3cf")
    d.disc(400, 172, 13, BRASS)
    for x, y, w in ((560, 604, 150), (576, 578, 130)):
        d.bar(x, y, w, 28, d.lit(mix(BRICK if y > 600 else MOSS, INK, 0.25)), 4)
        d.bar(x + 8, y + 6, w - 14, 16, mix(CREAM, INK, 0.2), 2)


@good("candle")
def candle(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 150)
    flame(d, 400, 394)
    d.turned(400, [(430, 134), (430, 134), (520, 138), (620, 134), (638, 122), (638, 122)], colour)
    d.mouth(400, 430, 134, colour, light(CREAM, 0.3), tilt=0.2)
    d.oval(400, 434, 70, 14, d.halo(GLOW, strength=0.9))
    flame(d, 400, 422)
    d.path("M300 500C340 512 440 514 486 504L486 596C440 606 340 604 300 592Z", d.slope(CREAM))
    sprig(d, 394, 552, 0.56)


@good("beeswax")
def beeswax(d: Drawing, colour: str) -> None:
    for x, top in ((300, 230), (410, 170), (520, 290)):
        d.shadow(x, 640, 56, 16)
        flame(d, x, top, 0.85)
        outline = d.turned(
            x, [(top, 42), (top, 42), (460, 42), (640, 44), (640, 44)], colour, tilt=0.22, shine=0.3
        )
        with d.inside(outline):
            for row in range(26):
                for column in range(5):
                    cx = x - 48 + column * 25 + (row % 2) * 12.5
                    cy = top + 18 + row * 19
                    hexagon = polygon(
                        *(
                            (cx + 10 * cos(pi / 3 * k + pi / 6), cy + 10 * sin(pi / 3 * k + pi / 6))
                            for k in range(6)
                        )
                    )
                    d.line(hexagon, dark(colour, 0.22), 2, opacity=0.7)
        d.oval(x, top, 42, 9, light(colour, 0.35))
        d.line(f"M{x} {top}L{x} {top - 14}", CHARCOAL, 5)


@good("pendant")
def pendant(d: Drawing, colour: str) -> None:
    d.oval(400, 610, 360, 200, d.halo(GLOW, strength=0.6))
    d.line("M400 40L400 240", CHARCOAL, 6)
    d.oval(400, 556, 288, 46, dark(colour, 0.45))
    d.disc(400, 556, 66, d.slope("#fff0c4", depth=0.02))
    outline = "M356 238C330 300 210 400 110 556C240 612 560 612 690 556C590 400 470 300 444 238Z"
    d.path(outline, d.lit(colour))
    with d.inside(outline):
        for y in range(270, 620, 30):
            d.line(
                f"M80 {y - 14}C240 {y + 30} 560 {y + 30} 720 {y - 14}",
                dark(colour, 0.3),
                4,
                opacity=0.6,
            )
        for x in range(-9, 10):
            d.line(f"M{400 + x * 5} 236L{400 + x * 36} 620", light(colour, 0.35), 5, opacity=0.6)
        d.path(
            "M520 230C590 380 640 470 710 600L600 620C570 480 520 350 470 236Z",
            dark(colour, 0.5),
            opacity=0.12,
        )
    d.turned(400, [(206, 34), (206, 34), (220, 48), (250, 48), (250, 48)], WALNUT, shine=0.3)


@good("storm")
def storm(d: Drawing, colour: str) -> None:
    d.shadow(400, 644, 150)
    d.line("M262 560C180 320 260 130 400 130C540 130 620 320 538 560", CHARCOAL, 9)
    d.disc(400, 420, 250, d.halo(GLOW, strength=0.6))
    d.turned(400, [(540, 120), (540, 120), (560, 138), (600, 150), (640, 140), (640, 140)], colour)
    glass = [(300, 70), (300, 70), (350, 104), (420, 118), (490, 100), (530, 76), (530, 76)]
    outline = d.turned(400, glass, mix(WHITE, GLOW, 0.25), shine=0)
    with d.inside(outline):
        d.disc(400, 440, 140, d.halo("#ffe9ae", strength=0.9))
        flame(d, 400, 500, 1.1)
    d.line("M310 400C304 440 316 480 326 506", WHITE, 10, opacity=0.8)
    d.turned(400, [(516, 84), (516, 84), (546, 110), (546, 110)], BRASS, shine=0.4)
    d.turned(
        400, [(226, 60), (226, 60), (250, 92), (290, 104), (304, 96), (304, 96)], colour, shine=0.4
    )
    d.turned(
        400, [(184, 34), (184, 34), (200, 46), (230, 52), (230, 52)], dark(colour, 0.15), shine=0.3
    )
    d.disc(520, 596, 15, d.slope(BRASS))
    for x in (-1, 1):
        d.line(f"M{400 + x * 90} 302L{400 + x * 124} 540", STEEL, 6)


@good("readinglamp")
def readinglamp(d: Drawing, colour: str) -> None:
    d.shadow(300, 640, 130)
    d.path(
        polygon((540, 330), (700, 640), (300, 640), (420, 400)),
        d.fall(GLOW, "#f3e8d2"),
        opacity=0.4,
    )
    d.turned(
        300,
        [(606, 118), (606, 118), (622, 128), (642, 128), (642, 128)],
        colour,
        tilt=0.2,
        shine=0.3,
    )
    d.oval(300, 606, 118, 23, d.slope(light(colour, 0.14)))
    d.line("M300 600L220 380", BRASS, 16)
    d.line("M296 594L218 380", light(BRASS, 0.5), 5)
    d.line("M220 380L430 220", BRASS, 16)
    d.line("M216 376L426 215", light(BRASS, 0.5), 5)
    d.disc(220, 380, 21, d.slope(dark(BRASS, 0.1), depth=0.3))
    with d.moved(450, 226, turn=36):
        d.bar(-66, -36, 70, 72, d.fall(light(colour, 0.2), dark(colour, 0.3)), 16)
        d.path(
            "M0 -44C50 -50 100 -90 134 -120C150 -40 150 40 134 120C100 90 50 50 0 44Z",
            d.fall(light(colour, 0.3), dark(colour, 0.34)),
        )
        d.oval(136, 0, 26, 120, "#fff0c2")
        d.oval(136, 0, 26, 120, d.halo(AMBER, strength=0.4))
        d.line("M18 -34C56 -44 90 -70 118 -94", WHITE, 8, opacity=0.55)
    d.disc(430, 220, 16, d.slope(BRASS, depth=0.3))


@good("fairylights")
def fairylights(d: Drawing, colour: str) -> None:
    rope = [(20, 220), (150, 330), (300, 350), (440, 290), (560, 240), (700, 300), (790, 250)]
    lower = [(10, 470), (140, 560), (290, 590), (420, 540), (560, 470), (690, 520), (790, 500)]
    for strand, offset in ((rope, 0), (lower, 1)):
        d.line(spline(strand), MOSS, 7)
        for index, (x, y) in enumerate(strand[1:-1]):
            for side, lift in ((-34, 0), (34, 10)):
                d.leaf(x + side, y + lift - 8, 52, -60 + side + index * 9, MOSS)
            hue = (colour, light(AMBER, 0.3), CREAM)[(index + offset) % 3]
            d.disc(x, y + 66, 124, d.halo(GLOW, strength=0.6))
            d.line(f"M{x} {y}L{x} {y + 22}", CHARCOAL, 6)
            globe = d.turned(
                x,
                [
                    (y + 20, 20),
                    (y + 20, 20),
                    (y + 44, 46),
                    (y + 72, 54),
                    (y + 104, 40),
                    (y + 118, 18),
                    (y + 118, 18),
                ],
                mix(hue, GLOW, 0.25),
                shine=0.5,
            )
            with d.inside(globe):
                for rib in (44, 66, 88):
                    d.line(
                        f"M{x - 60} {y + rib - 4}C{x - 20} {y + rib + 8} {x + 20} {y + rib + 8} {x + 60} {y + rib - 4}",
                        dark(hue, 0.2),
                        2,
                        opacity=0.6,
                    )
            d.bar(x - 18, y + 12, 36, 14, WALNUT, 4)


@good("holder")
def holder(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 150)
    d.line("M506 598C620 560 620 650 520 630", dark(colour, 0.18), 20)
    d.turned(400, [(600, 150), (600, 150), (620, 140), (640, 96), (640, 96)], colour, tilt=0.2)
    d.oval(400, 600, 150, 30, d.slope(light(colour, 0.3)))
    d.oval(404, 602, 122, 22, d.slope(dark(colour, 0.12)))
    d.turned(400, [(500, 50), (500, 50), (520, 30), (560, 30), (596, 60), (596, 60)], colour)
    d.oval(400, 500, 50, 11, dark(colour, 0.3))
    d.turned(
        400, [(236, 27), (236, 27), (360, 28), (506, 28), (506, 28)], CREAM, tilt=0.24, shine=0.4
    )
    d.oval(400, 236, 27, 7, WHITE)
    d.line("M422 240C432 262 424 290 428 310", light(CREAM, 0.5), 10)
    flame(d, 400, 226, 1.05)


@good("moonlamp")
def moonlamp(d: Drawing, colour: str) -> None:
    d.disc(400, 380, 360, d.halo(GLOW, strength=0.75))
    d.shadow(400, 644, 130)
    for x in (-92, 92):
        d.line(f"M{400 + x * 0.5} 560L{400 + x} 640", WOOD, 18)
    d.line("M330 580L470 580", dark(WOOD, 0.2), 14)
    d.disc(400, 380, 216, d.slope(mix(colour, WHITE, 0.35), depth=0.14, glow=0.4))
    with d.inside(oval(400, 380, 216, 216)):
        for x, y, r in (
            (330, 320, 46),
            (470, 420, 62),
            (380, 490, 34),
            (500, 290, 28),
            (270, 430, 30),
            (410, 250, 22),
        ):
            d.disc(x + 4, y + 4, r, light(colour, 0.5), opacity=0.6)
            d.disc(x, y, r, dark(colour, 0.1), opacity=0.22)
        d.path(
            "M480 150C660 240 660 520 480 610C620 500 620 260 480 150Z",
            dark(colour, 0.4),
            opacity=0.14,
        )
    d.path("M240 300C262 240 306 204 360 190C316 222 286 262 268 312Z", WHITE, opacity=0.6)
    for x, y in ((640, 190), (150, 240), (680, 460)):
        d.path(
            polygon(
                (x, y - 16),
                (x + 4, y - 4),
                (x + 16, y),
                (x + 4, y + 4),
                (x, y + 16),
                (x - 4, y + 4),
                (x - 16, y),
                (x - 4, y - 4),
            ),
            HONEY,
        )
