"""Which words are distinctive, and in which writings they are found."""

import base64
import json
import re
from urllib.parse import quote

import pytest

from privacy import residue
from privacy.registry import Category
from privacy.residue.matching import Patterns
from privacy.residue.words import MOST, Words, _classify, _Collected, words_of

PHONE = "+8613800138001"


def classified(category, text):
    found = _Collected()
    _classify(category, text, found)
    return found.words()


@pytest.mark.parametrize(
    ("category", "text", "strength"),
    [
        (Category.CONTACT, "138 0013 8001", "contacts"),
        (Category.CONTACT, "Alice@Person.Example", "contacts"),
        (Category.NAME, "林小雨", "weak"),
        (Category.NAME, "Li", "weak"),
        (Category.NAME, "欧阳明月", "phrases"),
        (Category.NAME, "Wilhelmina Featherstone", "phrases"),
        (Category.ADDRESS, "桂花路88号3单元501室", "strong"),
        (Category.ADDRESS, "上海市", "weak"),
        (Category.ADDRESS, "18 Rosemary Lane", "strong"),
        (Category.IDENTIFIER, "wx_aubergine77", "strong"),
    ],
)
def test_a_word_is_as_strong_as_it_is_rare(category, text, strength):
    found = classified(category, text)
    assert [name for name in MOST if getattr(found, name)] == [strength]


def test_of_a_free_text_only_rare_parts_are_taken():
    note = "请放门口，谢谢！我的微信是 moon_2718x，或者打 138-0013-8001。"
    note += "千万不要交给楼下那家咖啡店的店员代收"
    found = classified(Category.FREE_TEXT, note)
    assert found.contacts == (PHONE,)
    assert "moon_2718x" in found.strong
    assert any("咖啡店" in word for word in found.phrases)
    assert found.weak == ()
    assert len(classified(Category.FREE_TEXT, "谢谢，很好")) == 0
    assert len(classified(Category.FREE_TEXT, "order 7K3MP9QX2VHD please")) == 0


@pytest.mark.parametrize(
    "text",
    [
        "13800138001",
        "call 138 0013 8001 now",
        "138-0013-8001",
        "+8613800138001",
        '{"phone": "008613800138001"}',
        "１３８００１３８００１",
        quote("+8613800138001", safe=""),
        base64.b64encode(b"x13800138001x").decode(),
        base64.b64encode(b"xy: 13800138001").decode(),
    ],
)
def test_a_phone_is_found_in_every_writing(text):
    patterns = Patterns(residue.typed_words([PHONE]))
    assert re.search(patterns.certain, text.lower())
    assert patterns.count_in(text.encode().lower())


@pytest.mark.parametrize(
    "text", ["9913800138001", "138001380012", "7313800138001422", "1380013800"]
)
def test_a_longer_number_is_another_number(text):
    assert not re.search(Patterns(residue.typed_words([PHONE])).certain, text)


@pytest.mark.parametrize(
    "text", ["桂花路88号501", json.dumps("桂花路88号501"), quote("桂花路88号501")]
)
def test_a_word_is_found_in_every_writing(text):
    patterns = Patterns(residue.typed_words(["桂花路88号501"]))
    assert re.search(patterns.distinctive, f"before {text} after".lower())


def test_two_weak_words_count_together_only():
    patterns = Patterns(Words(weak=("林小雨", "moon")))
    assert patterns.count_in("林小雨 called moon".encode())
    assert not patterns.count_in("林小雨 called\nmoon".encode())
    assert not patterns.count_in("林小雨 and 林小雨".encode())


@pytest.mark.django_db(databases=["default", "keyring"])
def test_words_come_from_the_persons_own_sealed_rows(alice, address, bob):
    found = words_of(alice.subject)
    assert set(found.contacts) == {PHONE, "alice@person.example"}
    assert "桂花路88号3单元501室" in found.strong
    assert "林小雨" in found.weak
    assert "alice" in found.weak or "alice" in str(found)
    assert "bob" not in str(found)
    assert Words.unpacked(found.packed()) == found
