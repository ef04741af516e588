"""One spelling for each number and each address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import normalising


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000", "0086 138 0013 8000",
     "（＋８６）１３８００１３８０００"],
)  # fmt: skip
def test_a_chinese_number_has_one_spelling(typed):
    assert normalising.phone(typed) == "+8613800138000"


@pytest.mark.parametrize("typed", ["", "hello", "12", "+", "+999999", "138001380001380013800"])
def test_what_is_no_number_is_empty(typed):
    assert normalising.phone(typed) == ""


def test_a_foreign_number_keeps_its_country():
    assert normalising.phone("+44 20 7946 0958") == "+442079460958"


def test_an_address_is_lower_case_without_assumptions():
    assert normalising.email(" Some.One+Tag@Example.COM ") == "some.one+tag@example.com"
    assert normalising.email("ｓomeone@example.com") == "someone@example.com"


@pytest.mark.parametrize(
    ("value", "tail"), [("+8613800138000", "8000"), ("AB-12 34", "1234"), ("123", ""), ("", "")]
)
def test_the_last_four(value, tail):
    assert normalising.tail4(value) == tail


@given(st.text(max_size=60), st.sampled_from(sorted(normalising.NORMALISERS)))
def test_normalising_twice_changes_nothing_and_never_fails(text, kind):
    once = normalising.normalise(kind, text)
    assert normalising.normalise(kind, once) == once
