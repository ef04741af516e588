"""A finished copy, read from its sealed parts: as a ZIP from any byte on, or a file of it."""

import io
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from privacy.export import zipping
from privacy.export.errors import NotThere
from privacy.export.store import Store
from privacy.export.zipping import Member, Piece
from privacy.models import ExportPackage


class Package:
    """A copy whose parts are all there. Its key stays open as long as this lives."""

    def __init__(self, package: ExportPackage, store: Store | None = None) -> None:
        self.row = package
        self.store = store or Store.of(package)
        self.members: list[Member] = self.store.index()

    @cached_property
    def pieces(self) -> list[Piece]:
        """The ZIP, piece by piece."""
        return zipping.layout(self.members, self.row.asked_at)

    @property
    def size(self) -> int:
        """How many bytes the ZIP has."""
        return zipping.total(self.pieces)

    def stretch(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of the ZIP from `start` to before `stop`."""
        return zipping.stretch(self.pieces, start, stop, self.store.read)

    def as_file(self) -> "io.BufferedReader":
        """The ZIP as a file that can be sought in."""
        return io.BufferedReader(_Seekable(self), 1 << 16)

    def file(self, name: str) -> bytes:
        """One file of the ZIP. Raises `NotThere`."""
        member = next((one for one in self.members if one.name == name), None)
        if member is None:
            raise NotThere
        return b"".join(self.store.unpack(member))


class _Seekable(io.RawIOBase):
    """The ZIP, from any byte on."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._package.size}
        self._position = max(0, base[whence] + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        stop = min(self._position + len(buffer), self._package.size)
        filled = 0
        for content in self._package.stretch(self._position, stop):
            buffer[filled : filled + len(content)] = content
            filled += len(content)
        self._position += filled
        return filled
