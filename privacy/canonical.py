"""Canonical JSON (RFC 8785): one value, one sequence of bytes, in every program that follows it."""

import math
from collections.abc import Mapping
from typing import Any

LARGEST = 2**53 - 1
"""Beyond this an integer is not always the same number in every reader of JSON."""
TOO_LARGE = 10**21
"""From here on a number is written with an exponent."""
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
ESCAPES = {ord(sign): SHORT.get(sign, f"\\u{ord(sign):04x}") for sign in map(chr, range(32))}
ESCAPES |= {ord(sign): short for sign, short in SHORT.items()}


class NotCanonical(ValueError):
    """The value has no canonical form; the message says which part."""


def canonical(value: Any) -> bytes:
    """The canonical form of `value`. Raises `NotCanonical`."""
    return _text(value).encode()


def _text(value: Any) -> str:  # noqa: PLR0911 - one line for each kind of value
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join(_text(one) for one in value)}]"
    raise NotCanonical(f"{type(value).__name__} is no kind of JSON.")


def _integer(value: int) -> str:
    text = str(value)
    if abs(value) > LARGEST and (abs(value) >= TOO_LARGE or number(float(value)) != text):
        raise NotCanonical("A number is too large to be exact.")
    return text


def _object(value: Mapping[Any, Any]) -> str:
    if not all(isinstance(name, str) for name in value):
        raise NotCanonical("A name is not a text.")
    # By UTF-16 units, as the standard asks: an emoji stands before U+E000 there.
    names = sorted(value, key=_units)
    return f"{{{','.join(f'{_string(name)}:{_text(value[name])}' for name in names)}}}"


def _units(name: str) -> bytes:
    try:
        return name.encode("utf-16-be")
    except UnicodeEncodeError:
        raise NotCanonical("Half of a pair of surrogates stands alone.") from None


def _string(value: str) -> str:
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise NotCanonical("Half of a pair of surrogates stands alone.")
    return f'"{value.translate(ESCAPES)}"'


def number(value: float) -> str:
    """A number as ECMAScript writes it: the shortest digits that read back the same."""
    if not math.isfinite(value):
        raise NotCanonical("A number is infinite or none.")
    if value == 0:
        return "0"
    sign, size = ("-", -value) if value < 0 else ("", value)
    mantissa, _, power = repr(size).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS times ten to the power of `point`.
    point = len(whole) + int(power or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _written(digits, point)


def _written(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    power = point - 1
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"
