"""What the demo mall sells and who sells it; everything here is invented."""

from mall.demo.content import cloth, garden, light, tea, travel, writing
from mall.demo.content.kinds import DemoGood, Text
from mall.demo.content.stores import CATEGORIES, COLOURS, STORES, DemoStore

GOODS: tuple[DemoGood, ...] = (
    *tea.GOODS,
    *writing.GOODS,
    *light.GOODS,
    *cloth.GOODS,
    *garden.GOODS,
    *travel.GOODS,
)

__all__ = ["CATEGORIES", "COLOURS", "GOODS", "STORES", "DemoGood", "DemoStore", "Text"]
