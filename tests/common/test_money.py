"""Money adds up, to the last cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import RuleError
from common.money import (
    EXPONENTS,
    allocate,
    format_money,
    parse_amount,
    plain_amount,
    share,
    tax_within,
)

amounts = st.integers(min_value=-(10**12), max_value=10**12)
totals = st.integers(min_value=0, max_value=10**12 - 1)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=30)
currencies = st.sampled_from(sorted(EXPONENTS))


@given(amounts, weights)
def test_the_parts_of_a_sum_add_up_to_it(total, parts_of):
    parts = allocate(total, parts_of)
    assert len(parts) == len(parts_of)
    assert sum(parts) == total


@given(totals, weights)
def test_no_part_is_more_than_a_cent_from_its_fair_share(total, parts_of):
    whole = sum(parts_of)
    for part, weight in zip(allocate(total, parts_of), parts_of, strict=True):
        fair = total * weight / whole if whole else total / len(parts_of)
        assert part >= 0
        assert abs(part - fair) <= 1 + abs(fair) * 1e-9


@given(totals, weights)
def test_what_weighs_nothing_gets_nothing_when_something_weighs(total, parts_of):
    if sum(parts_of):
        pairs = zip(allocate(total, parts_of), parts_of, strict=True)
        assert all(part == 0 for part, weight in pairs if weight == 0)


def test_nothing_is_split_among_nobody():
    assert allocate(0, []) == []
    assert allocate(100, [0, 0, 0]) == [34, 33, 33]


@given(totals, currencies)
def test_an_amount_written_for_a_partner_reads_back(total, currency):
    assert parse_amount(plain_amount(total, currency), currency) == total


@given(amounts, st.integers(min_value=1, max_value=10**6), st.integers(1, 10**6))
def test_a_share_is_rounded_to_the_nearest_and_the_same_on_both_sides_of_zero(total, upper, lower):
    found = share(total, upper, lower)
    assert abs(2 * (found * lower - total * upper)) <= lower
    assert share(-total, upper, lower) == -found


@given(totals, st.integers(min_value=0, max_value=10_000))
def test_the_tax_within_a_price_is_part_of_it(gross, rate):
    tax = tax_within(gross, rate)
    assert 0 <= tax <= gross
    assert abs((gross - tax) * rate - tax * 10_000) <= (10_000 + rate)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (0, "CNY", "¥0.00"),
        (5, "CNY", "¥0.05"),
        (123456789, "CNY", "¥1,234,567.89"),
        (-1990, "CNY", "−¥19.90"),
        (1500, "JPY", "¥1,500"),
        (1234, "USD", "$12.34"),
        (12345, "KWD", "KWD12.345"),
    ],
)
def test_an_amount_is_shown_as_people_read_it(minor, currency, shown):
    assert format_money(minor, currency, "en").replace("\xa0", "") == shown


@pytest.mark.parametrize(
    ("text", "minor"), [("12", 1200), ("12.5", 1250), ("0.05", 5), (" 1,234.50 ", 123450)]
)
def test_an_amount_is_read(text, minor):
    assert parse_amount(text) == minor


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1e3", "12.", ".5", "¥12", "nan", "1 2", "١٢"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(RuleError):
        parse_amount(text)


def test_a_currency_without_cents_takes_none():
    assert parse_amount("100", "JPY") == 100
    with pytest.raises(RuleError):
        parse_amount("100.5", "JPY")
