"""Chinese regions: provinces, cities and districts by their six-digit code (GB/T 2260).

The list stands in `data/regions.txt` as of June 2026, one region a line, indented below the one
it belongs to: code, Chinese name, English name. It is read once, at its first use.

The official list has gaps between levels, which callers need not know: a region without children
stands for itself one level below. Jiyuan (419001) is a city and its own only district; Hong Kong
(810000) is all three; Beijing (110000) has one city, 110100.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.utils.translation import get_language

FILE = Path(__file__).with_name("data") / "regions.txt"
BORDERS = frozenset({"710000", "810000", "820000"})
"""Provinces behind a customs border."""


@dataclass(frozen=True)
class Region:
    """A province, city or district."""

    code: str
    name_zh: str
    name_en: str

    def name(self, language: str | None = None) -> str:
        """The name in `language`, by default the active one."""
        return self.name_zh if _is_chinese(language) else self.name_en


@dataclass(frozen=True)
class _Tree:
    """The whole list; a level is 0 for provinces, 1 for cities, 2 for districts."""

    regions: dict[str, Region] = field(default_factory=dict)
    children: dict[str, tuple[Region, ...]] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)

    def below(self, code: str) -> tuple[Region, ...]:
        """The regions one level below; the region itself when it has none."""
        return self.children.get(code) or (self.regions[code],)


def provinces() -> tuple[Region, ...]:
    """All 34, by code."""
    return _tree().children[""]


def cities(province: str) -> tuple[Region, ...]:
    """The cities of a province; nothing for a code that is no province."""
    tree = _tree()
    return tree.below(province) if tree.levels.get(province) == 0 else ()


def districts(city: str) -> tuple[Region, ...]:
    """The districts and counties of a city; nothing for a code that is no city.

    A province that is its own city is its own district too.
    """
    tree = _tree()
    is_own_city = tree.levels.get(city) == 0 and city not in tree.children
    return tree.below(city) if tree.levels.get(city) == 1 or is_own_city else ()


def region_of(code: str) -> Region | None:
    """The region with this code, if there is one."""
    return _tree().regions.get(code)


def name_of(code: str, language: str | None = None) -> str:
    """The region's name in `language`, by default the active one; empty for an unknown code."""
    region = region_of(code)
    return region.name(language) if region else ""


def is_consistent(province: str, city: str, district: str) -> bool:
    """Whether the city lies in the province and the district in the city."""
    return any(one.code == city for one in cities(province)) and any(
        one.code == district for one in districts(city)
    )


def describe(province: str, city: str, district: str, language: str | None = None) -> str:
    """The place as it stands on a label: 浙江省杭州市西湖区, or Xihu District, Hangzhou, Zhejiang.

    A name that is the same on two levels is said once.
    """
    chinese = _is_chinese(language)
    names: list[str] = []
    for code in (province, city, district):
        name = name_of(code, language)
        if name and name not in names:
            names.append(name)
    return "".join(names) if chinese else ", ".join(reversed(names))


def _is_chinese(language: str | None) -> bool:
    return (language or get_language() or "").lower().startswith("zh")


@lru_cache(maxsize=1)
def _tree() -> _Tree:
    tree = _Tree()
    path = ["", "", "", ""]
    for line in FILE.read_text(encoding="utf-8").splitlines():
        level = len(line) - len(line.lstrip("\t"))
        region = Region(*line.lstrip("\t").split(" ", 2))
        tree.regions[region.code] = region
        tree.levels[region.code] = level
        tree.children[path[level]] = (*tree.children.get(path[level], ()), region)
        path[level + 1] = region.code
    return tree
