"""The masks: the only way in which staff see a personal value unopened."""

from collections.abc import Callable

DOT = "•"


def mask_phone(value: str) -> str:
    """Keep the last four digits."""
    return f"{DOT * 4}{value[-4:]}" if len(value) > 4 else DOT * 4


def mask_email(value: str) -> str:
    """Keep the first letter and the top-level domain."""
    local, _, domain = value.partition("@")
    return f"{local[:1]}{DOT * 3}@{DOT * 3}.{domain.rpartition('.')[2]}" if domain else DOT * 4


def mask_name(value: str) -> str:
    """Keep the first character."""
    return f"{value[:1]}{DOT * 2}" if value else ""


def mask_address(value: str) -> str:
    """Keep nothing but the fact that there is one."""
    return DOT * 6 if value else ""


def mask_code(value: str) -> str:
    """Keep the last four characters."""
    return f"{DOT * 4}{value[-4:]}" if len(value) > 4 else DOT * 4


MASKS: dict[str, Callable[[str], str]] = {
    "phone": mask_phone,
    "email": mask_email,
    "name": mask_name,
    "address": mask_address,
    "code": mask_code,
    "all": mask_address,
}


def mask(kind: str, value: str) -> str:
    """Mask `value` as a `kind` of `MASKS`; an unknown kind raises `KeyError`."""
    return MASKS[kind](value)
