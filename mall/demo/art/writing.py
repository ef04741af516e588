"""Writing."""

from mall.demo.art.drawing import Drawing, bar, closed, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BAMBOO,
    BRASS,
    BRICK,
    CHARCOAL,
    CREAM,
    INDIGO,
    INK,
    JADE,
    LINEN,
    PAPER,
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


@good("notebook")
def notebook(d: Drawing, colour: str) -> None:
    with d.moved(400, 420, turn=-7):
        d.bar(-172, -222, 388, 476, INK, 16, opacity=0.12)
        d.bar(-180, -226, 380, 468, INK, 14, opacity=0.12)
        d.bar(-176, -216, 362, 448, dark(colour, 0.4), 12)
        d.bar(-172, -220, 354, 442, d.lit(WHITE, glow=0, depth=0.2), 8)
        d.bar(-188, -230, 358, 450, d.slope(colour, depth=0.14), 12)
        d.path(
            "M-176 -230L-130 -230L-130 220L-176 220C-184 220 -188 214 -188 208L-188 -218C-188 -226 -184 -230 -176 -230Z",
            dark(colour, 0.2),
        )
        d.line("M-126 -228L-126 218", light(colour, 0.3), 2, opacity=0.6)
        d.bar(-60, -150, 170, 92, d.slope(CREAM), 6)
        d.line("M-40 -116L90 -116M-40 -92L56 -92", dark(CREAM, 0.4), 4)
        d.path("M70 220L100 220L100 296L85 280L70 296Z", d.fall(dark(BRICK, 0.1), BRICK))
        sprig(d, 26, 90, 1.05, flower=AMBER)


@good("notebook", view=2)
def notebook_open(d: Drawing, colour: str) -> None:
    d.shadow(400, 560, 300, 90)
    d.path("M70 300L730 300L752 602L48 602Z", d.slope(dark(colour, 0.1)))
    for side in (1, -1):
        with d.moved(400, 0):
            page = f"M0 318C{side * 80} 282 {side * 220} 280 {side * 306} 300L{side * 326} 580C{side * 230} 560 {side * 90} 562 0 594Z"
            d.path(page, d.lit(WHITE, glow=0.3, depth=0.1 if side > 0 else 0.05))
            for row in range(6):
                y = 346 + row * 36
                d.line(
                    f"M{side * 40} {y - 8}C{side * 110} {y - 26} {side * 220} {y - 26} {side * (276 + row * 2)} {y - 16}",
                    mix(LINEN, STEEL, 0.4),
                    2,
                )
    d.path("M400 318L388 590L400 594L414 590Z", INK, opacity=0.18)
    d.line("M400 316C430 420 420 520 448 640", BRICK, 10)
    sprig(d, 222, 430, 0.9)
    with d.moved(560, 470, turn=-32):
        d.bar(-150, -11, 240, 22, d.fall(light(INDIGO, 0.3), dark(INDIGO, 0.2)), 10)
        d.path("M-150 -9L-196 0L-150 9Z", BRASS)


@good("pen")
def pen(d: Drawing, colour: str) -> None:
    with d.moved(400, 420, turn=-38):
        d.bar(-300, 26, 610, 34, INK, 17, opacity=0.13)
        d.bar(-20, -30, 320, 60, d.fall(light(colour, 0.35), dark(colour, 0.34)), 28)
        d.path("M-20 -26L-190 -19L-190 19L-20 26Z", d.fall(light(colour, 0.3), dark(colour, 0.4)))
        d.bar(-44, -30, 26, 60, d.fall(light(BRASS, 0.5), dark(BRASS, 0.2)), 4)
        d.path(
            "M-190 -17C-240 -22 -280 -8 -318 0C-280 8 -240 22 -190 17Z",
            d.fall(light(BRASS, 0.5), dark(BRASS, 0.16)),
        )
        d.line("M-316 0L-244 0", dark(BRASS, 0.6), 3)
        d.disc(-240, 0, 6, dark(BRASS, 0.6))
        d.bar(110, -46, 178, 15, d.fall(light(BRASS, 0.6), dark(BRASS, 0.1)), 7)
        d.bar(262, -40, 22, 22, BRASS, 4)
        d.line("M0 -17L250 -17", WHITE, 7, opacity=0.55)
        d.line("M-170 -10L-60 -14", WHITE, 5, opacity=0.5)
    d.line(
        spline([(96, 664), (150, 628), (176, 664), (220, 640), (262, 668), (330, 650), (430, 662)]),
        mix(INDIGO, INK, 0.3),
        6,
    )


