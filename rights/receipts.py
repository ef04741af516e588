"""A receipt as people read it: addresses, and its words in their language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from privacy.enums import LegalGround
from privacy.enums_proofs import NoticeState
from privacy.models import Receipt
from privacy.receipts import codes
from privacy.recipients import all_recipients
from privacy.registry import Erasure

Text = str | Promise
VOCABULARIES: tuple[type[TextChoices], ...] = (Erasure, LegalGround, NoticeState)
BECAME: dict[str, Text] = {"erased": _("erased"), "kept": _("kept and closed")}


@dataclass(frozen=True)
class Line:
    """One line of a list on a receipt."""

    what: Text
    notes: tuple[Text, ...]
    until: date | None = None


def address_of(receipt: Receipt) -> str:
    """Where its holder reads the receipt, with or without an account."""
    return reverse("rights:receipt", args=[receipt.code, codes.secret_of(receipt.code)])


def lines(content: Mapping[str, Any], name: str) -> list[Line]:
    """A list of the document, line by line, with known words in the reader's language."""
    found = content.get(name)
    rows = found if isinstance(found, list) else []
    return [_line(row) for row in rows if isinstance(row, Mapping)]


def day_of(content: Mapping[str, Any], name: str) -> date | None:
    """A day of the document."""
    return _day(content.get(name))


def _line(row: Mapping[str, Any]) -> Line:
    title = row.get("what") or row.get("recipient") or ""
    rest = (
        value
        for name, value in row.items()
        if name not in {"what", "recipient", "until", "count", "rows"}
    )
    notes = [_word(value) for value in rest if value != ""]
    number = row.get("count", row.get("rows"))
    if number is not None:
        notes.append(str(number))
    return Line(_word(title), tuple(notes), _day(row.get("until")))


def _word(value: Any) -> Text:
    """An enumerated value, a recipient or a name of the mall's tables in the reader's language."""
    text = str(value)
    for vocabulary in VOCABULARIES:
        if text in vocabulary.values:
            return vocabulary(text).label
    for recipient in all_recipients():
        if recipient.code == text:
            return recipient.name
    # What stands there in English is a name of ours, and the catalogue knows it.
    return BECAME.get(text) or (gettext(text) if text else "")


def _day(value: Any) -> date | None:
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None
