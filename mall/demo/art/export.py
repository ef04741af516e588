"""Writes the larger pictures as files, for the pages that show them whatever the catalogue holds."""

from pathlib import Path

from mall.demo.art.scenes import EMBLEMS, TILES, category_tile, hero, store_emblem


def scenes() -> dict[str, str]:
    """File name to SVG, for every scene under static/img/scenes."""
    return {
        "hero.svg": hero(),
        **{f"category-{slug}.svg": category_tile(slug) for slug in TILES},
        **{f"store-{slug}.svg": store_emblem(slug) for slug in EMBLEMS},
    }


def write_scenes(folder: Path) -> None:
    """Draw every scene anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in scenes().items():
        (folder / name).write_text(svg, encoding="utf-8")
