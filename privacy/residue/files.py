"""Every file that the mall wrote under `VAR`: uploads, exports, outbox, sandbox, static, logs."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from privacy.residue.matching import Patterns

BLOCK = 1 << 20
OVERLAP = 4096
"""Longer than any pattern, so that nothing hides on the edge of two blocks."""
SERVERS = frozenset({"embedded"})
"""Data folders of the database servers: what lives in them is searched through the servers, and
what is dead there goes with their next clean-up and is sealed meanwhile. Their logs are read."""
LOG = ".log"


def folder() -> Path:
    """Where the mall writes."""
    return Path(settings.VAR)


def all_files() -> Iterator[str]:
    """Relative paths in an order that stays, without the servers' own files and the secrets."""
    base = folder()
    for root, folders, names in os.walk(base):
        folders.sort()
        here = Path(root).relative_to(base)
        is_server = bool(here.parts) and here.parts[0] in SERVERS
        for name in sorted(names):
            file = Path(root, name)
            if (not is_server or name.endswith(LOG)) and file.is_file() and not file.is_symlink():
                yield str(here / name)


def search_file(name: str, patterns: Patterns, *, start: int, most: int) -> tuple[int, int]:
    """How often the words stand in the next `most` bytes, and where to go on; 0 at the end."""
    found, position = 0, start
    try:
        with (folder() / name).open("rb") as file:
            file.seek(max(0, start - OVERLAP))
            carried = file.read(start - max(0, start - OVERLAP))
            while position - start < most:
                block = file.read(BLOCK)
                if not block:
                    return found, 0
                text = (carried + block).lower()
                edge = len(carried)
                # What ends in the part read before was counted then.
                found += sum(1 for one in patterns.in_bytes.finditer(text) if one.end() > edge)
                carried = text[-OVERLAP:]
                position += len(block)
    except OSError:
        # Gone meanwhile, or not ours to read.
        return found, 0
    return found, position


def place_of(name: str, patterns: Patterns) -> str:
    """The file as it stands in the report: its folder alone when the name itself holds a word."""
    if names_somebody(name, patterns):
        name = str(Path(*Path(name).parts[:1], "…"))
    return f"file {name}"[:160]


def names_somebody(name: str, patterns: Patterns) -> bool:
    """Whether the path holds a word."""
    return patterns.in_bytes.search(name.lower().encode()) is not None
