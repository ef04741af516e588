"""The patterns of a search, for PostgreSQL and for bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from privacy.residue.words import (
    Words,
    escaped_bytes,
    is_phone,
    national,
    patterns_of,
    writings_of,
)

NEVER = r"x\Ax"
BETWEEN = 200
"""Two weak words stand together within so many bytes of a line."""


@dataclass(frozen=True)
class Patterns:
    """Regular expressions for text in lower case."""

    words: Words

    @cached_property
    def certain(self) -> str:
        """Any contact or strong word."""
        words = (*self.words.contacts, *self.words.strong)
        return _any(pattern for word in words for pattern in patterns_of(word))

    @cached_property
    def distinctive(self) -> str:
        """Any contact, strong word or phrase."""
        return _any(pattern for word in self.words.distinctive for pattern in patterns_of(word))

    @cached_property
    def quick(self) -> tuple[list[str], list[str]]:
        """What `LIKE` looks for first: plain writings, and digits once signs between are gone."""
        words = self.words.distinctive
        plain = [writing for word in words for writing in writings_of(word)]
        return (
            [_like(one) for one in plain],
            [_like(national(word)) for word in self.words.contacts if is_phone(word)],
        )

    @cached_property
    def binary(self) -> str:
        """The same in a binary column, as PostgreSQL escapes it."""
        words = self.words.distinctive
        plain = (pattern for word in words if word.isascii() for pattern in patterns_of(word))
        return _any([*plain, *(escaped_bytes(word) for word in words if not word.isascii())])

    @cached_property
    def weak(self) -> tuple[str, ...]:
        """One for each weak word."""
        return tuple(_any(patterns_of(word)) for word in self.words.weak)

    def count_in(self, text: bytes, *, after: int = 0) -> int:
        """How often words stand in lower-case bytes and end behind `after`."""
        if not self._may_stand_in(text):
            return 0
        return sum(1 for one in self._in_bytes.finditer(text) if one.end() > after)

    def _may_stand_in(self, text: bytes) -> bool:
        """A quick look, which misses nothing: almost every text ends here."""
        if any(writing in text for writing in self._writings):
            return True
        if self._digits:
            plain = text.translate(None, b" .-")
            if any(digits in plain for digits in self._digits):
                return True
        return sum(any(one in text for one in weak) for weak in self._weak_writings) >= 2

    @cached_property
    def _writings(self) -> list[bytes]:
        words = self.words.distinctive
        return [writing.encode() for word in words for writing in writings_of(word)]

    @cached_property
    def _digits(self) -> list[bytes]:
        return [national(word).encode() for word in self.words.contacts if is_phone(word)]

    @cached_property
    def _weak_writings(self) -> list[list[bytes]]:
        return [[one.encode() for one in writings_of(word)] for word in self.words.weak]

    @cached_property
    def _in_bytes(self) -> "re.Pattern[bytes]":
        """Distinctive words and pairs of weak ones."""
        words = self.words.distinctive
        found = [pattern for word in words for pattern in patterns_of(word)]
        found += [
            f"(?:{one})[^\\n]{{0,{BETWEEN}}}(?:{other})"
            for one, other in permutations(self.weak, 2)
        ]
        return re.compile(_any(found).encode())


def _like(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"


def _any(patterns: Iterable[str]) -> str:
    found = list(patterns)
    return "|".join(f"(?:{pattern})" for pattern in found) if found else NEVER
