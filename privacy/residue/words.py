"""Which of a person's words are distinctive, and how each may be written.

Four strengths, so that a common word causes no false alarm:

- a **contact** (phone, e-mail) and a **strong** word (a street with a number, an odd token) count
  wherever they stand;
- a **phrase** (a long name, a sentence of a free text) counts in every place but the tables that
  are declared to hold nothing about people: a product may well be called like it;
- a **weak** word (a short name, which others share) counts in the person's own rows, and where two
  different ones stand together.

Only what is sealed is gathered: what a declaration leaves readable names nobody.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from privacy import normalising
from privacy.fields import SealedJSONField, SealedTextField, open_rows
from privacy.fields_email import BlindEmailField
from privacy.registry import Category, Declaration, Personal, registry, rows_of
from privacy.registry.json_keys import parts_of

NEWEST_ROWS = 2000
"""Rows of a table whose words are gathered; an older row repeats them."""
AT_ONCE = 200
MOST = {"contacts": 30, "strong": 40, "phrases": 40, "weak": 6}
"""How many words of a strength one search looks for."""
GATHERED = frozenset(
    {Category.NAME, Category.CONTACT, Category.ADDRESS, Category.IDENTIFIER, Category.FREE_TEXT}
)
HAN = re.compile(r"[\u3400-\u9fff]")
E_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9][0-9 -]{6,18}[0-9](?![0-9A-Za-z])")
TOKEN = re.compile(r"[0-9A-Za-z_-]{8,64}")
PUBLIC_CODE = re.compile(r"[2-9A-HJKMNP-TV-Z]{8,20}")
"""Codes of orders and the like stay readable on purpose."""
SENTENCE = re.compile(r"[\w ]{12,}")


@dataclass(frozen=True)
class Words:
    """A person's distinctive words by strength, in lower case."""

    contacts: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(len(getattr(self, name)) for name in MOST)

    @property
    def distinctive(self) -> tuple[str, ...]:
        """Those of which one is enough."""
        return (*self.contacts, *self.strong, *self.phrases)

    def packed(self) -> bytes:
        """As they are sealed."""
        found = {name: getattr(self, name) for name in MOST}
        return json.dumps(found, ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> "Words":
        """What `packed` made."""
        found = json.loads(data)
        return cls(**{name: tuple(values) for name, values in found.items()})


class _Collected:
    """Words as they come, each once, and no more than a search can carry."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, None]] = {name: {} for name in MOST}

    def add(self, strength: str, word: str) -> None:
        word = word.strip().lower()
        if len(word) >= 2 and len(self._found[strength]) < MOST[strength]:
            self._found[strength].setdefault(word)

    def words(self) -> Words:
        """A weak word inside another one says nothing of its own."""
        weak = list(self._found["weak"])
        weak = [one for one in weak if not any(one in other for other in weak if one != other)]
        known = set(self._found["contacts"])
        return Words(
            tuple(self._found["contacts"]),
            tuple(word for word in self._found["strong"] if word not in known),
            tuple(word for word in self._found["phrases"] if word not in known),
            tuple(weak),
        )


# --- Gathering --------------------------------------------------------------------------


def words_of(subject: UUID) -> Words:
    """Every distinctive word in the sealed columns of a person's rows."""
    collected = _Collected()
    for declaration in registry.declarations():
        for category, text in _values(declaration, subject):
            _classify(category, text, collected)
    return collected.words()


def typed_words(lines: Iterable[str]) -> Words:
    """Words for a drill, one a line; each is taken as distinctive."""
    collected = _Collected()
    for line in lines:
        text = line.strip()
        contact = _contact(text)
        if contact:
            collected.add("contacts", contact)
        else:
            collected.add("strong", unicodedata.normalize("NFKC", text))
    return collected.words()


def _values(declaration: Declaration, subject: UUID) -> Iterator[tuple[Category, str]]:
    texts, keys = _sealed_columns(declaration)
    if not texts and not keys:
        return
    rows = rows_of(declaration, subject).order_by("-pk")[:NEWEST_ROWS]
    for some in _in_portions(rows):
        for row in open_rows(some):
            for name, category in texts.items():
                value = getattr(row, name)
                if value:
                    yield category, str(value)
            for name, paths in keys.items():
                yield from _json_values(getattr(row, name), paths)


def _sealed_columns(
    declaration: Declaration,
) -> tuple[dict[str, Category], dict[str, Mapping[str, Any]]]:
    """The columns whose words are gathered: texts, and JSON with its declared keys."""
    model, data = declaration.model, declaration.data
    texts: dict[str, Category] = {}
    keys: dict[str, Mapping[str, Any]] = {}
    for column in model._meta.concrete_fields:
        name = column.name
        if name in declaration.columns_about_others:
            continue
        if isinstance(column, SealedJSONField):
            keys[name] = data.json_keys.get(name, {})
        elif not isinstance(column, (SealedTextField, BlindEmailField)):
            continue
        elif name in data.fields and data.fields[name].category in GATHERED:
            texts[name] = data.fields[name].category
    return texts, keys


def _in_portions(rows: Any) -> Iterator[list[Any]]:
    portion: list[Any] = []
    for row in rows.iterator(chunk_size=AT_ONCE):
        portion.append(row)
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _json_values(value: Any, paths: Mapping[str, Any]) -> Iterator[tuple[Category, str]]:
    for path, said in paths.items():
        if isinstance(said, Personal) and said.category in GATHERED:
            for found in _at(value, parts_of(path)):
                yield said.category, found


def _at(value: Any, parts: list[str]) -> Iterator[str]:
    if not parts:
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            yield str(value)
        return
    first, rest = parts[0], parts[1:]
    if first == "[]" and isinstance(value, list):
        inner = value
    elif first == "*" and isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, dict) and first in value:
        inner = [value[first]]
    else:
        return
    for one in inner:
        yield from _at(one, rest)


