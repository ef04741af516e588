"""Public codes: short, unguessable, without letters that look alike."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def public_code(length: int = 12) -> str:
    """A random code; twelve characters hold 58 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def public_code_default() -> str:
    """`public_code()` as a model field's default."""
    return public_code()
