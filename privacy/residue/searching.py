"""The search goes from place to place in bounded steps; where it stands is a small cursor."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from privacy.residue import caches, files, tables
from privacy.residue.matching import Patterns
from privacy.residue.words import Words

ALIASES = ("default", "keyring")
STATISTICS, FILES, REDIS = "2 statistics", "3 files", "4 redis"
FIRST_PAGES, MOST_PAGES = 128, 16_384
BYTES_AT_ONCE = 32 << 20
QUICK_SECONDS = 0.25

Cursor = dict[str, Any]


@dataclass
class Progress:
    """What a step came to. Places are counted when they are finished."""

    cursor: Cursor
    found: Counter[str] = field(default_factory=Counter)
    places: int = 0
    not_searched: list[str] = field(default_factory=list)
    done: bool = False


class Searcher:
    """One search for some words; `subject` adds the person's own rows to where weak words count."""

    def __init__(self, words: Words, subject: UUID | None = None) -> None:
        self.patterns = Patterns(words)
        self.subject = subject

    def work(self, cursor: Cursor, *, seconds: float) -> Progress:
        """Search for about so long from where the cursor stands."""
        progress = Progress(dict(cursor))
        until = time.monotonic() + seconds
        while not progress.done and time.monotonic() < until:
            self._step(progress)
        return progress

    def all(self) -> Iterator[Progress]:
        """Search everything, a step at a time."""
        cursor: Cursor = {}
        while True:
            progress = self.work(cursor, seconds=1)
            yield progress
            if progress.done:
                return
            cursor = progress.cursor

    @cached_property
    def _tables(self) -> dict[str, tables.Table]:
        found = [table for alias in ALIASES for table in tables.tables(alias)]
        return {table.key: table for table in sorted(found, key=lambda one: one.key)}

    def _step(self, progress: Progress) -> None:
        at = progress.cursor.get("at", "")
        if at in self._tables:
            self._table(self._tables[at], progress)
        elif at in self._others:
            self._others[at](progress)
        else:
            # The beginning, or a table that is gone meanwhile.
            self._go_to_next(progress, at)

    @cached_property
    def _others(self) -> dict[str, Callable[[Progress], None]]:
        return {STATISTICS: self._statistics, FILES: self._files, REDIS: self._redis}

    def _go_to_next(self, progress: Progress, after: str) -> None:
        following = [key for key in (*self._tables, *self._others) if key > after]
        progress.cursor = {"at": following[0]} if following else {}
        progress.done = not following

    def _finish(self, progress: Progress) -> None:
        progress.places += 1
        self._go_to_next(progress, progress.cursor["at"])

    # --- Tables

    def _table(self, table: tables.Table, progress: Progress) -> None:
        if not table.is_readable:
            progress.not_searched.append(table.label)
            self._finish(progress)
            return
        first = int(progress.cursor.get("from", 0))
        last = int(progress.cursor.get("to", 0)) or tables.pages(table)
        step = int(progress.cursor.get("step", FIRST_PAGES))
        if first >= last:
            self._finish(progress)
            return
        began = time.monotonic()
        try:
            found = tables.search_pages(
                table, first, min(first + step, last), self.patterns, self.subject
            )
        except tables.TooSlow:
            if step > 1:
                progress.cursor = {**progress.cursor, "to": last, "step": max(1, step // 8)}
                return
            progress.not_searched.append(table.label)
            found = {}
        for column, count in found.items():
            progress.found[f"{table.label}.{column}"] += count
        took = time.monotonic() - began
        progress.cursor = {
            "at": table.key,
            "from": first + step,
            "to": last,
            "step": min(MOST_PAGES, step * 2) if took < QUICK_SECONDS else max(1, step // 2),
        }

    def _statistics(self, progress: Progress) -> None:
        for alias in ALIASES:
            for name, count in tables.search_statistics(alias, self.patterns).items():
                progress.found[f"statistics of {name}"] += count
        self._finish(progress)

    # --- Elsewhere

    def _files(self, progress: Progress) -> None:
        """Some files, or some megabytes of a large one."""
        last, start = progress.cursor.get("file", ""), int(progress.cursor.get("from", 0))
        until = time.monotonic() + QUICK_SECONDS
        if start:
            start = self._file(last, start, progress)
        if not start:
            for name in files.files_after(last):
                last, start = name, self._file(name, 0, progress)
                if start or time.monotonic() > until:
                    break
            else:
                self._finish(progress)
                return
        progress.cursor = {"at": FILES, "file": last, "from": start}

    def _file(self, name: str, start: int, progress: Progress) -> int:
        """Search a file from there; returns where to go on, 0 at its end."""
        found, start = files.search_file(name, self.patterns, start=start, most=BYTES_AT_ONCE)
        if not start:
            progress.places += 1
            found += files.names_somebody(name, self.patterns)
        if found:
            progress.found[files.place_of(name, self.patterns)] += found
        return start

    def _redis(self, progress: Progress) -> None:
        try:
            scan, found = caches.search_some(
                caches.server(), int(progress.cursor.get("from", 0)), self.patterns
            )
        except (RedisError, OSError):
            progress.not_searched.append("redis")
            self._finish(progress)
            return
        progress.found.update(found)
        progress.cursor = {"at": REDIS, "from": scan}
        if not scan:
            self._finish(progress)
