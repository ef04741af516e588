"""Codes of receipts: short enough to be typed from paper, with two signs that catch a slip.

The code alone says whether a receipt is genuine. The receipt itself opens with a second word,
which follows from the code under a key of the house, so that it is stored nowhere.
"""

import hmac

from common.codes import ALPHABET, public_code
from privacy import keyring

DRAWN = 14
CHECKS = 2
LENGTH = DRAWN + CHECKS
PRIME = 887
"""The largest prime below 30 squared: every wrong sign and every swap of neighbours shows."""
SECRET_LENGTH = 28
"""Signs of the second word: 137 bits."""
PURPOSE = "receipt-opening"


def new_code() -> str:
    """A random code with its check signs."""
    drawn = public_code(DRAWN)
    return drawn + _checks(drawn)


def read_code(typed: str) -> str:
    """The code that somebody typed, in any case and with any spaces and hyphens; else empty."""
    code = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    whole = len(code) == LENGTH and all(sign in ALPHABET for sign in code)
    return code if whole and _checks(code[:DRAWN]) == code[DRAWN:] else ""


def spaced(code: str) -> str:
    """The code in groups of four, for paper."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def secret_of(code: str) -> str:
    """The word that opens the receipt of this code."""
    number = int(keyring.token(PURPOSE, code), 16)
    signs = []
    for _place in range(SECRET_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "".join(signs)


def opens(code: str, secret: str) -> bool:
    """Whether this word opens the receipt of this code."""
    return hmac.compare_digest(secret_of(code).encode(), secret.encode())


def _checks(drawn: str) -> str:
    value = 0
    for sign in drawn:
        value = value * len(ALPHABET) + ALPHABET.index(sign)
    first, second = divmod(-value * len(ALPHABET) ** CHECKS % PRIME, len(ALPHABET))
    return ALPHABET[first] + ALPHABET[second]
