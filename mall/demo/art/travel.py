"""Travel."""

from math import cos, radians, sin

from mall.demo.art.drawing import Drawing, bar, closed, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BAMBOO,
    BRASS,
    BRICK,
    CELADON,
    CHARCOAL,
    CREAM,
    INDIGO,
    INK,
    JADE,
    LINEN,
    STEEL,
    WALNUT,
    WHITE,
    dark,
    light,
    mix,
)
from mall.demo.art.registry import good
from mall.demo.art.tea import sprig


@good("flask")
def flask(d: Drawing, colour: str) -> None:
    d.shadow(400, 660, 112)
    shape = [
        (290, 76),
        (290, 76),
        (320, 102),
        (370, 112),
        (500, 112),
        (636, 112),
        (656, 104),
        (656, 104),
    ]
    d.turned(400, shape, colour, shine=0.5)
    d.turned(
        400, [(120, 74), (120, 74), (140, 82), (256, 82), (270, 82), (270, 82)], STEEL, shine=0.6
    )
    d.oval(400, 121, 74, 11, light(STEEL, 0.5))
    d.turned(400, [(262, 84), (262, 84), (292, 80), (292, 80)], WALNUT, shine=0.3)
    d.turned(400, [(606, 113), (606, 113), (640, 113), (660, 105), (660, 105)], STEEL, shine=0.5)
    sprig(d, 392, 470, 1.05)


@good("backpack")
def backpack(d: Drawing, colour: str) -> None:
    d.shadow(400, 664, 180)
    d.line("M346 176C340 90 460 90 454 176", dark(colour, 0.35), 20)
    for side in (-1, 1):
        d.path(
            closed(
                [
                    (400 + side * 150, 420),
                    (400 + side * 216, 440),
                    (400 + side * 222, 600),
                    (400 + side * 150, 630),
                ]
            ),
            d.slope(dark(colour, 0.1 if side < 0 else 0.3)),
        )
    body = "M220 320C210 180 300 150 400 150C500 150 590 180 580 320L590 620C580 660 540 664 400 664C260 664 220 660 210 620Z"
    d.path(body, d.lit(colour))
    with d.inside(body):
        d.path("M500 140C560 260 530 500 560 670L680 670L680 140Z", INK, opacity=0.1)
    flap = (
        "M214 330C210 180 300 150 400 150C500 150 590 180 586 330L584 410C500 440 300 440 216 410Z"
    )
    d.path(flap, d.lit(light(colour, 0.1)))
    d.line("M222 400C300 428 500 428 578 400", light(colour, 0.5), 4, stroke_dasharray="12 9")
    d.bar(268, 476, 264, 160, d.slope(light(colour, 0.06)), 20)
    d.line("M270 512L530 512", dark(colour, 0.35), 5)
    for x in (316, 484):
        d.bar(x - 15, 350, 30, 138, d.lit(WALNUT, depth=0.35), 6)
        d.bar(x - 21, 440, 42, 34, d.slope(BRASS, glow=0.4), 5)
        d.bar(x - 11, 449, 22, 16, WALNUT)
    d.path("M244 300C246 230 280 190 330 180C290 214 276 250 272 310Z", WHITE, opacity=0.35)
    d.blossom(400, 270, 30, AMBER, BRICK)


@good("umbrella")
def umbrella(d: Drawing, colour: str) -> None:
    d.oval(430, 690, 210, 22, d.halo(INK, strength=0.28))
    d.line("M400 130L400 640C400 716 300 716 300 650", WALNUT, 17)
    d.line("M396 300L396 630", light(WALNUT, 0.4), 4)
    canopy = "M90 420C110 240 250 150 400 150C550 150 690 240 710 420C680 380 620 376 586 420C556 376 490 372 460 420C440 376 360 376 340 420C310 372 244 376 214 420C180 376 120 380 90 420Z"
    d.path(canopy, d.lit(colour))
    with d.inside(canopy):
        d.path(
            "M400 150C300 200 230 300 214 420L340 420C350 300 370 210 400 150Z",
            light(colour, 0.25),
            opacity=0.8,
        )
        d.path(
            "M400 150C500 200 570 300 586 420L460 420C450 300 430 210 400 150Z",
            dark(colour, 0.2),
            opacity=0.8,
        )
        for x, y in (
            (170, 350),
            (280, 270),
            (270, 370),
            (400, 250),
            (400, 360),
            (520, 280),
            (530, 370),
            (630, 350),
            (330, 210),
            (470, 200),
        ):
            d.blossom(x, y, 15, light(colour, 0.65), dark(colour, 0.3))
    d.line(
        "M400 150C300 200 230 300 214 420M400 150C370 210 350 300 340 420M400 150C430 210 450 300 460 420M400 150C500 200 570 300 586 420",
        dark(colour, 0.35),
        4,
    )
    d.line("M400 150L400 112", BRASS, 13)


