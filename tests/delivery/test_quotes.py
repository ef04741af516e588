"""What delivery costs, and why."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from delivery.errors import NotDelivered
from delivery.models import ShippingRate
from delivery.services import (
    QuoteRequest,
    methods_for,
    methods_for_stores,
    quote,
    quotes,
)
from tests.catalog.factories import make_store


def ask(store, **given):
    wanted = {"method": "carrier", "province": "310000", "weight_g": 800, "goods_total": 5000}
    return quote(store, **wanted | given)


@pytest.mark.parametrize(
    ("grams", "fee"), [(1, 1000), (1000, 1000), (1001, 1400), (1500, 1400), (1501, 1800)]
)
def test_every_begun_step_beyond_the_first_weight_is_charged(store, rates, grams, fee):
    assert ask(store, weight_g=grams).fee == fee


def test_the_reason_names_the_line_of_the_table(store, rates):
    assert ask(store).reason == (
        "¥10.00 up to 1 kg, ¥4.00 for each further 500 g. Free from ¥199.00."
    )


def test_a_named_province_has_its_own_line(store, rates):
    answer = ask(store, province="650000", weight_g=9000)
    assert (answer.fee, answer.reason) == (1800, "¥18.00 for every weight.")


@pytest.mark.parametrize(("total", "fee"), [(19899, 1000), (19900, 0), (50000, 0)])
def test_delivery_is_free_from_an_amount(store, rates, total, fee):
    assert ask(store, goods_total=total).fee == fee


def test_the_reason_says_that_it_is_free(store, rates):
    assert ask(store, goods_total=19900).reason == "Free from ¥199.00."


@pytest.mark.parametrize("province", ["710000", "810000", "820000"])
def test_the_line_for_everywhere_else_ends_at_the_customs_border(store, rates, province):
    with pytest.raises(NotDelivered) as refusal:
        ask(store, province=province)
    assert "Blue Hill Tea does not deliver to" in str(refusal.value)


def test_a_store_may_name_a_province_behind_the_border(store, rates):
    ShippingRate.objects.create(store=store, regions="81", flat=6000)
    assert ask(store, province="810000").fee == 6000


@pytest.mark.parametrize("province", ["", "990000", "abc"])
def test_without_a_province_there_is_no_fee(store, rates, province):
    with pytest.raises(NotDelivered):
        ask(store, province=province)


@pytest.mark.promise("C-04")
def test_pick_up_costs_nothing_and_needs_no_address(store, rates):
    answer = ask(store, method="pickup", province="")
    assert (answer.fee, answer.reason) == (0, "Free: you pick it up at the store.")


def test_a_store_without_fees_offers_pick_up_only(store):
    assert [method.code for method in methods_for(store)] == ["pickup"]


def test_a_store_with_fees_offers_both_ways(store, rates):
    assert [method.code for method in methods_for(store)] == ["carrier", "pickup"]


def test_many_stores_are_answered_in_one_query(store, rates, django_assert_num_queries):
    stores = [store, *[make_store() for _ in range(8)]]
    for other in stores[1:-1]:
        ShippingRate.objects.create(store=other, flat=500)
    asked = [QuoteRequest(one, "carrier", "310000", 800, 5000) for one in stores]
    with django_assert_num_queries(1):
        answers = quotes(asked)
    assert answers[store.pk].fee == 1000
    assert {answers[one.pk].fee for one in stores[1:-1]} == {500}
    assert isinstance(answers[stores[-1].pk], NotDelivered)
    with django_assert_num_queries(1):
        methods_for_stores(stores)


def test_quotes_speak_the_readers_language(store, rates):
    with translation.override("zh-hans"), pytest.raises(NotDelivered) as refusal:
        ask(store, province="810000")
    assert "青岚茶舍" in str(refusal.value)
    assert "香港" in str(refusal.value)


def test_provinces_are_spelled_in_one_way(store):
    rate = ShippingRate(store=store, regions="650000, 54", flat=1)
    rate.clean()
    assert rate.regions == "54 65"


def test_a_province_that_does_not_exist_is_refused(store):
    with pytest.raises(ValidationError):
        ShippingRate(store=store, regions="99", flat=1).clean()
