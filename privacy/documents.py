"""The texts that people agree to, as files: `privacy/policies/<kind>.<language>.md`.

Each begins with a few lines between `---`: its version and its date.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from privacy.enums import DocumentKind

FOLDER = Path(__file__).parent / "policies"
FENCE = "---"


class BrokenDocument(Exception):
    """The file lacks its version or date."""


@dataclass(frozen=True)
class Document:
    """One text in one language. `sha256` names exactly these bytes."""

    kind: str
    version: str
    date: date
    language: str
    text: str
    sha256: str


def current(kind: str, language: str) -> Document:
    """The text that holds today, in `language` or else in the mall's own language."""
    kind = DocumentKind(kind).value
    for code in (language.lower(), settings.LANGUAGE_CODE, "en"):
        file = FOLDER / f"{kind}.{code}.md"
        if file.exists():
            return _read(kind, code, file, file.stat().st_mtime_ns)
    raise FileNotFoundError(f"There is no text {kind} in {FOLDER}.")


@lru_cache(maxsize=16)
def _read(kind: str, language: str, file: Path, _changed: int) -> Document:
    content = file.read_bytes()
    text = content.decode()
    if not text.startswith(FENCE):
        raise BrokenDocument(file.name)
    head, _, body = text[len(FENCE) :].partition(f"\n{FENCE}\n")
    names = dict(line.split(":", 1) for line in head.splitlines() if ":" in line)
    try:
        version, day = names["version"].strip(), date.fromisoformat(names["date"].strip())
    except (KeyError, ValueError) as error:
        raise BrokenDocument(file.name) from error
    return Document(
        kind=kind,
        version=version,
        date=day,
        language=language,
        text=body.strip() + "\n",
        sha256=hashlib.sha256(content).hexdigest(),
    )
