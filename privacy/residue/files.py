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


def files_after(last: str) -> Iterator[str]:
    """Relative paths behind `last`, in an order that stays: name by name, folder by folder."""
    yield from _walk(folder(), "", tuple(Path(last).parts))


def _walk(here: Path, prefix: str, last: tuple[str, ...]) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(here), key=lambda one: one.name)
    except OSError:
        # Gone meanwhile, or not ours to read: the servers keep theirs to themselves.
        return
    for entry in entries:
        if last and entry.name < last[0]:
            continue
        name = f"{prefix}{entry.name}"
        is_on_the_way = bool(last) and entry.name == last[0]
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/", last[1:] if is_on_the_way else ())
        elif not is_on_the_way and _is_searched(entry, name):
            yield name


def _is_searched(entry: "os.DirEntry[str]", name: str) -> bool:
    is_server = name.partition("/")[0] in SERVERS
    return entry.is_file(follow_symlinks=False) and (not is_server or name.endswith(LOG))


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
                found += patterns.count_in(text, after=edge)
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
    return patterns.count_in(name.lower().encode()) > 0
