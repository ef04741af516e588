"""The choices of a product, in one shape whatever way they came in.

Our own products name them in both languages: `{"code", "en", "zh", "values": [{"code", "en",
"zh"}]}`. Product files give names alone, and the variants hold the words: `["Colour"]` with
`{"Colour": "Red"}`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

COLOURS = frozenset({"colour", "color", "颜色"})


@dataclass(frozen=True)
class Value:
    """One thing that can be chosen."""

    code: str
    en: str
    zh: str

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return _in_language(self.en, self.zh)


@dataclass(frozen=True)
class Option:
    """One choice and what can be chosen."""

    code: str
    en: str
    zh: str
    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return _in_language(self.en, self.zh)

    @property
    def is_colour(self) -> bool:
        """Whether lists can be narrowed by it."""
        return self.code.casefold() in COLOURS


def options_of(raw: Iterable[Any], chosen: Iterable[Mapping[str, str]]) -> list[Option]:
    """The choices of a product; `chosen` are the options of its variants."""
    everything = list(chosen)
    found: list[Option] = []
    for entry in raw:
        if isinstance(entry, str):
            words = dict.fromkeys(one[entry] for one in everything if one.get(entry))
            values = tuple(Value(word, word, word) for word in words)
            found.append(Option(entry, entry, entry, values))
        elif isinstance(entry, Mapping) and entry.get("code"):
            values = tuple(
                Value(str(value["code"]), str(value.get("en", "")), str(value.get("zh", "")))
                for value in entry.get("values", ())
            )
            en, zh = str(entry.get("en", "")), str(entry.get("zh", ""))
            found.append(Option(str(entry["code"]), en, zh, values))
    return [option for option in found if option.values]


def label(options: Iterable[Option], chosen: Mapping[str, str]) -> str:
    """What was chosen, in the reader's language: `Jade · 100 g`."""
    return _label(options, chosen, None)


def labels(options: Iterable[Option], chosen: Mapping[str, str]) -> tuple[str, str]:
    """What was chosen, in English and in Chinese, for what must be kept in both."""
    listed = list(options)
    return _label(listed, chosen, "en"), _label(listed, chosen, "zh")


def _label(options: Iterable[Option], chosen: Mapping[str, str], language: str | None) -> str:
    parts = []
    for option in options:
        for value in option.values:
            if chosen.get(option.code) == value.code:
                in_one = {"en": value.en or value.zh, "zh": value.zh or value.en}
                parts.append(in_one[language] if language else value.name)
    return " · ".join(parts)


def _in_language(english: str, chinese: str) -> str:
    if (get_language() or "").startswith("zh"):
        return chinese or english
    return english or chinese
