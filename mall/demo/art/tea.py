"""Tea and table."""

from mall.demo.art.drawing import Drawing, bar, closed, oval, polygon, spline
from mall.demo.art.palette import (
    AMBER,
    BRASS,
    BRICK,
    CREAM,
    INDIGO,
    INK,
    LEAF,
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

TEA = "#b9792e"
REST = (
    "M-96 -26C-60 -56 -20 -36 0 -36C24 -36 64 -58 98 -26C112 0 92 34 52 34"
    "L-52 34C-92 34 -110 0 -96 -26Z"
)


def sprig(d: Drawing, x: float, y: float, size: float, *, flower: str = AMBER) -> None:
    """A twig of osmanthus, the mark of the house."""
    with d.moved(x, y, size=size):
        d.line("M-70 40C-30 20 20 -10 70 -50", WALNUT, 5)
        for at, turn, length in ((-40, 150, 62), (-20, -70, 60), (12, 60, 58), (26, -110, 56)):
            d.leaf(at, 18 - at * 0.6, length, turn, MOSS)
        for px, py in ((-8, 4), (14, 6), (4, -16), (38, -14), (30, -38), (56, -34)):
            d.blossom(px, py, 13, flower, dark(flower, 0.35))


@good("teapot")
def teapot(d: Drawing, colour: str) -> None:
    d.shadow(400, 618, 215)
    handle = "M560 372C690 340 716 520 560 548"
    d.line(handle, dark(colour, 0.32), 40)
    d.line("M560 368C684 338 706 514 560 540", light(colour, 0.06), 22)
    spout = closed(
        [(262, 520), (170, 440), (150, 372), (118, 340), (172, 330), (212, 378), (282, 408)]
    )
    d.path(spout, d.lit(colour, depth=0.16))
    d.oval(144, 336, 28, 9, dark(colour, 0.42))
    body = [
        (360, 108),
        (360, 108),
        (388, 172),
        (450, 212),
        (520, 206),
        (580, 160),
        (612, 118),
        (612, 118),
    ]
    d.turned(410, body, colour)
    d.oval(410, 360, 112, 19, dark(colour, 0.28))
    d.turned(410, [(322, 34), (322, 34), (334, 82), (352, 108), (352, 108)], colour, shine=0.35)
    d.disc(410, 300, 26, d.lit(colour, depth=0.34))
    d.disc(402, 292, 8, WHITE, opacity=0.6)
    sprig(d, 400, 490, 0.82)


@good("teapot", view=2)
def teapot_above(d: Drawing, colour: str) -> None:
    d.shadow(408, 560, 250, 90)
    d.line("M560 330C690 300 730 400 600 440", dark(colour, 0.3), 40)
    d.line("M560 324C680 300 716 392 600 428", light(colour, 0.05), 20)
    d.path(closed([(230, 400), (120, 392), (84, 412), (116, 442), (240, 460)]), d.slope(colour))
    d.oval(98, 414, 14, 17, dark(colour, 0.45))
    d.disc(400, 410, 212, d.slope(colour, depth=0.28, glow=0.26))
    d.disc(400, 402, 138, dark(colour, 0.22))
    d.disc(398, 398, 132, d.slope(light(colour, 0.08), depth=0.18))
    d.disc(406, 408, 40, dark(colour, 0.3), opacity=0.5)
    d.disc(398, 396, 36, d.slope(colour, depth=0.26, glow=0.3))
    d.disc(386, 386, 9, WHITE, opacity=0.6)
    d.line("M232 330C256 280 300 246 350 232", WHITE, 12, opacity=0.5)
    sprig(d, 398, 548, 0.7)


@good("gaiwan")
def gaiwan(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 240)
    d.turned(
        400, [(586, 226), (600, 220), (622, 150), (636, 96), (636, 96)], WHITE, tilt=0.2, shine=0
    )
    d.oval(400, 586, 226, 45, light(WHITE, 0.4))
    d.oval(400, 590, 190, 34, dark(WHITE, 0.07))
    d.line(oval(400, 587, 218, 43), colour, 6)
    cup = [(358, 196), (358, 196), (420, 186), (500, 140), (560, 90), (586, 84), (586, 84)]
    outline = d.turned(400, cup, WHITE, shine=0.7)
    with d.inside(outline):
        d.line("M190 392C300 432 500 432 610 392", colour, 8)
        d.line("M190 408C300 448 500 448 610 408", colour, 3)
        for x, turn in ((300, -30), (352, -62), (448, -118), (500, -150)):
            d.leaf(400, 540, 118 - abs(400 - x) * 0.1, turn, colour)
        d.leaf(400, 540, 112, -90, colour)
    d.oval(400, 358, 196, 29, light(WHITE, 0.5))
    d.oval(400, 360, 182, 24, TEA)
    d.turned(
        412,
        [(276, 46), (276, 46), (292, 100), (330, 160), (352, 176), (352, 176)],
        WHITE,
        shine=0.7,
    )
    d.line("M252 344C330 376 494 376 572 344", colour, 6)
    d.turned(412, [(252, 54), (262, 44), (278, 40), (278, 40)], colour, shine=0.4)
    d.oval(412, 252, 54, 8, light(colour, 0.3))


@good("cups")
def cups(d: Drawing, colour: str) -> None:
    for x, y, hue in ((520, 470, light(colour, 0.4)), (300, 590, colour)):
        d.shadow(x, y, 112)
        shape = [(y - 178, 132), (y - 178, 132), (y - 110, 122), (y - 40, 84), (y, 66), (y, 66)]
        d.turned(x, shape, hue)
        d.mouth(x, y - 178, 132, hue, mix(hue, WHITE, 0.6), tilt=0.24)
        d.oval(x + 4, y - 168, 104, 20, d.fall(TEA, light(TEA, 0.25)))
        d.line(
            f"M{x - 70} {y - 172}C{x - 40} {y - 180} {x - 10} {y - 182} {x + 20} {y - 182}",
            WHITE,
            5,
            opacity=0.5,
        )


@good("canister")
def canister(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 168)
    d.turned(
        400,
        [(330, 160), (330, 160), (480, 160), (638, 160), (638, 160)],
        colour,
        tilt=0.17,
        shine=0.28,
    )
    label = "M262 404C340 432 440 432 500 412L500 576C440 596 340 596 262 570Z"
    d.path(label, d.slope(CREAM, depth=0.12))
    sprig(d, 378, 500, 0.86)
    d.line("M290 430C340 446 420 448 476 434", dark(CREAM, 0.35), 4)
    lid = dark(colour, 0.1)
    d.turned(
        400,
        [(204, 152), (204, 152), (214, 164), (320, 168), (334, 168), (334, 168)],
        lid,
        tilt=0.17,
        shine=0.35,
    )
    d.oval(400, 204, 152, 26, d.slope(light(colour, 0.24)))
    d.turned(
        400, [(176, 26), (176, 26), (190, 30), (204, 24), (204, 24)], BRASS, tilt=0.3, shine=0.4
    )
    d.oval(400, 176, 26, 8, light(BRASS, 0.4))


@good("greentea")
def greentea(d: Drawing, colour: str) -> None:
    d.shadow(404, 640, 188, 26)
    d.path(polygon((560, 238), (610, 262), (600, 622), (548, 646)), dark(colour, 0.32))
    d.path("M228 240L562 240L552 646C440 652 340 652 238 646Z", d.slope(colour, depth=0.16))
    d.path("M228 240L562 240L610 262L600 186L246 166Z", light(colour, 0.2))
    d.path("M222 182L572 182L562 250L228 250Z", d.slope(light(colour, 0.1)))
    d.line("M226 216L568 216", dark(colour, 0.3), 4, stroke_dasharray="2 14")
    d.bar(290, 312, 214, 240, d.slope(CREAM, depth=0.1), 8)
    d.line(bar(304, 326, 186, 212, 4), mix(colour, INK, 0.2), 3)
    for turn, length in ((-90, 112), (-130, 92), (-52, 88)):
        d.leaf(397, 498, length, turn, LEAF)
    d.line("M397 522L397 486", MOSS, 7)
    for x, y, turn in (
        (150, 640, -12),
        (196, 664, 22),
        (640, 668, -24),
        (680, 646, 12),
        (250, 690, -4),
    ):
        d.leaf(x, y, 62, turn, MOSS)


@good("oolong")
def oolong(d: Drawing, colour: str) -> None:
    d.shadow(420, 628, 236, 40)
    d.box(206, 330, 340, 292, 96, colour, rise=0.62)
    d.bar(206, 402, 340, 110, d.slope(CREAM, depth=0.08))
    d.path(polygon((546, 402), (642, 342), (642, 452), (546, 512)), dark(CREAM, 0.2))
    sprig(d, 372, 458, 0.74)
    d.line("M206 392L546 392L642 332M206 522L546 522L642 462", light(colour, 0.5), 4)
    for x, y in (
        (150, 640),
        (176, 668),
        (122, 672),
        (206, 690),
        (640, 690),
        (672, 664),
        (608, 668),
    ):
        d.path(
            closed(
                [(x - 18, y), (x - 4, y - 15), (x + 16, y - 6), (x + 12, y + 12), (x - 8, y + 12)]
            ),
            d.slope(mix(MOSS, INK, 0.35)),
        )
    for x, y in ((160, 700), (640, 640), (232, 660)):
        d.blossom(x, y, 14, AMBER, dark(AMBER, 0.3))


@good("teatray")
def teatray(d: Drawing, colour: str) -> None:
    d.shadow(410, 566, 312, 62)
    d.path(polygon((150, 352), (640, 352), (736, 560), (64, 560)), d.slope(colour, depth=0.12))
    d.path(
        polygon((64, 560), (736, 560), (736, 604), (64, 604)),
        d.fall(dark(colour, 0.16), dark(colour, 0.32)),
    )
    inner = polygon((182, 372), (612, 372), (690, 536), (112, 536))
    d.path(inner, dark(colour, 0.34))
    with d.inside(inner):
        for step in range(9):
            left = 116 + step * 66
            top = 186 + step * 49
            d.path(
                polygon((top, 372), (top + 34, 372), (left + 46, 540), (left, 540)),
                d.slope(light(colour, 0.14)),
            )
    for x, y in ((290, 452), (420, 486)):
        d.shadow(x, y, 52, 12)
        d.turned(
            x, [(y - 72, 60), (y - 72, 60), (y - 30, 52), (y, 30), (y, 30)], "#a8c6b2", tilt=0.26
        )
        d.mouth(x, y - 72, 60, "#a8c6b2", TEA, tilt=0.26)


@good("pitcher")
def pitcher(d: Drawing, colour: str) -> None:
    d.shadow(400, 620, 150)
    glass = mix(WHITE, STEEL, 0.3)
    d.line("M520 330C650 320 650 520 520 520", dark(glass, 0.16), 26, opacity=0.75)
    d.line("M520 324C640 318 640 510 520 512", WHITE, 10, opacity=0.9)
    shape = [
        (230, 128),
        (230, 128),
        (300, 118),
        (400, 140),
        (520, 150),
        (600, 118),
        (614, 104),
        (614, 104),
    ]
    d.turned(400, shape, glass, shine=0)
    tea = [(372, 128), (372, 128), (420, 140), (520, 141), (590, 112), (600, 98), (600, 98)]
    d.turned(400, tea, colour, shine=0.3, depth=0.22)
    d.oval(400, 372, 128, 18, light(colour, 0.35))
    d.path("M276 226C244 214 216 214 206 232C236 240 262 260 284 274Z", light(glass, 0.2))
    d.oval(400, 230, 128, 19, WHITE)
    d.oval(400, 233, 116, 14, mix(glass, INK, 0.12))
    d.line("M312 270C300 360 276 430 296 540", WHITE, 14, opacity=0.75)
    for x, y in ((380, 376), (430, 370), (450, 379)):
        d.blossom(x, y, 9, AMBER, BRICK)


@good("bowl")
def bowl(d: Drawing, colour: str) -> None:
    d.shadow(400, 616, 190)
    shape = [
        (340, 250),
        (340, 250),
        (420, 232),
        (510, 172),
        (570, 110),
        (584, 96),
        (614, 92),
        (614, 92),
    ]
    outline = d.turned(400, shape, colour, tilt=0.2)
    with d.inside(outline):
        d.path(
            "M150 340C220 420 580 420 650 340L650 372C560 452 240 452 150 372Z", WHITE, opacity=0.85
        )
        for x in range(180, 640, 46):
            y = 400 + 0.00082 * (250 * 250 - (x - 400) ** 2) * 0.55 - 18
            d.blossom(x, y, 12, INDIGO, WHITE)
    d.mouth(400, 340, 250, colour, WHITE, tilt=0.2)
    d.path(
        "M186 348C240 312 330 302 400 302C480 302 570 312 616 350C560 322 470 314 400 314C320 314 240 322 186 348Z",
        dark(WHITE, 0.1),
        opacity=0.6,
    )


@good("chopsticks")
def chopsticks(d: Drawing, colour: str) -> None:
    for shift in (0, 62):
        with d.moved(0, shift):
            d.line("M130 300L640 520L700 512", INK, 20, opacity=0.1)
            d.path(
                polygon((96, 250), (112, 232), (700, 470), (694, 482)), d.slope(colour, depth=0.3)
            )
            d.path(polygon((96, 250), (112, 232), (300, 308), (290, 330)), d.slope(WALNUT))
            d.line("M296 320L306 302", BRASS, 9)
            d.line("M316 328L326 310", BRASS, 5)
    with d.moved(590, 524, turn=12):
        d.shadow(0, 40, 100, 18)
        d.path(REST, d.slope("#a8c6b2", depth=0.28))
        d.line("M-70 -24C-50 -36 -20 -26 0 -26", WHITE, 8, opacity=0.7)
    for shift in (0, 62):
        with d.moved(0, shift):
            d.path(
                polygon((470, 380), (474, 370), (700, 470), (694, 482)), d.slope(colour, depth=0.3)
            )


@good("honey")
def honey(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 158)
    shape = [
        (262, 118),
        (262, 118),
        (300, 140),
        (350, 158),
        (560, 160),
        (616, 152),
        (636, 138),
        (636, 138),
    ]
    d.turned(400, shape, colour, shine=0.55, depth=0.34)
    for x, y in (
        (300, 356),
        (350, 330),
        (470, 350),
        (512, 384),
        (330, 600),
        (448, 604),
        (280, 566),
        (520, 570),
    ):
        d.blossom(x, y, 12, light(AMBER, 0.5), BRICK)
    d.path(
        "M250 410C330 432 470 432 540 412L540 548C470 570 330 570 250 548Z",
        d.slope(CREAM, depth=0.1),
    )
    sprig(d, 396, 488, 0.72)
    cloth = "M262 236C300 214 500 214 538 236L566 300C548 290 530 312 508 300C488 316 466 300 444 314C420 302 398 318 374 306C352 318 330 300 306 308C284 296 262 312 234 300Z"
    d.path(cloth, d.lit(BRICK, depth=0.3))
    d.oval(400, 226, 136, 24, d.slope(light(BRICK, 0.2)))
    d.line("M262 262C330 284 470 284 538 262", CREAM, 8)
    d.line("M520 268C560 276 570 300 566 330M524 268C548 300 540 320 532 342", CREAM, 6)


@good("steamer")
def steamer(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 250)
    for y in (616, 520):
        d.turned(
            400,
            [(y - 86, 236), (y - 86, 236), (y - 40, 236), (y, 236), (y, 236)],
            colour,
            tilt=0.16,
            shine=0.2,
        )
        d.line(f"M164 {y - 12}C260 {y + 36} 540 {y + 36} 636 {y - 12}", dark(colour, 0.32), 5)
        d.line(f"M164 {y - 58}C260 {y - 10} 540 {y - 10} 636 {y - 58}", dark(colour, 0.22), 4)
    d.turned(
        400,
        [(352, 60), (352, 60), (364, 150), (392, 214), (424, 240), (438, 240), (438, 240)],
        light(colour, 0.12),
        tilt=0.16,
        shine=0.25,
    )
    for step in range(5):
        d.line(
            f"M{212 + step * 84} {420 - abs(2 - step) * 12}L{296 + step * 52} 356",
            dark(colour, 0.2),
            4,
            opacity=0.7,
        )
        d.line(
            f"M{250 + step * 84} {424 - abs(2 - step) * 14}L{272 + step * 60} 356",
            light(colour, 0.4),
            4,
            opacity=0.7,
        )
    d.turned(400, [(326, 30), (326, 30), (340, 40), (356, 34), (356, 34)], WOOD, tilt=0.3)
    for x, lift in ((330, 0), (410, -26), (480, 6)):
        d.line(
            spline(
                [(x, 290 + lift), (x - 18, 250 + lift), (x + 14, 206 + lift), (x - 6, 160 + lift)]
            ),
            WHITE,
            14,
            opacity=0.75,
        )


@good("spoons")
def spoons(d: Drawing, colour: str) -> None:
    d.shadow(400, 640, 118)
    for x, turn, hue in (
        (350, -16, colour),
        (452, 17, dark(colour, 0.16)),
        (400, 1, light(colour, 0.3)),
    ):
        with d.moved(x, 600, turn=turn):
            d.path(bar(-15, -320, 30, 300, 14), d.lit(hue, depth=0.3))
            d.oval(0, -372, 58, 82, d.lit(hue, depth=0.34))
            d.oval(5, -370, 45, 66, d.lit(dark(hue, 0.2), glow=0, depth=0.1))
            d.oval(13, -358, 30, 46, light(hue, 0.2), opacity=0.5)
    pot = [(400, 116), (400, 116), (470, 124), (580, 116), (638, 98), (638, 98)]
    outline = d.turned(400, pot, CREAM)
    with d.inside(outline):
        d.line("M260 456C330 484 470 484 540 456", INDIGO, 9)
        d.line("M260 478C330 506 470 506 540 478", INDIGO, 3)
    sprig(d, 398, 560, 0.62)