@good("brushes")
def brushes(d: Drawing, colour: str) -> None:
    with d.moved(400, 420, size=0.86):
        for x, turn, length, hue in (
            (-140, 9, 1.0, colour),
            (0, 0, 1.12, WALNUT),
            (140, -9, 0.92, BAMBOO),
        ):
            with d.moved(x, 10, turn=turn, size=length):
                d.bar(8, -270, 40, 380, INK, 20, opacity=0.1)
                d.path("M18 120C70 190 30 240 14 272C4 240 -14 190 18 120Z", INK, opacity=0.1)
                d.bar(-16, -280, 32, 390, d.lit(hue, depth=0.4), 8)
                for y in (-170, -40):
                    d.line(f"M-15 {y}C-4 {y + 5} 6 {y + 5} 15 {y}", dark(hue, 0.3), 3)
                d.line("M0 -280C-20 -310 20 -320 0 -286", BRICK, 5)
                d.bar(-19, 92, 38, 34, d.lit(CHARCOAL, depth=0.4), 4)
                d.path(
                    "M-19 124C-40 180 -26 236 2 284C28 236 40 180 19 124Z", d.lit(CREAM, depth=0.3)
                )
                d.path(
                    "M-27 196C-24 232 -12 262 2 284C18 258 26 230 28 196C12 212 -10 212 -27 196Z",
                    d.lit(INK, glow=0.3),
                )


@good("inkstone")
def inkstone(d: Drawing, colour: str) -> None:
    d.shadow(400, 590, 260, 70)
    stone = mix(colour, STEEL, 0.12)
    d.path(
        closed(
            [
                (160, 470),
                (230, 350),
                (400, 318),
                (570, 350),
                (642, 470),
                (590, 590),
                (400, 634),
                (212, 590),
            ]
        ),
        d.fall(stone, dark(stone, 0.5)),
    )
    d.path(
        closed(
            [
                (160, 452),
                (230, 336),
                (400, 304),
                (570, 336),
                (642, 452),
                (590, 560),
                (400, 600),
                (212, 560),
            ]
        ),
        d.slope(light(stone, 0.1), depth=0.3),
    )
    well = closed(
        [
            (216, 452),
            (270, 374),
            (400, 352),
            (530, 374),
            (586, 452),
            (540, 530),
            (400, 558),
            (262, 530),
        ]
    )
    d.path(well, dark(stone, 0.42))
    with d.inside(well):
        d.path(
            closed(
                [
                    (216, 484),
                    (300, 440),
                    (400, 452),
                    (500, 440),
                    (590, 484),
                    (546, 560),
                    (400, 580),
                    (256, 556),
                ]
            ),
            d.slope(stone, glow=0.2),
        )
        d.oval(400, 402, 132, 36, "#1d1a20")
        d.oval(370, 394, 66, 11, WHITE, opacity=0.26)
    with d.moved(602, 380, turn=28):
        d.shadow(8, 96, 54, 14)
        d.bar(-34, -118, 68, 206, d.lit(INK, glow=0.3, depth=0.4), 8)
        d.bar(-20, -96, 40, 118, d.slope(BRASS), 4)
        d.line("M0 -80L0 4M-10 -60L10 -60M-10 -30L10 -30", dark(BRASS, 0.5), 4)


