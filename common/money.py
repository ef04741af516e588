"""Amounts are integers in the currency's minor unit; rounding happens here and nowhere else."""

import re
from collections.abc import Sequence

from babel.numbers import format_currency
from django.utils.translation import get_language

from common.errors import RuleError

EXPONENTS = {
    "CNY": 2,
    "EUR": 2,
    "GBP": 2,
    "HKD": 2,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "TWD": 2,
    "USD": 2,
}
"""Digits after the decimal point by currency (ISO 4217)."""

_LOCALES = {"en": "en", "zh-hans": "zh_Hans_CN"}
_AMOUNT = re.compile(r"^\d{1,12}(?:\.(\d+))?$", re.ASCII)


def format_money(minor: int, currency: str = "CNY", language: str | None = None) -> str:
    """Show an amount for people in `language` (the active one by default), sign included."""
    exponent = EXPONENTS[currency]
    whole, part = divmod(abs(minor), 10**exponent)
    sign = "−" if minor < 0 else ""
    if currency == "CNY":
        return f"{sign}¥{whole:,}.{part:02d}"
    locale = _LOCALES.get((language or get_language() or "en").lower(), "en")
    return sign + format_currency(
        f"{whole}.{part:0{exponent}d}" if exponent else whole, currency, locale=locale
    )


def parse_amount(text: str, currency: str = "CNY") -> int:
    """Read a plain decimal such as `12.5` into minor units; raises `RuleError` on anything else."""
    exponent = EXPONENTS[currency]
    cleaned = text.strip().replace(",", "")
    match = _AMOUNT.match(cleaned)
    if match is None or len(match.group(1) or "") > exponent:
        raise RuleError("amount", f"“{text}” is not an amount with at most {exponent} decimals.")
    whole, _, part = cleaned.partition(".")
    return int(whole + part.ljust(exponent, "0"))


def plain_amount(minor: int, currency: str = "CNY") -> str:
    """Write an amount as partners want it: `1234` becomes `12.34`."""
    exponent = EXPONENTS[currency]
    if not exponent:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**exponent)
    return f"{sign}{whole}.{part:0{exponent}d}"


def share(total: int, numerator: int, denominator: int) -> int:
    """`total * numerator / denominator`, rounded half up (away from zero)."""
    product = total * numerator
    sign = -1 if (product < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(product) + abs(denominator)) // (2 * abs(denominator)))


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` by `weights` with the largest remainder, so that the parts add up exactly."""
    whole = sum(weights)
    if whole <= 0:
        weights, whole = [1] * len(weights), len(weights)
    if not weights:
        return []
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def tax_within(gross: int, rate_bp: int) -> int:
    """The tax contained in a gross price at a rate in basis points (1300 is 13 %)."""
    return share(gross, rate_bp, 10_000 + rate_bp)
