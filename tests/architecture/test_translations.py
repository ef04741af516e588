"""Chinese is complete, and written as Chinese."""

import re

import polib
import pytest
from django.conf import settings

from mall.management.commands.translations import CATALOGUE, missing, sentences

NAMES = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
CHINESE = r"[\u3400-\u9fff]"
HALF_WIDTH_AFTER_CHINESE = re.compile(rf"{CHINESE}[,;:?!](?!\w)|{CHINESE}\.(?=\s|$)")


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(settings.BASE_DIR / CATALOGUE))


def test_every_sentence_has_its_chinese(catalogue):
    assert missing(catalogue, sentences(settings.BASE_DIR)) == []


def test_every_chinese_sentence_names_the_same_things(catalogue):
    different = [
        entry.msgid
        for entry in catalogue
        for text in ([entry.msgstr] if entry.msgstr else entry.msgstr_plural.values())
        if set(NAMES.findall(text)) - set(NAMES.findall(entry.msgid + (entry.msgid_plural or "")))
        or set(NAMES.findall(entry.msgid_plural or entry.msgid)) - set(NAMES.findall(text))
    ]
    assert different == []


def test_chinese_uses_its_own_punctuation(catalogue):
    assert [e.msgstr for e in catalogue if HALF_WIDTH_AFTER_CHINESE.search(e.msgstr)] == []