# --- Strength ---------------------------------------------------------------------------


def _classify(category: Category, text: str, collected: _Collected) -> None:
    text = unicodedata.normalize("NFKC", text).strip()
    if category == Category.FREE_TEXT:
        _classify_text(text, collected)
        return
    contact = _contact(text)
    if contact and category != Category.ADDRESS:
        collected.add("contacts", contact)
    elif _is_rare(category, text):
        collected.add("phrases" if category == Category.NAME else "strong", text)
    else:
        collected.add("weak", text)


def _is_rare(category: Category, text: str) -> bool:
    signs, has_digit = len(HAN.findall(text)), any(sign.isdigit() for sign in text)
    if category == Category.NAME:
        return signs >= 4 or (not signs and " " in text and len(text) >= 9)
    if has_digit:
        return signs >= 4 or len(text) >= 10
    return signs >= 8 or len(text) >= 16


def _classify_text(text: str, collected: _Collected) -> None:
    """Of a text what others hardly write too: contacts, odd tokens, its longest sentence."""
    for found in (*E_MAIL.findall(text), *NUMBER.findall(text)):
        contact = _contact(found)
        if contact:
            collected.add("contacts", contact)
    for token in TOKEN.findall(text):
        odd = sum(sign.isdigit() for sign in token) >= 3 and any(s.isalpha() for s in token)
        if odd and not PUBLIC_CODE.fullmatch(token):
            collected.add("strong", token)
    sentences = [one.strip() for one in SENTENCE.findall(text)]
    longest = max(sentences, key=len, default="")
    if len(HAN.findall(longest)) >= 12:
        collected.add("phrases", longest[:24])
    elif len(longest) >= 32:
        collected.add("phrases", longest[:48].rsplit(" ", 1)[0])


def _contact(text: str) -> str:
    """A phone number as E.164, or an e-mail address; else empty."""
    if E_MAIL.fullmatch(text):
        return normalising.email(text)
    digits = sum(sign.isdigit() for sign in text)
    if digits < 8 or any(sign.isalpha() for sign in text):
        return ""
    return normalising.phone(text)


# --- Writings ---------------------------------------------------------------------------


def patterns_of(word: str) -> list[str]:
    """The ways in which a word may be written, as regular expressions for lower-case text.

    Understood alike by PostgreSQL and by Python.
    """
    found = [re.escape(writing) for writing in writings_of(word)]
    return [_phone_pattern(word), *found] if is_phone(word) else found


def writings_of(word: str) -> list[str]:
    """The ways that are plain text: all but the spaces and hyphens of a phone number."""
    if is_phone(word):
        digits = national(word)
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
        return [wide, *_base64_pieces(digits)]
    found = [word]
    if not word.isascii():
        found.append(json.dumps(word)[1:-1])
    if quote(word, safe="") != word:
        found.append(quote(word, safe="").lower())
    if "@" in word:
        found.extend(_base64_pieces(word))
    return found


def is_phone(word: str) -> bool:
    """Whether this is a number with its country code."""
    return word.startswith("+") and word[1:].isdigit()


def national(phone: str) -> str:
    """Without the country code where that is ours."""
    return phone[3:] if phone.startswith("+86") else phone[1:]


def escaped_bytes(word: str) -> str:
    """A pattern for the word in a binary column as PostgreSQL writes it with `escape`."""
    written = "".join(
        chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\{byte:03o}" for byte in word.encode()
    )
    return re.escape(written)


def _phone_pattern(phone: str) -> str:
    """With or without country code, spaces and hyphens; never inside a longer number."""
    digits = national(phone)
    country = phone[1 : len(phone) - len(digits)]
    before = f"(?:^|[^0-9]|{country})" if country else "(?:^|[^0-9])"
    return rf"{before}[ .-]?{'[ .-]?'.join(digits)}(?![0-9])"


def _base64_pieces(word: str) -> Iterator[str]:
    """What base64 makes of the word at each of its three alignments, without the ragged ends."""
    data = word.encode()
    if len(data) < 9:
        return
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data).decode()
        start = -(-shift * 8 // 6)
        end = (shift + len(data)) * 8 // 6
        yield text[start:end].lower()
