"""A ZIP that is never written: its bytes are made from parts while somebody reads them.

Each file of it is one deflate stream, cut into segments that were written in chunks of a run. A
segment ends on a whole byte and needs nothing of the one before it, so that a chunk which is done
again replaces its own segment only. Sizes and checksums are known before anybody reads, so the
ZIP needs no afterthoughts; past four gigabytes it speaks ZIP64.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CENTRAL, LOCAL, END = 0x02014B50, 0x04034B50, 0x06054B50
END_64, LOCATOR_64 = 0x06064B50, 0x07064B50
DEFLATED, NEW, NEW_64 = 8, 20, 45
NAMES_ARE_UTF8 = 0x800
FULL, FULL_16 = 0xFFFFFFFF, 0xFFFF
UNIX_FILE = 0o100644 << 16
MADE_ON_UNIX = 3 << 8


@dataclass
class Member:
    """A file of the ZIP: its checksum, its sizes, and the lengths of its segments."""

    name: str
    crc: int = 0
    size: int = 0
    rows: int | None = None
    segments: list[tuple[str, int]] = field(default_factory=list)
    """Name of a part, and how many packed bytes it holds."""

    @property
    def packed(self) -> int:
        """Its packed size."""
        return sum(length for _part, length in self.segments)

    def as_json(self) -> dict[str, Any]:
        """For the cursor of a run."""
        return {
            "name": self.name,
            "crc": self.crc,
            "size": self.size,
            "rows": self.rows,
            "segments": [list(one) for one in self.segments],
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Member":
        """What `as_json` wrote."""
        segments = [(str(part), int(length)) for part, length in said["segments"]]
        return cls(said["name"], said["crc"], said["size"], said["rows"], segments)


@dataclass(frozen=True)
class Piece:
    """A stretch of the ZIP: bytes that stand here, or a part to be opened."""

    start: int
    length: int
    content: bytes = b""
    part: str = ""


def layout(members: Iterable[Member], at: datetime, *, full: int = FULL) -> list[Piece]:
    """The whole ZIP as pieces in their order. `full` is the size from which ZIP64 speaks."""
    pieces: list[Piece] = []
    central: list[bytes] = []
    position = 0

    def add(length: int, content: bytes = b"", part: str = "") -> None:
        nonlocal position
        pieces.append(Piece(position, length, content, part))
        position += length

    count = 0
    for member in members:
        central.append(_central(member, at, position, full))
        head = _local(member, at, full)
        add(len(head), head)
        for part, length in member.segments:
            add(length, part=part)
        count += 1
    end = _end(count, position, b"".join(central), full)
    add(len(end), end)
    return pieces


def total(pieces: list[Piece]) -> int:
    """How many bytes the ZIP has."""
    return pieces[-1].start + pieces[-1].length if pieces else 0


def stretch(
    pieces: list[Piece], start: int, stop: int, read: Callable[[str, int, int], Iterator[bytes]]
) -> Iterator[bytes]:
    """The bytes from `start` to before `stop`; `read` opens so much of a part."""
    for piece in pieces:
        first = max(start, piece.start)
        last = min(stop, piece.start + piece.length)
        if first >= last:
            continue
        if piece.part:
            yield from read(piece.part, first - piece.start, last - piece.start)
        else:
            yield piece.content[first - piece.start : last - piece.start]


# --- Records ----------------------------------------------------------------------------


def _stamp(at: datetime) -> tuple[int, int]:
    """Time and date as DOS wrote them."""
    return (
        at.hour << 11 | at.minute << 5 | at.second // 2,
        (at.year - 1980) << 9 | at.month << 5 | at.day,
    )


def _local(member: Member, at: datetime, full: int) -> bytes:
    name = member.name.encode()
    large = member.size >= full or member.packed >= full
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.packed) if large else b""
    return (
        struct.pack(
            "<IHHHHHIIIHH",
            LOCAL,
            NEW_64 if large else NEW,
            NAMES_ARE_UTF8,
            DEFLATED,
            *_stamp(at),
            member.crc,
            FULL if large else member.packed,
            FULL if large else member.size,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central(member: Member, at: datetime, offset: int, full: int) -> bytes:
    name = member.name.encode()
    numbers = (member.size, member.packed, offset)
    large = [number for number in numbers if number >= full]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    size, packed, where = (FULL if number >= full else number for number in numbers)
    return (
        struct.pack(
            "<IHHHHHHIIIHHHHHII",
            CENTRAL,
            MADE_ON_UNIX | (NEW_64 if large else NEW),
            NEW_64 if large else NEW,
            NAMES_ARE_UTF8,
            DEFLATED,
            *_stamp(at),
            member.crc,
            packed,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            UNIX_FILE,
            where,
        )
        + name
        + extra
    )


def _end(count: int, offset: int, central: bytes, full: int) -> bytes:
    large = count >= FULL_16 or offset >= full or len(central) >= full
    long_end = b""
    if large:
        long_end = struct.pack(
            "<IQHHIIQQQQ",
            END_64,
            44,
            MADE_ON_UNIX | NEW_64,
            NEW_64,
            0,
            0,
            count,
            count,
            len(central),
            offset,
        ) + struct.pack("<IIQI", LOCATOR_64, 0, offset + len(central), 1)
    end = struct.pack(
        "<IHHHHIIH",
        END,
        0,
        0,
        FULL_16 if large else count,
        FULL_16 if large else count,
        FULL if large else len(central),
        FULL if large else offset,
        0,
    )
    return central + long_end + end
