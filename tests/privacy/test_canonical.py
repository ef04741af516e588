"""Canonical JSON as RFC 8785 asks for it, in our program and in the one we give away."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.canonical import NotCanonical, canonical, number
from privacy.ledger.entries import quick_canonical
from tests.support.verifier import verifier


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (100.0, "100"),
        (0.1, "0.1"),
        (0.000001, "0.000001"),
        (0.0000001, "1e-7"),
        (0.00000123, "0.00000123"),
        (0.000000123, "1.23e-7"),
        (123456789.125, "123456789.125"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (9007199254740993.0, "9007199254740992"),
        (4.35, "4.35"),
        (333333333.3333333, "333333333.3333333"),
        (1 / 3, "0.3333333333333333"),
        (12.50, "12.5"),
    ],
)
def test_numbers_are_written_as_browsers_write_them(value, expected):
    assert number(value) == expected
    assert verifier.number(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_it_was(value):
    text = number(value)
    assert float(text) == value
    assert struct.pack(">d", float(text) + 0.0) == struct.pack(">d", value + 0.0)
    assert verifier.number(value) == text


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)
    with pytest.raises(ValueError, match="infinite"):
        verifier.canonical(value)


@pytest.mark.parametrize("value", [2**53, 123456789012345680000, -(2**53)])
def test_a_large_number_that_is_exact_is_written(value):
    assert canonical(value).decode() == verifier.canonical(value) == str(value)
    assert canonical(float(value)) == canonical(value)


def test_names_stand_in_the_order_of_utf_16():
    names = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7, "A": 8, "a": 9}
    expected = '{"\\r":2,"1":4,"A":8,"a":9,"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'
    assert canonical(names).decode() == expected
    assert verifier.canonical(names) == expected


def test_texts_are_escaped_as_little_as_can_be():
    text = '\b\t\n\f\r"\\/\x00\x1f\x7f €桂\u2028</script>'
    expected = '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\x7f €桂\u2028</script>"'
    assert canonical(text).decode() == expected
    assert verifier.canonical(text) == expected


def test_nothing_stands_between_the_parts():
    value = {"b": [1, True, None, {"d": "x", "c": []}], "a": {}}
    expected = '{"a":{},"b":[1,true,null,{"c":[],"d":"x"}]}'
    assert canonical(value).decode() == verifier.canonical(value) == expected
    assert canonical((1, 2)) == b"[1,2]"


@pytest.mark.parametrize(
    "value", [2**53 + 1, -(2**53) - 1, 10**30, {1: 2}, {"a": {"b"}}, b"x", "\ud800", {"\udfff": 1}]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_both_programs_write_the_same_and_read_it_back(value):
    text = canonical(value)
    assert verifier.canonical(value).encode() == text
    assert canonical(json.loads(text)) == text


@given(values)
def test_the_quick_way_writes_the_same(value):
    assert quick_canonical(value) == canonical(value)
