"""What an audit entry may say beside its action: registered words, counts, codes; no free text.

Each app registers the names that its entries use in `audit_terms.py`, found like `admin.py`:

    terms(step=words("announced", "ready"), parcel=CODE, rows=COUNT)

A name or a value outside what was registered raises `NotInVocabulary`, before anything is written.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.apps import apps

from privacy.enums import AccessReason

Value = str | int | bool
Kind = Callable[[Value], bool]
"""Says whether a value is one of its kind."""

CODE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,59}")
"""A public code: one word of letters and digits, so never a sentence, a phone with its plus sign
or an address of e-mail."""
PATH_FORM = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}(\.[A-Za-z_][A-Za-z0-9_]{0,59})*")
KEY_FORM = re.compile(r"[A-Za-z_*\[][A-Za-z0-9_.*\[\]-]{0,79}|\(not a name\)")
PHONE_FORM = re.compile(r"[0-9]{11}")


class NotInVocabulary(ValueError):
    """Nobody registered this name, value or reason for an audit entry."""


_terms: dict[str, list[Kind]] = {}
_reasons: set[str] = {reason.value for reason in AccessReason}


def terms(**kinds: Kind) -> None:
    """Register names of details with the kind of their values. Several apps may share a name."""
    for name, kind in kinds.items():
        known = _terms.setdefault(name, [])
        if kind not in known:
            known.append(kind)


def reasons(*values: str) -> None:
    """Register reasons beside those for which staff open a value."""
    _reasons.update(str(value) for value in values)


def check_detail(detail: Mapping[str, Value]) -> dict[str, Value]:
    """The detail as it may be written. Raises `NotInVocabulary`; its message holds no value."""
    for name, value in detail.items():
        if name not in _terms:
            raise NotInVocabulary(f"Nobody registered the detail {name}.")
        if not any(kind(value) for kind in _terms[name]):
            raise NotInVocabulary(f"The detail {name} does not hold a value of its kind.")
    return dict(detail)


def check_reason(reason: str) -> str:
    """The reason as it may be written. Raises `NotInVocabulary`."""
    if reason and str(reason) not in _reasons:
        raise NotInVocabulary("Nobody registered this reason.")
    return str(reason)


# --- Kinds ------------------------------------------------------------------------------


def words(*values: str) -> Kind:
    """One of these words."""
    allowed = frozenset(str(value) for value in values)
    return lambda value: isinstance(value, str) and value in allowed


def word_list(values: Iterable[str], *, separator: str = "+") -> Kind:
    """Some of these words, joined; or none."""
    allowed = frozenset(str(value) for value in values)
    return lambda value: (
        isinstance(value, str)
        and (not value or all(one in allowed for one in value.split(separator)))
    )


def _is_count(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _is_flag(value: Value) -> bool:
    return isinstance(value, bool)


def _is_code(value: Value) -> bool:
    return (
        isinstance(value, str)
        and CODE_FORM.fullmatch(value) is not None
        and PHONE_FORM.fullmatch(value) is None
    )


def _is_model(value: Value) -> bool:
    if not isinstance(value, str):
        return False
    try:
        apps.get_model(value)
    except (LookupError, ValueError):
        return False
    return True


def _is_path(value: Value) -> bool:
    return isinstance(value, str) and PATH_FORM.fullmatch(value) is not None


def _is_key(value: Value) -> bool:
    return isinstance(value, str) and KEY_FORM.fullmatch(value) is not None


def _is_path_list(value: Value) -> bool:
    return isinstance(value, str) and all(
        PATH_FORM.fullmatch(one) for one in re.split(r"[,+ ]+", value)
    )


def _is_row(value: Value) -> bool:
    """A primary key: a number, or a UUID."""
    if _is_count(value):
        return True
    if not isinstance(value, str):
        return False
    if value.isdecimal():
        return len(value) <= 19
    try:
        UUID(value)
    except ValueError:
        return False
    return True


COUNT: Kind = _is_count
FLAG: Kind = _is_flag
CODE: Kind = _is_code
MODEL: Kind = _is_model
COLUMN: Kind = _is_path
COLUMNS: Kind = _is_path_list
KEY: Kind = _is_key
ROW: Kind = _is_row
