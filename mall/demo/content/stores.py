"""The invented stores, the category tree and the names of colours."""

from dataclasses import dataclass

from mall.demo.art import palette as p


@dataclass(frozen=True)
class DemoStore:
    """A store: what it says of itself, where it hands over goods, and its shipping fees (fen)."""

    slug: str
    en: str
    zh: str
    intro_en: str
    intro_zh: str
    province: str
    city: str
    district: str
    street_en: str
    street_zh: str
    free_from: int
    first_fee: int
    far_fee: int


STORES = (
    DemoStore(
        "blue-hill-tea",
        "Blue Hill Tea",
        "青岚茶舍",
        "Leaves from one valley, and the pots to brew them in.",
        "一个山谷的茶，和泡它们的壶。",
        "330000",
        "330100",
        "330106",
        "12 Example Lane, behind the tea market",
        "示例巷12号，茶市后门",
        19900,
        1000,
        1800,
    ),
    DemoStore(
        "mill-pond-paper",
        "Mill Pond Paper",
        "磨塘纸坊",
        "Paper, ink and the tools that make you write back.",
        "纸、墨，和让你想回信的家伙什。",
        "340000",
        "340100",
        "340104",
        "3 Example Mill Road",
        "示例磨坊路3号",
        9900,
        800,
        1500,
    ),
    DemoStore(
        "lantern-lane",
        "Lantern Lane",
        "灯笼巷",
        "Lamps, candles and lanterns for people who turn off the ceiling light.",
        "灯、烛、灯笼，给那些不爱开顶灯的人。",
        "310000",
        "310100",
        "310101",
        "77 Example Lane",
        "示例弄77号",
        29900,
        1200,
        2200,
    ),
    DemoStore(
        "thread-and-thimble",
        "Thread & Thimble",
        "顶针布坊",
        "Cloth that gets better, sewn by people who sign their work.",
        "越用越好的布，一针一线都署名。",
        "320000",
        "320500",
        "320508",
        "21 Example Canal Street",
        "示例河街21号",
        25900,
        1000,
        2000,
    ),
    DemoStore(
        "far-garden",
        "Far Garden",
        "远园",
        "For the garden you have, and the journey you have not taken yet.",
        "给你已有的园子，和还没走的路。",
        "440000",
        "440100",
        "440103",
        "5 Example Orchard Way",
        "示例果园路5号",
        19900,
        1200,
        2000,
    ),
)

CATEGORIES: tuple[tuple[str, str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "tea-and-table",
        "Tea & Table",
        "茶与餐桌",
        (
            ("teaware", "Teaware", "茶具"),
            ("tea-and-pantry", "Tea & Pantry", "茶叶与食品"),
            ("tableware", "Tableware & Kitchen", "餐具与厨房"),
        ),
    ),
    (
        "writing",
        "Writing",
        "书写",
        (
            ("paper", "Paper", "纸品"),
            ("pens-and-ink", "Pens & Ink", "笔墨"),
            ("desk", "On the Desk", "案头"),
        ),
    ),
    (
        "light",
        "Light",
        "灯火",
        (
            ("lamps", "Lamps", "灯具"),
            ("candles", "Candles", "蜡烛"),
            ("festive-light", "Festive Light", "节日灯饰"),
        ),
    ),
    (
        "cloth",
        "Cloth",
        "布艺",
        (
            ("to-wear", "To Wear", "穿戴"),
            ("home-textiles", "Home Textiles", "家纺"),
            ("bags-and-sewing", "Bags & Sewing", "布袋与针线"),
        ),
    ),
    (
        "garden",
        "Garden",
        "园艺",
        (
            ("tools", "Tools", "工具"),
            ("pots-and-plants", "Pots & Plants", "花盆与植物"),
            ("outdoors", "Outdoors", "户外"),
        ),
    ),
    (
        "travel",
        "Travel",
        "旅行",
        (
            ("bags", "Bags", "箱包"),
            ("on-the-way", "On the Way", "随身"),
            ("companions", "Companions", "旅伴"),
        ),
    ),
)

COLOURS: dict[str, tuple[str, str]] = {
    p.WHITE: ("White", "素白"),
    p.CREAM: ("Cream", "米白"),
    p.LINEN: ("Linen", "麻本色"),
    p.INK: ("Ink", "墨黑"),
    p.CHARCOAL: ("Charcoal", "炭灰"),
    p.AMBER: ("Amber", "琥珀黄"),
    p.HONEY: ("Honey", "蜜黄"),
    p.PERSIMMON: ("Persimmon", "柿红"),
    p.BRICK: ("Brick red", "砖红"),
    p.ROSE: ("Rose", "藕粉"),
    p.PLUM: ("Plum", "梅紫"),
    p.JADE: ("Jade", "玉绿"),
    p.CELADON: ("Celadon", "青瓷"),
    p.MOSS: ("Moss", "苔绿"),
    p.LEAF: ("Leaf", "叶绿"),
    p.INDIGO: ("Indigo", "靛蓝"),
    p.SKY: ("Sky", "天青"),
    p.CLAY: ("Clay", "陶土"),
    p.WOOD: ("Oak", "原木"),
    p.BAMBOO: ("Bamboo", "竹黄"),
    p.WALNUT: ("Walnut", "胡桃棕"),
    p.BRASS: ("Brass", "黄铜"),
}
