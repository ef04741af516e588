"""The list of regions is complete enough to live with, and hides its gaps."""

import re

import pytest

from common import regions
from mall.demo.content import STORES


def test_all_34_provinces_are_there_in_the_order_of_their_codes():
    codes = [province.code for province in regions.provinces()]
    assert len(codes) == 34
    assert codes == sorted(codes)
    assert {"110000", "330000", "710000", "810000", "820000"} <= set(codes)


def test_every_province_has_cities_and_every_city_has_districts():
    cities = [city for province in regions.provinces() for city in regions.cities(province.code)]
    assert len(cities) > 330
    districts = [one for city in cities for one in regions.districts(city.code)]
    assert len(districts) > 2800
    assert len({one.code for one in districts}) == len(districts)


def test_codes_have_six_digits_and_names_stand_in_both_languages():
    for province in regions.provinces():
        for city in regions.cities(province.code):
            for region in (province, city, *regions.districts(city.code)):
                assert re.fullmatch(r"\d{6}", region.code), region
                assert re.fullmatch(r"[\u4e00-\u9fff]+", region.name_zh), region
                assert re.fullmatch(r"[A-ZÜ][A-Za-zü'() ,-]+", region.name_en), region


@pytest.mark.parametrize(
    ("code", "english"),
    [
        ("500000", "Chongqing"),
        ("610000", "Shaanxi"),
        ("150100", "Hohhot"),
        ("350200", "Xiamen"),
        ("341500", "Lu'an"),
        ("411100", "Luohe"),
        ("310112", "Minhang District"),
        ("310115", "Pudong New Area"),
        ("440113", "Panyu District"),
        ("330726", "Pujiang County"),
        ("422800", "Enshi Tujia and Miao Autonomous Prefecture"),
        ("220422", "Dongliao County"),
    ],
)
def test_english_names_are_read_as_people_read_them(code, english):
    assert regions.name_of(code, "en") == english


def test_a_place_is_described_in_the_order_of_each_language():
    place = ("330000", "330100", "330106")
    assert regions.describe(*place, "zh-hans") == "浙江省杭州市西湖区"
    assert regions.describe(*place, "en") == "Xihu District, Hangzhou, Zhejiang"


def test_a_municipality_is_named_once():
    place = ("110000", "110100", "110105")
    assert regions.describe(*place, "zh-hans") == "北京市朝阳区"
    assert regions.describe(*place, "en") == "Chaoyang District, Beijing"


@pytest.mark.parametrize("code", ["810000", "820000", "710000"])
def test_a_province_without_cities_stands_for_itself(code):
    assert [one.code for one in regions.cities(code)] == [code]
    assert [one.code for one in regions.districts(code)] == [code]
    assert regions.is_consistent(code, code, code)


def test_a_city_without_districts_stands_for_itself():
    assert [one.code for one in regions.districts("441900")] == ["441900"]
    assert regions.is_consistent("440000", "441900", "441900")
    assert regions.is_consistent("410000", "419001", "419001")


@pytest.mark.parametrize(
    "place",
    [
        ("330000", "330100", "110105"),
        ("330000", "110100", "110105"),
        ("330106", "330100", "330000"),
        ("330000", "330000", "330000"),
        ("", "", ""),
        ("999999", "999999", "999999"),
    ],
)
def test_places_that_do_not_fit_together_are_not_consistent(place):
    assert not regions.is_consistent(*place)


def test_unknown_codes_have_no_name_and_nothing_below():
    assert regions.name_of("999999") == ""
    assert regions.cities("999999") == ()
    assert regions.districts("330000") == ()
    assert regions.describe("", "", "") == ""


def test_the_demo_stores_stand_where_they_say():
    for store in STORES:
        assert regions.is_consistent(store.province, store.city, store.district), store.slug
