"""Cloth."""

from mall.demo.art.drawing import Drawing, bar, closed, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BRASS,
    BRICK,
    CREAM,
    INDIGO,
    INK,
    LINEN,
    WALNUT,
    WHITE,
    WOOD,
    dark,
    light,
    mix,
)
from mall.demo.art.registry import good
from mall.demo.art.tea import sprig


def fringe(d: Drawing, x: float, y: float, width: float, colour: str, length: float = 44) -> None:
    """Loose threads at the end of a cloth."""
    for step in range(int(width // 14) + 1):
        d.line(f"M{x + step * 14} {y}L{x + step * 14 - 3} {y + length}", colour, 5)


@good("scarf")
def scarf(d: Drawing, colour: str) -> None:
    d.shadow(410, 640, 190, 26)
    fringe(d, 452, 610, 118, dark(colour, 0.2))
    d.path(
        "M430 300C470 400 440 520 446 614L574 610C580 500 590 400 540 280Z",
        d.slope(dark(colour, 0.14)),
    )
    fringe(d, 256, 640, 128, colour)
    front = "M300 280C250 400 256 520 248 644L388 644C384 520 400 420 470 300Z"
    d.path(front, d.slope(colour))
    with d.inside(front):
        for y in (520, 556, 592):
            d.line(f"M230 {y}L410 {y}", light(colour, 0.55), 12)
        d.line("M230 574L410 574", dark(colour, 0.3), 5)
    loop = closed(
        [
            (200, 260),
            (230, 160),
            (400, 116),
            (570, 160),
            (604, 260),
            (560, 340),
            (400, 372),
            (240, 340),
        ]
    )
    d.path(loop, d.lit(colour))
    d.path(
        closed(
            [
                (276, 232),
                (320, 184),
                (400, 170),
                (486, 184),
                (528, 232),
                (480, 266),
                (400, 276),
                (320, 266),
            ]
        ),
        dark(colour, 0.42),
    )
    for fold in (
        "M216 270C280 340 420 360 540 300",
        "M226 230C260 300 420 330 560 262",
        "M330 300C310 340 290 420 284 500",
    ):
        d.line(fold, dark(colour, 0.3), 6, opacity=0.55)
    d.line("M232 214C250 176 300 144 360 134", light(colour, 0.5), 9, opacity=0.7)


@good("cushion")
def cushion(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 240)
    outline = "M160 190C230 222 570 222 640 190C612 290 612 520 646 636C560 606 240 606 154 636C188 520 188 290 160 190Z"
    d.path(outline, d.slope(colour, depth=0.24, glow=0.22))
    with d.inside(outline):
        d.path("M560 180C590 320 580 520 600 650L700 650L700 170Z", dark(colour, 0.5), opacity=0.13)
        for row in range(4):
            for column in range(4):
                x, y = 254 + column * 98 + (row % 2) * 46, 288 + row * 86
                d.blossom(x, y, 21, light(colour, 0.62), dark(colour, 0.3))
                d.leaf(x + 16, y + 16, 34, 42, light(colour, 0.4))
    d.line("M168 200C232 226 568 226 632 200", light(colour, 0.4), 5, stroke_dasharray="10 12")
    for x, y in ((160, 190), (640, 190), (154, 636), (646, 636)):
        d.disc(x, y, 13, d.slope(dark(colour, 0.2)))


@good("towel")
def towel(d: Drawing, colour: str) -> None:
    d.bar(150, 176, 500, 18, d.fall(light(WOOD, 0.3), dark(WOOD, 0.3)), 9)
    for x in (150, 650):
        d.disc(x, 185, 17, d.slope(WALNUT))
    d.path("M268 210L596 210L606 640L290 648Z", INK, opacity=0.1)
    back = "M300 190L560 190L566 560L304 560Z"
    d.path(back, d.slope(dark(WHITE, 0.16)))
    front = "M252 176C260 168 560 168 568 176L576 634C480 642 340 642 244 634Z"
    d.path(front, d.slope(WHITE, depth=0.12))
    with d.inside(front):
        for y, h in ((490, 34), (536, 10), (558, 10)):
            d.bar(230, y, 360, h, colour)
        for x in (296, 520):
            d.bar(x, 150, 8, 500, colour, opacity=0.45)
        d.path("M470 160C490 320 480 500 500 650L600 650L600 160Z", INK, opacity=0.06)
    sprig(d, 404, 360, 1.15)
    fringe(d, 250, 634, 322, dark(WHITE, 0.08), 20)


@good("apron")
def apron(d: Drawing, colour: str) -> None:
    with d.moved(28, 36, size=0.94):
        d.line("M300 190C300 80 500 80 500 190", dark(colour, 0.25), 15)
        d.path(
            "M196 380C150 420 120 480 96 470M606 380C650 420 690 470 706 452",
            stroke=dark(colour, 0.2),
            stroke_width=13.0,
            stroke_linecap="round",
        )
        d.path("M320 200L524 200C540 300 580 350 640 380L630 670L220 676Z", INK, opacity=0.09)
        body = "M300 176L500 176C510 290 550 346 612 376L604 660C480 680 320 680 196 660L188 376C250 346 290 290 300 176Z"
        d.path(body, d.slope(colour, depth=0.2))
        with d.inside(body):
            d.path("M520 180C540 340 530 520 560 680L680 680L680 180Z", INK, opacity=0.09)
            d.line(
                "M262 430C254 520 260 600 256 660M560 420C566 500 556 580 564 650",
                dark(colour, 0.25),
                5,
                opacity=0.6,
            )
        d.path(
            "M286 440L514 440L506 570C500 586 300 586 294 570Z",
            d.slope(light(colour, 0.12), depth=0.12),
        )
        d.line("M286 456L514 456", dark(colour, 0.3), 4, stroke_dasharray="10 9")
        d.line("M400 440L400 580", dark(colour, 0.25), 4)
        d.line("M304 192L496 192", light(colour, 0.4), 4, stroke_dasharray="10 9")
        sprig(d, 400, 292, 0.72)
        for x in (314, 486):
            d.disc(x, 190, 9, BRASS)


@good("blanket")
def blanket(d: Drawing, colour: str) -> None:
    d.shadow(410, 636, 270, 40)
    hues = (colour, light(colour, 0.3), dark(colour, 0.16))
    for layer, (y, h) in enumerate(((536, 96), (440, 100), (336, 108))):
        hue = hues[layer]
        x = 150 + layer * 8
        outline = bar(x, y, 500 - layer * 16, h, h / 2)
        d.path(outline, d.slope(hue, depth=0.2))
        with d.inside(outline):
            for step in range(3):
                d.bar(x + 90 + step * 128, y - 4, 26, h + 8, light(hue, 0.5), opacity=0.75)
                d.bar(x + 126 + step * 128, y - 4, 7, h + 8, dark(hue, 0.3), opacity=0.8)
            d.line(f"M{x + 40} {y + h / 2}L{x + 500} {y + h / 2}", dark(hue, 0.3), 5, opacity=0.45)
            d.path(bar(x, y + h * 0.74, 500, h), INK, opacity=0.09)
    flap = "M250 344C380 330 470 334 560 346L588 560C500 580 400 576 320 566Z"
    d.path("M266 352L576 352L606 580L340 586Z", INK, opacity=0.1)
    d.path(flap, d.slope(hues[2], depth=0.16))
    with d.inside(flap):
        d.path(
            polygon((340, 320), (368, 320), (420, 600), (390, 600)),
            light(hues[2], 0.5),
            opacity=0.75,
        )
        d.path(
            polygon((470, 320), (498, 320), (540, 600), (512, 600)),
            light(hues[2], 0.5),
            opacity=0.75,
        )
        d.line("M240 470L610 460", light(hues[2], 0.5), 20, opacity=0.7)
    fringe(d, 326, 566, 258, hues[2], 38)


@good("tote")
def tote(d: Drawing, colour: str) -> None:
    d.shadow(400, 654, 190)
    d.line("M300 300C290 110 510 110 500 300", dark(colour, 0.36), 24)
    body = "M206 290C320 300 480 300 594 290L616 640C480 664 320 664 184 640Z"
    d.path(body, d.slope(colour, depth=0.22))
    with d.inside(body):
        d.path("M528 280C560 420 530 560 580 680L680 680L660 270Z", INK, opacity=0.09)
        d.line(
            "M236 330C220 440 236 540 214 640M566 340C560 420 580 500 570 560",
            dark(colour, 0.22),
            5,
            opacity=0.6,
        )
    d.line("M300 330C286 96 514 96 500 330", light(colour, 0.12), 24)
    for x in (300, 500):
        d.bar(x - 20, 300, 40, 54, d.slope(light(colour, 0.12)), 4)
        d.line(f"M{x - 12} 310L{x + 12} 344M{x + 12} 310L{x - 12} 344", dark(colour, 0.35), 3)
    sprig(d, 400, 480, 1.7)
    d.line("M210 308C320 318 480 318 592 308", light(colour, 0.45), 4, stroke_dasharray="12 10")


@good("jacket")
def jacket(d: Drawing, colour: str) -> None:
    with d.moved(36, 46, size=0.92):
        d.line("M400 108C396 76 432 72 424 102L400 126L270 182M400 126L530 182", WALNUT, 10)
        d.path("M300 190L560 190L690 560L600 640L560 660L240 660Z", INK, opacity=0.07)
        for side in (1, -1):
            sleeve = closed(
                [
                    (400 + side * 110, 176),
                    (400 + side * 190, 230),
                    (400 + side * 250, 440),
                    (400 + side * 268, 560),
                    (400 + side * 196, 584),
                    (400 + side * 160, 440),
                    (400 + side * 128, 320),
                ]
            )
            d.path(sleeve, d.slope(dark(colour, 0.18 if side > 0 else 0.04)))
            d.line(
                f"M{400 + side * 186} 548L{400 + side * 262} 526",
                dark(colour, 0.3),
                4,
                stroke_dasharray="9 8",
            )
        body = "M290 168C330 190 470 190 510 168L548 300L556 640C470 656 330 656 244 640L252 300Z"
        d.path(body, d.slope(colour, depth=0.2))
        with d.inside(body):
            d.path("M480 170C500 340 490 520 520 660L620 660L600 170Z", INK, opacity=0.09)
        d.path(
            "M330 168C360 200 440 200 470 168C450 236 420 262 400 270C380 262 350 236 330 168Z",
            dark(colour, 0.42),
        )
        d.path(
            "M318 160C336 220 366 262 396 284L372 316C332 284 304 230 300 172Z",
            d.slope(light(colour, 0.16)),
        )
        d.path(
            "M482 160C464 220 434 262 404 284L428 316C468 284 496 230 500 172Z",
            d.slope(light(colour, 0.06)),
        )
        d.line("M400 286L402 648", dark(colour, 0.35), 4)
        for y in (340, 420, 500, 580):
            d.disc(386, y, 10, d.slope(WALNUT, glow=0.4))
        for x in (272, 432):
            d.bar(x, 480, 98, 110, d.slope(light(colour, 0.1)), 8)
            d.line(f"M{x} 502L{x + 98} 502", dark(colour, 0.3), 4, stroke_dasharray="9 8")


@good("socks")
def socks(d: Drawing, colour: str) -> None:
    for dx, dy, hue in ((96, -26, dark(colour, 0.1)), (-60, 20, colour)):
        with d.moved(dx, dy):
            d.path(
                "M330 200L480 200L486 440L590 560C620 620 580 660 520 640L350 540Z",
                INK,
                opacity=0.08,
            )
            sock = "M304 170C350 180 410 180 456 170L452 400C456 440 520 486 566 530C612 580 572 640 508 622C430 600 340 540 312 470C296 420 308 300 304 170Z"
            d.path(sock, d.slope(hue, depth=0.24))
            with d.inside(sock):
                for y in (262, 302, 342):
                    d.bar(280, y, 200, 15, light(hue, 0.55))
                d.path(
                    closed(
                        [(500, 520), (560, 500), (640, 560), (600, 650), (500, 640), (488, 570)]
                    ),
                    BRICK,
                )
                d.path(closed([(280, 420), (340, 410), (372, 470), (350, 540), (290, 520)]), BRICK)
                for x in range(300, 470, 12):
                    d.line(f"M{x} 170L{x} 230", dark(hue, 0.25), 3, opacity=0.6)
                d.path(
                    "M424 170C430 300 420 420 470 470L560 560L640 500L500 380L480 170Z",
                    INK,
                    opacity=0.09,
                )
            d.line("M306 236C350 246 410 246 454 236", dark(hue, 0.25), 4)


@good("bundle")
def bundle(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 220)
    body = closed(
        [
            (190, 520),
            (230, 400),
            (330, 330),
            (400, 320),
            (470, 330),
            (570, 400),
            (612, 520),
            (576, 620),
            (400, 646),
            (224, 620),
        ]
    )
    d.path(body, d.lit(colour))
    with d.inside(body):
        for row in range(6):
            for column in range(9):
                x, y = 196 + column * 54 + (row % 2) * 27, 374 + row * 50
                d.line(
                    f"M{x - 20} {y + 8}C{x - 18} {y - 14} {x + 18} {y - 14} {x + 20} {y + 8}",
                    light(colour, 0.55),
                    5,
                )
                d.line(
                    f"M{x - 10} {y + 8}C{x - 9} {y - 2} {x + 9} {y - 2} {x + 10} {y + 8}",
                    light(colour, 0.55),
                    4,
                )
        d.path("M500 320C600 400 600 560 540 660L660 660L660 320Z", INK, opacity=0.1)
        d.line(
            "M380 350C330 420 250 480 214 590M420 350C470 430 560 470 594 580",
            dark(colour, 0.35),
            8,
            opacity=0.6,
        )
    for side in (1, -1):
        d.path(
            closed(
                [
                    (400, 330),
                    (400 + side * 60, 262),
                    (400 + side * 150, 200),
                    (400 + side * 196, 220),
                    (400 + side * 176, 290),
                    (400 + side * 90, 340),
                ]
            ),
            d.slope(light(colour, 0.1) if side < 0 else dark(colour, 0.12)),
        )
        d.line(
            f"M{400 + side * 30} 316C{400 + side * 80} 280 {400 + side * 120} 250 {400 + side * 160} 234",
            dark(colour, 0.3),
            5,
            opacity=0.6,
        )
    d.path(
        closed([(346, 322), (372, 276), (430, 276), (456, 322), (432, 364), (370, 364)]),
        d.slope(light(colour, 0.06), depth=0.3),
    )
    d.line("M366 300C390 330 390 340 384 356M424 292C412 318 414 334 424 352", dark(colour, 0.3), 5)


@good("slippers")
def slippers(d: Drawing, colour: str) -> None:
    for x, turn in ((290, -7), (510, 5)):
        with d.moved(x, 400, turn=turn):
            d.path(
                closed(
                    [
                        (24, -230),
                        (110, -150),
                        (112, 20),
                        (96, 180),
                        (36, 262),
                        (-50, 230),
                        (-40, 40),
                    ]
                ),
                INK,
                opacity=0.11,
            )
            sole = closed(
                [
                    (0, -240),
                    (78, -196),
                    (96, -60),
                    (76, 80),
                    (78, 190),
                    (0, 246),
                    (-78, 190),
                    (-76, 80),
                    (-96, -60),
                    (-78, -196),
                ]
            )
            d.path(sole, d.slope(dark(WOOD, 0.12)))
            d.path(
                closed(
                    [
                        (0, -222),
                        (66, -184),
                        (82, -60),
                        (62, 80),
                        (64, 180),
                        (0, 230),
                        (-64, 180),
                        (-62, 80),
                        (-82, -60),
                        (-66, -184),
                    ]
                ),
                d.slope(LINEN),
            )
            upper = "M-96 -40C-104 -160 -70 -246 0 -246C70 -246 104 -160 96 -40C92 10 60 -20 0 -18C-60 -20 -92 10 -96 -40Z"
            d.path(upper, d.lit(colour, depth=0.3))
            d.line("M-94 -34C-86 2 -58 -24 0 -24C58 -24 86 2 94 -34", light(colour, 0.4), 7)
            d.blossom(0, -140, 26, light(AMBER, 0.3), BRICK)
            d.leaf(18, -124, 46, 40, mix(colour, CREAM, 0.5))
            d.leaf(-18, -124, 46, 140, mix(colour, CREAM, 0.5))
            d.line("M-74 -120C-68 -170 -48 -206 -20 -222", WHITE, 8, opacity=0.45)


@good("thread")
def thread(d: Drawing, colour: str) -> None:
    for x, y, hue in ((290, 560, INDIGO), (520, 590, colour), (410, 500, AMBER)):
        d.shadow(x, y + 60, 92)
        d.turned(
            x, [(y + 24, 96), (y + 24, 96), (y + 56, 96), (y + 56, 96)], WOOD, tilt=0.22, shine=0.2
        )
        wound = [(y - 200, 74), (y - 190, 82), (y - 80, 86), (y + 20, 82), (y + 30, 76)]
        outline = d.turned(x, wound, hue, tilt=0.22, shine=0.2)
        with d.inside(outline):
            for step in range(16):
                top = y - 196 + step * 15
                d.line(
                    f"M{x - 100} {top - 8}C{x - 40} {top + 16} {x + 40} {top + 16} {x + 100} {top - 8}",
                    dark(hue, 0.24),
                    3,
                    opacity=0.7,
                )
        d.turned(
            x,
            [(y - 234, 92), (y - 234, 92), (y - 204, 92), (y - 204, 92)],
            WOOD,
            tilt=0.22,
            shine=0.2,
        )
        d.oval(x, y - 234, 92, 20, d.slope(light(WOOD, 0.2)))
        d.oval(x, y - 234, 22, 6, dark(WOOD, 0.5))
    d.line(
        spline([(590, 560), (670, 610), (640, 680), (540, 690), (440, 700), (330, 684)]), colour, 5
    )
    with d.moved(250, 690, turn=-8):
        d.line("M0 0L90 -4", mix(INK, WHITE, 0.5), 6)
        d.line(oval(84, -4, 7, 3), WHITE, 2)
