"""The pictures of the demo mall, drawn by code in one hand.

Light falls from the left, shadows lie to the right, every picture stands on the same paper.
"""

from mall.demo.art import cloth, garden, lamps, tea, travel, writing
from mall.demo.art.registry import draw, views_of
from mall.demo.art.scenes import category_tile, hero, store_emblem
from mall.demo.art.swatches import SWATCHES

__all__ = [
    "SWATCHES",
    "category_tile",
    "cloth",
    "draw",
    "garden",
    "hero",
    "lamps",
    "store_emblem",
    "tea",
    "travel",
    "views_of",
    "writing",
]