@good("ink")
def ink(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 168)
    glass = mix(colour, WHITE, 0.12)
    shape = [
        (346, 70),
        (346, 70),
        (372, 76),
        (404, 138),
        (450, 166),
        (590, 166),
        (630, 150),
        (636, 140),
        (636, 140),
    ]
    d.turned(400, shape, glass, shine=0.5, depth=0.4)
    d.path(
        "M254 460C340 488 460 488 528 470L528 584C460 602 340 602 254 574Z",
        d.slope(CREAM, depth=0.12),
    )
    d.path(closed([(396, 488), (424, 540), (412, 570), (380, 570), (368, 540)]), colour)
    d.line("M284 500L336 508M284 524L330 530M458 508L504 500M462 530L504 524", dark(CREAM, 0.35), 4)
    d.turned(
        400, [(240, 88), (240, 88), (250, 96), (336, 98), (350, 92), (350, 92)], CHARCOAL, shine=0.4
    )
    d.oval(400, 240, 88, 13, light(CHARCOAL, 0.3))
    for x in range(318, 486, 18):
        d.line(f"M{x} 268L{x} 334", INK, 3, opacity=0.5)
    d.path(
        closed([(150, 664), (196, 646), (232, 668), (206, 692), (160, 688)]), colour, opacity=0.9
    )
    d.disc(252, 690, 8, colour)


@good("letterpaper")
def letterpaper(d: Drawing, colour: str) -> None:
    for shift, turn in ((0, 4), (-8, -3)):
        with d.moved(430 + shift, 372, turn=turn):
            d.bar(-158, -212, 340, 440, INK, 4, opacity=0.1)
            d.bar(-166, -220, 332, 436, d.slope(WHITE, depth=0.06), 4)
    with d.moved(422, 372, turn=-3):
        for row in range(9):
            d.line(f"M-126 {-130 + row * 34}L126 {-130 + row * 34}", mix(colour, WHITE, 0.45), 2)
        sprig(d, 92, -164, 0.5)
    with d.moved(330, 532, turn=-10):
        d.bar(-208, -112, 436, 264, INK, 6, opacity=0.13)
        d.bar(-218, -124, 430, 258, d.slope(colour, depth=0.1), 6)
        d.path(
            "M-218 -118L-3 36L212 -118L212 -124L-218 -124Z",
            d.fall(light(colour, 0.26), light(colour, 0.08)),
        )
        d.line("M-216 -120L-3 34L210 -120", dark(colour, 0.22), 3)
        d.disc(-3, 30, 34, d.slope(BRICK, depth=0.35, glow=0.25))
        d.blossom(-3, 30, 19, dark(BRICK, 0.25), light(BRICK, 0.1))


@good("pencils")
def pencils(d: Drawing, colour: str) -> None:
    d.shadow(400, 642, 130)
    hues = (colour, JADE, INDIGO, AMBER, BRICK)
    for x, turn, hue, top in (
        (330, -11, hues[1], 190),
        (470, 12, hues[2], 200),
        (372, -4, hues[3], 150),
        (436, 5, hues[4], 170),
        (404, 1, hues[0], 210),
    ):
        with d.moved(x, top, turn=turn):
            d.path(polygon((-18, 60), (18, 60), (18, 320), (-18, 320)), d.lit(hue, depth=0.36))
            d.path(polygon((-7, 60), (6, 60), (6, 320), (-7, 320)), light(hue, 0.28), opacity=0.7)
            d.path(
                "M-18 62L0 0L18 62C12 54 6 54 0 62C-6 54 -12 54 -18 62Z", d.lit(CREAM, depth=0.25)
            )
            d.path("M-6 20L0 0L6 20Z", hue)
    cup = [(400, 122), (400, 122), (520, 118), (638, 108), (638, 108)]
    outline = d.turned(400, cup, LINEN)
    with d.inside(outline):
        for row in range(3):
            for column in range(6):
                d.blossom(
                    298 + column * 46 + (row % 2) * 22,
                    460 + row * 62,
                    12,
                    mix(INDIGO, LINEN, 0.25),
                    LINEN,
                )


