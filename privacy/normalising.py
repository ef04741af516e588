"""One spelling for each phone number and each address, before it is looked up."""

import unicodedata
from collections.abc import Callable

import phonenumbers

HOME_REGION = "CN"


def phone(value: str) -> str:
    """E.164 (`+8613800138000`); a number without country code is Chinese; else empty."""
    text = unicodedata.normalize("NFKC", value).strip()
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(value: str) -> str:
    """Lower case and NFKC; nothing that providers do with dots or plus signs is assumed."""
    return unicodedata.normalize("NFKC", value).strip().lower()


def exact(value: str) -> str:
    """NFKC without spaces around it, case folded."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def tail4(value: str) -> str:
    """The last four letters or digits; empty when there are fewer."""
    kept = [character for character in exact(value) if character.isalnum()]
    return "".join(kept[-4:]) if len(kept) >= 4 else ""


NORMALISERS: dict[str, Callable[[str], str]] = {
    "phone": phone,
    "email": email,
    "exact": exact,
    "tail4": tail4,
}


def normalise(kind: str, value: str) -> str:
    """Normalise `value` as a `kind`; an unknown kind raises `KeyError`."""
    return NORMALISERS[kind](value)