@good("suitcase")
def suitcase(d: Drawing, colour: str) -> None:
    d.shadow(410, 644, 250)
    d.line("M330 296C330 220 470 220 470 296", WALNUT, 24)
    d.line("M332 290C334 224 464 224 466 290", light(WALNUT, 0.3), 7)
    d.bar(152, 292, 508, 356, dark(colour, 0.32), 30)
    d.bar(140, 286, 504, 356, d.slope(colour, depth=0.18), 30)
    d.line("M140 420L644 420", dark(colour, 0.35), 6)
    for x in (226, 520):
        d.bar(x, 286, 44, 356, d.lit(WALNUT, depth=0.3))
        d.bar(x - 7, 396, 58, 50, d.slope(BRASS, glow=0.4), 6)
        d.bar(x + 9, 410, 26, 22, WALNUT, 3)
    for x, y in ((140, 286), (590, 286), (140, 588), (590, 588)):
        corner = bar(x, y, 54, 54, 26)
        d.path(corner, d.slope(dark(WALNUT, 0.1)))
    sprig(d, 396, 540, 1.0)
    with d.moved(312, 330, turn=14):
        d.bar(0, 0, 76, 110, d.slope(CREAM), 10)
        d.disc(38, 20, 8, dark(CREAM, 0.4))
        d.line("M18 54L58 54M18 74L48 74", dark(CREAM, 0.4), 5)
    d.line("M160 312C170 300 184 296 200 296", WHITE, 8, opacity=0.5)


@good("hat")
def hat(d: Drawing, colour: str) -> None:
    d.shadow(410, 574, 300, 60)
    brim = closed(
        [
            (80, 520),
            (200, 440),
            (400, 416),
            (600, 440),
            (722, 520),
            (620, 590),
            (400, 616),
            (180, 590),
        ]
    )
    d.path(brim, d.slope(colour, depth=0.2))
    with d.inside(brim):
        for step in range(6):
            d.line(
                oval(400, 516, 300 - step * 26, 92 - step * 9), dark(colour, 0.22), 4, opacity=0.6
            )
    crown = "M218 500C220 330 280 246 400 246C520 246 580 330 584 500C520 552 280 552 218 500Z"
    d.path("M218 500C240 560 560 566 640 520C620 500 600 480 584 470Z", INK, opacity=0.16)
    d.path(crown, d.lit(colour))
    with d.inside(crown):
        for row in range(7):
            y = 276 + row * 32
            d.line(
                f"M190 {y + 20}C300 {y + 60} 500 {y + 60} 610 {y + 20}",
                dark(colour, 0.2),
                4,
                opacity=0.55,
            )
        d.path("M180 436C300 500 500 500 620 436L620 506C500 570 300 570 180 506Z", d.lit(BRICK))
        d.path("M480 230C590 320 590 440 600 560L660 560L660 230Z", INK, opacity=0.1)
    d.path("M258 420C262 350 284 300 330 276C304 316 292 360 290 420Z", WHITE, opacity=0.35)
    sprig(d, 290, 500, 0.62)


@good("wallet")
def wallet(d: Drawing, colour: str) -> None:
    with d.moved(400, 410, turn=-9):
        d.bar(-214, -124, 460, 306, INK, 22, opacity=0.13)
        d.bar(-196, -190, 380, 150, d.slope(WHITE, depth=0.1), 8)
        d.bar(-180, -214, 360, 150, d.slope(CELADON, depth=0.1), 8)
        for x in (-140, -60, 20, 100):
            d.blossom(x, -186, 12, WHITE, JADE)
        d.bar(-230, -140, 460, 300, d.slope(colour, depth=0.2), 22)
        d.bar(-230, -140, 460, 120, d.slope(light(colour, 0.08)), 22)
        d.path("M-230 -50L230 -50L230 -10C100 40 -100 40 -230 -10Z", d.slope(light(colour, 0.08)))
        d.line("M-218 -20C-100 26 100 26 218 -20", light(colour, 0.45), 4, stroke_dasharray="12 9")
        d.line(
            "M-212 -122L212 -122M-212 142L212 142", light(colour, 0.45), 4, stroke_dasharray="12 9"
        )
        d.disc(0, 16, 26, d.slope(BRASS, glow=0.4, depth=0.3))
        d.disc(0, 16, 11, dark(BRASS, 0.25))
        sprig(d, 140, 96, 0.55)