@good("seal")
def seal(d: Drawing, colour: str) -> None:
    d.shadow(330, 630, 96, 22)
    d.path(polygon((240, 360), (296, 334), (440, 334), (384, 360)), light(colour, 0.4))
    d.path(polygon((384, 360), (440, 334), (440, 606), (384, 636)), dark(colour, 0.3))
    d.path(bar(240, 360, 144, 276), d.slope(colour, depth=0.14))
    d.line(
        spline([(250, 420), (290, 470), (276, 540), (330, 600)]), light(colour, 0.5), 5, opacity=0.6
    )
    lion = closed(
        [
            (262, 352),
            (250, 300),
            (272, 250),
            (300, 224),
            (346, 214),
            (388, 232),
            (412, 276),
            (424, 340),
            (384, 356),
        ]
    )
    d.path(lion, d.slope(light(colour, 0.08), depth=0.26))
    d.line(spline([(290, 330), (300, 290), (340, 280), (352, 320)]), dark(colour, 0.3), 6)
    d.disc(312, 262, 7, dark(colour, 0.5))
    with d.moved(584, 560, turn=8):
        d.shadow(10, 70, 110, 26)
        d.turned(0, [(8, 108), (8, 108), (44, 110), (70, 100), (70, 100)], WHITE, tilt=0.3)
        d.oval(0, 8, 108, 32, light(WHITE, 0.4))
        d.oval(0, 10, 88, 24, d.slope(BRICK, depth=0.3))
    with d.moved(560, 300, turn=6):
        d.bar(-76, -76, 152, 152, BRICK, 10, opacity=0.92)
        d.line("M-46 -46L46 -46M-46 0L46 0M0 -60L0 56M-46 -46L-46 46L46 46L46 -22", PAPER, 11)


@good("ruler")
def ruler(d: Drawing, colour: str) -> None:
    with d.moved(400, 400, turn=-24):
        d.bar(-300, -36, 620, 96, INK, 8, opacity=0.13)
        d.bar(-310, -52, 620, 96, d.fall(light(colour, 0.45), dark(colour, 0.1)), 8)
        for mark in range(31):
            long = 40 if mark % 10 == 0 else 30 if mark % 5 == 0 else 18
            d.line(
                f"M{-285 + mark * 19} -48L{-285 + mark * 19} {-48 + long}", dark(colour, 0.55), 3
            )
        d.disc(282, 18, 13, dark(colour, 0.4))
        d.disc(283, 19, 10, PAPER)
        d.line("M-300 38L300 38", dark(colour, 0.25), 3)
    with d.moved(470, 590, turn=-24):
        d.bar(-182, -10, 380, 34, INK, 12, opacity=0.12)
        d.bar(-190, -22, 330, 34, d.fall(light(WOOD, 0.3), dark(WOOD, 0.25)), 4)
        d.path("M-190 -22L-250 -5L-190 12Z", d.fall(CREAM, dark(CREAM, 0.2)))
        d.path("M-230 -11L-250 -5L-230 1Z", INK)
        d.bar(140, -22, 24, 34, BRASS)
        d.bar(164, -22, 36, 34, d.fall(light(BRICK, 0.3), BRICK), 10)


@good("calendar")
def calendar(d: Drawing, colour: str) -> None:
    d.shadow(400, 630, 250, 36)
    d.path(polygon((196, 600), (604, 600), (650, 632), (150, 632)), d.slope(WOOD))
    d.path(polygon((150, 632), (650, 632), (650, 656), (150, 656)), dark(WOOD, 0.25))
    d.path(polygon((226, 210), (606, 196), (622, 606), (210, 606)), dark(WHITE, 0.16))
    d.path(polygon((218, 218), (596, 206), (606, 610), (204, 612)), d.slope(WHITE, depth=0.07))
    d.path(polygon((218, 218), (596, 206), (600, 340), (214, 350)), d.slope(colour))
    with d.moved(498, 276):
        d.disc(0, 0, 40, HARVEST)
    d.path(
        "M216 350L214 330C280 270 330 300 380 322C440 280 520 288 599 322L600 340Z",
        dark(colour, 0.34),
    )
    for row in range(5):
        for column in range(7):
            x, y = 252 + column * 50, 392 + row * 42
            hue = BRICK if column > 4 else CHARCOAL
            d.bar(x - 9, y - 8, 18, 16, hue, 5, opacity=0.75)
    d.line(oval(352, 476, 24, 22), AMBER, 5)
    for x in (300, 400, 510):
        d.line(f"M{x} 236C{x - 14} 190 {x + 16} 180 {x + 8} 232", STEEL, 7)


HARVEST = light(AMBER, 0.35)
