"""The patterns of a search, for PostgreSQL and for bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from privacy.residue.words import Words, escaped_bytes, patterns_of

NEVER = r"x\Ax"
BETWEEN = 200
"""Two weak words stand together within so many bytes of a line."""


@dataclass(frozen=True)
class Patterns:
    """Regular expressions for text in lower case."""

    words: Words

    @cached_property
    def contacts(self) -> str:
        """Any contact."""
        return _any(pattern for word in self.words.contacts for pattern in patterns_of(word))

    @cached_property
    def distinctive(self) -> str:
        """Any contact or strong word."""
        words = (*self.words.contacts, *self.words.strong)
        return _any(pattern for word in words for pattern in patterns_of(word))

    @cached_property
    def binary(self) -> str:
        """The same in a binary column, as PostgreSQL escapes it."""
        words = (*self.words.contacts, *self.words.strong)
        plain = (pattern for word in words if word.isascii() for pattern in patterns_of(word))
        return _any([*plain, *(escaped_bytes(word) for word in words if not word.isascii())])

    @cached_property
    def weak(self) -> tuple[str, ...]:
        """One for each weak word."""
        return tuple(_any(patterns_of(word)) for word in self.words.weak)

    @cached_property
    def in_bytes(self) -> "re.Pattern[bytes]":
        """Contacts, strong words and pairs of weak ones, in a file or a cached value."""
        words = (*self.words.contacts, *self.words.strong)
        found = [pattern for word in words for pattern in patterns_of(word)]
        found += [
            f"(?:{one})[^\\n]{{0,{BETWEEN}}}(?:{other})"
            for one, other in permutations(self.weak, 2)
        ]
        return re.compile(_any(found).encode())


def _any(patterns: Iterable[str]) -> str:
    found = list(patterns)
    return "|".join(f"(?:{pattern})" for pattern in found) if found else NEVER