@good("teacase")
def teacase(d: Drawing, colour: str) -> None:
    d.shadow(410, 636, 280, 44)
    d.path(
        polygon((140, 230), (600, 230), (640, 400), (110, 400)),
        d.fall(dark(colour, 0.1), dark(colour, 0.3)),
    )
    d.path(polygon((160, 246), (584, 246), (616, 386), (138, 386)), d.slope(LINEN, depth=0.18))
    sprig(d, 380, 320, 0.95)
    d.path(polygon((110, 400), (640, 400), (660, 432), (90, 432)), dark(LINEN, 0.4))
    d.turned(270, [(330, 92), (330, 92), (380, 108), (470, 80), (470, 80)], CELADON, tilt=0.2)
    d.oval(270, 330, 92, 17, dark(CELADON, 0.12))
    d.turned(272, [(294, 26), (294, 26), (310, 70), (328, 84), (328, 84)], CELADON)
    d.disc(272, 286, 15, d.slope(CELADON, depth=0.3))
    for x in (440, 540):
        d.turned(x, [(364, 46), (364, 46), (400, 44), (440, 30), (440, 30)], CELADON, tilt=0.24)
        d.mouth(x, 364, 46, CELADON, light(CELADON, 0.3), tilt=0.24)
    d.bar(90, 424, 570, 210, d.slope(colour, depth=0.2), 26)
    d.line("M96 470L654 470", BRASS, 6, stroke_dasharray="12 6")
    d.bar(360, 458, 40, 70, d.slope(BRASS, glow=0.4), 10)
    d.line("M270 634C280 690 470 690 480 634", WALNUT, 20)


@good("fan")
def fan(d: Drawing, colour: str) -> None:
    cx, cy = 400, 620
    outer, inner = 356, 160
    spread = [radians(198 + step * 9) for step in range(17)]
    for shift in (14, 0):
        points = [(cx + shift + cos(a) * outer, cy + shift + sin(a) * outer) for a in spread]
        points += [
            (cx + shift + cos(a) * inner, cy + shift + sin(a) * inner) for a in reversed(spread)
        ]
        if shift:
            d.path(polygon(*points), INK, opacity=0.12)
    for index in range(16):
        one, two = spread[index], spread[index + 1]
        hue = light(colour, 0.16) if index % 2 == 0 else dark(colour, 0.06 + index * 0.008)
        d.path(
            polygon(
                (cx + cos(one) * outer, cy + sin(one) * outer),
                (cx + cos(two) * outer, cy + sin(two) * outer),
                (cx + cos(two) * inner, cy + sin(two) * inner),
                (cx + cos(one) * inner, cy + sin(one) * inner),
            ),
            hue,
        )
    for angle in spread:
        d.line(
            f"M{cx + cos(angle) * 356:.0f} {cy + sin(angle) * 356:.0f}L{cx} {cy + 30}",
            BAMBOO if 0 < spread.index(angle) < 16 else WALNUT,
            5 if 0 < spread.index(angle) < 16 else 14,
        )
    with d.inside(polygon(*points)):
        d.path(
            spline(
                [(60, 560), (180, 440), (260, 490), (380, 380), (500, 470), (590, 410), (760, 560)]
            )
            + "L760 700L60 700Z",
            mix(colour, INDIGO, 0.5),
            opacity=0.5,
        )
        d.disc(530, 306, 38, light(BRICK, 0.1))
        sprig(d, 280, 340, 1.1)
    d.disc(cx, cy + 26, 15, d.slope(BRASS))
    d.line(f"M{cx} {cy + 40}C{cx + 20} {cy + 70} {cx - 10} {cy + 80} {cx} {cy + 96}", BRICK, 6)


