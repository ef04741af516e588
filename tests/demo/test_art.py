"""The pictures of the demo."""

from pathlib import Path

import pytest
from defusedxml import ElementTree

from mall.demo import art
from mall.demo.art.export import scenes
from mall.demo.content import CATEGORIES, COLOURS, GOODS, STORES

SCENES = Path(__file__).parent.parent.parent / "static/img/scenes"


@pytest.mark.parametrize("good", GOODS, ids=lambda good: good.slug)
def test_every_good_is_drawn_in_every_colour_and_view(good):
    for colour in art.SWATCHES[good.key]:
        assert colour in COLOURS
        for view in art.views_of(good.key):
            ElementTree.fromstring(art.draw(good.key, colour, view=view))


def test_no_drawing_holds_a_script_a_style_or_an_address():
    for good in GOODS:
        svg = art.draw(good.key, art.SWATCHES[good.key][0])
        assert "<path" in svg
        for forbidden in ("<script", "style=", "<style", "href", "<image", " on"):
            assert forbidden not in svg


def test_the_scenes_on_disk_are_those_that_the_code_draws():
    for name, svg in scenes().items():
        assert (SCENES / name).read_text(encoding="utf-8") == svg, f"Draw {name} anew."


def test_every_good_has_its_own_slug_and_a_known_home():
    below = {slug for _, _, _, children in CATEGORIES for slug, _, _ in children}
    assert len({good.slug for good in GOODS}) == len(GOODS) == 66
    assert {good.category for good in GOODS} == below
    assert {good.store for good in GOODS} == {store.slug for store in STORES}


def test_every_text_is_complete_in_both_languages():
    for good in GOODS:
        for text in (good.en, good.zh):
            assert text.name
            assert text.summary
            assert text.story
            assert len(text.facts) == 3
        assert good.en.name != good.zh.name
