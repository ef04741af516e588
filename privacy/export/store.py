"""Where the parts of a copy lie: files under random names, sealed under the copy's own key.

A part is written beside its place and moved there when it is whole, so that a chunk which died
left nothing that counts, and one that is done again replaces what it wrote before.
"""

import io
import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from privacy import keyring
from privacy.enums import KeyClass
from privacy.export.errors import NotThere
from privacy.export.zipping import Member
from privacy.models import ExportPackage
from privacy.vault.sealing import CHUNK, SealedReader, SealedWriter

LEVEL = 1
"""Quick: a copy is fetched once, and most of it is sealed text that was short already."""
TAG = 16
LENGTH = 4


def key_of(lock: UUID, *, make: bool = False) -> bytes:
    """The key of a copy. Raises `NotThere` once it is destroyed, or was never drawn."""
    key = keyring.keys_of([lock], KeyClass.EXPORT, make=make).get(lock)
    if key is None:
        raise NotThere
    return key


def folder_of(lock: UUID) -> Path:
    """The folder of a copy; its name says nothing about the person."""
    return Path(settings.EXPORT_DIR) / lock.hex


def destroy(package: ExportPackage) -> int:
    """Destroy the copy's key and remove its files; returns how many. Repeatable."""
    folder = folder_of(package.lock)
    files = len(list(folder.iterdir())) if folder.is_dir() else 0
    keyring.destroy_keys(package.lock, [KeyClass.EXPORT])
    shutil.rmtree(folder, ignore_errors=True)
    return files


class Store:
    """The parts of one copy."""

    def __init__(self, lock: UUID, key: bytes) -> None:
        self.folder = folder_of(lock)
        self._key = key

    @classmethod
    def of(cls, package: ExportPackage, *, make: bool = False) -> "Store":
        """The store of a copy. Raises `NotThere`."""
        return cls(package.lock, key_of(package.lock, make=make))

    @contextmanager
    def part(self, name: str) -> Iterator[SealedWriter]:
        """Write the part `name`; it counts from the end of the block on."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.folder / f"{name}.{os.getpid()}"
        try:
            with beside.open("wb") as stream:
                os.fchmod(stream.fileno(), 0o600)
                writer = SealedWriter(stream, self._key, {"part": name})
                yield writer
                writer.finish()
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(self.folder / name)
        finally:
            beside.unlink(missing_ok=True)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes of a part from `start` to before `stop`. Raises `Damaged`, `NotThere`."""
        try:
            stream = (self.folder / name).open("rb")
        except FileNotFoundError:
            raise NotThere from None
        with stream:
            reader = _from(stream, self._key, start)
            skip, left = start % CHUNK, None if stop is None else stop - start
            while left is None or left > 0:
                content = reader.read(CHUNK)
                if not content:
                    return
                content = content[skip:]
                skip = 0
                if left is not None:
                    content = content[:left]
                    left -= len(content)
                yield content

    def unpack(self, member: Member) -> Iterator[bytes]:
        """The content of a file of the ZIP. Raises `Damaged`, `zlib.error`, `NotThere`."""
        opener = zlib.decompressobj(-zlib.MAX_WBITS)
        for part, length in member.segments:
            for packed in self.read(part, 0, length):
                rest = packed
                while rest:
                    yield opener.decompress(rest, CHUNK)
                    rest = opener.unconsumed_tail
        yield opener.flush()

    def write_index(self, members: list[Member]) -> None:
        """Say which parts make which files; the last thing that is written."""
        with self.part("index") as out:
            out.write(json.dumps([member.as_json() for member in members]).encode())

    def index(self) -> list[Member]:
        """The files of the ZIP, in their order. Raises `NotThere`, `Damaged`."""
        return [Member.from_json(one) for one in json.loads(b"".join(self.read("index")))]


def _from(stream: BinaryIO, key: bytes, start: int) -> SealedReader:
    """A reader of the chunk in which `start` lies: chunks are of one size, so it is found."""
    reader = SealedReader(stream, key)
    if number := start // CHUNK:
        stream.seek(number * (LENGTH + CHUNK + TAG), io.SEEK_CUR)
        reader.go_on_at(number)
    return reader


class Segment:
    """A segment of a file of the ZIP that is being written into a part."""

    def __init__(self, member: Member, part: str, out: SealedWriter) -> None:
        self.member = member
        self._part, self._out = part, out
        self._length = 0
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)

    def write(self, content: bytes) -> None:
        """Add to the file."""
        self.member.crc = zlib.crc32(content, self.member.crc)
        self.member.size += len(content)
        self._put(self._packer.compress(content))

    def end(self, *, last: bool) -> None:
        """End the segment on a whole byte; `last` ends the file."""
        self._put(self._packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH))
        self.member.segments.append((self._part, self._length))

    def _put(self, packed: bytes) -> None:
        self._length += len(packed)
        self._out.write(packed)


def write_whole(store: Store, name: str, part: str, content: bytes) -> Member:
    """A file of the ZIP that fits into memory."""
    member = Member(name)
    with store.part(part) as out:
        segment = Segment(member, part, out)
        segment.write(content)
        segment.end(last=True)
    return member