@good("lunchbox")
def lunchbox(d: Drawing, colour: str) -> None:
    d.shadow(400, 654, 170)
    d.line("M250 560L250 220C250 130 550 130 550 220L550 560", STEEL, 17)
    d.line("M246 500L246 224C250 140 420 136 470 150", WHITE, 5, opacity=0.8)
    for y, hue in ((650, colour), (538, light(colour, 0.24)), (426, colour)):
        d.turned(
            400,
            [(y - 106, 162), (y - 106, 162), (y - 20, 162), (y, 152), (y, 152)],
            hue,
            tilt=0.15,
            shine=0.45,
        )
        d.line(f"M238 {y - 98}C320 {y - 64} 480 {y - 64} 562 {y - 98}", light(STEEL, 0.4), 9)
    d.turned(
        400,
        [(262, 46), (262, 46), (276, 130), (300, 162), (322, 164), (322, 164)],
        colour,
        tilt=0.15,
        shine=0.4,
    )
    d.turned(400, [(238, 26), (238, 26), (250, 32), (264, 28), (264, 28)], BRASS, tilt=0.3)
    for x in (238, 562):
        d.bar(x - 13, 430, 26, 80, d.lit(BRASS, depth=0.35), 6)
    for x in range(280, 540, 40):
        d.blossom(x, 620 - abs(400 - x) * 0.06, 11, light(colour, 0.6), dark(colour, 0.3))


@good("eyemask")
def eyemask(d: Drawing, colour: str) -> None:
    d.line("M150 400C40 300 200 170 400 190C600 170 760 300 650 400", dark(colour, 0.35), 24)
    d.line("M150 396C50 300 200 180 400 196", light(colour, 0.1), 6)
    mask = "M140 400C150 310 250 300 400 316C550 300 650 310 660 400C666 500 560 560 480 520C440 500 420 470 400 470C380 470 360 500 320 520C240 560 134 500 140 400Z"
    with d.moved(12, 18):
        d.path(mask, INK, opacity=0.13)
    d.path(mask, d.slope(colour, depth=0.26, glow=0.25))
    d.line(mask, light(colour, 0.4), 8)
    for x in (270, 530):
        d.line(f"M{x - 66} 420C{x - 36} 456 {x + 36} 456 {x + 66} 420", CREAM, 8)
        for dx in (-48, -18, 18, 48):
            d.line(
                f"M{x + dx} {440 if abs(dx) > 30 else 448}L{x + dx * 1.2} {462 if abs(dx) > 30 else 474}",
                CREAM,
                6,
            )
    for x, y, r in ((400, 376, 15), (190, 370, 9), (610, 370, 9), (340, 360, 8), (462, 358, 8)):
        d.blossom(x, y, r, AMBER, BRICK)


@good("compass")
def compass(d: Drawing, colour: str) -> None:
    d.line("M400 230C330 110 190 150 140 90", WALNUT, 13)
    d.shadow(410, 640, 190, 30)
    d.disc(412, 450, 212, INK, opacity=0.12)
    d.disc(400, 214, 36, d.slope(dark(colour, 0.1)))
    d.disc(400, 214, 18, "#f5ede0")
    d.disc(400, 436, 212, d.slope(colour, depth=0.36, glow=0.4))
    d.disc(400, 436, 178, dark(colour, 0.25))
    d.disc(400, 436, 170, d.slope(CREAM, depth=0.12))
    for tick in range(36):
        a = radians(tick * 10)
        near = 140 if tick % 9 == 0 else 152
        d.line(
            f"M{400 + cos(a) * near:.1f} {436 + sin(a) * near:.1f}L{400 + cos(a) * 164:.1f} {436 + sin(a) * 164:.1f}",
            CHARCOAL,
            6 if tick % 9 == 0 else 3,
        )
    for quarter in range(4):
        with d.moved(400, 436, turn=quarter * 90):
            d.path("M0 -96L16 -16L0 0Z", light(JADE, 0.3))
            d.path("M0 -96L-16 -16L0 0Z", light(JADE, 0.55))
    with d.moved(400, 436, turn=32):
        d.path("M0 -134L20 0L-20 0Z", d.lit(BRICK))
        d.path("M0 134L20 0L-20 0Z", d.lit(INDIGO))
        d.disc(0, 0, 14, BRASS)
    d.path("M270 400C280 340 330 290 400 282C350 312 320 350 308 410Z", WHITE, opacity=0.6)
