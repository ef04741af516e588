"""A sealed file: AES-256-GCM in chunks, written and read as a stream in constant memory.

    MALLBK1\\n | length of the head (4 bytes) | head (JSON) | chunk | chunk | …
    chunk: length (4 bytes, the highest bit marks the last one) | ciphertext with its tag

Each file has a key of its own, drawn from the backup key and a salt, so a nonce is the chunk's
number and whether it is the last. The head is bound into every chunk: a chunk that was moved,
repeated, left out or cut off does not open.
"""

import base64
import hashlib
import io
import json
import os
import struct
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"MALLBK1\n"
CHUNK = 1 << 20
LARGEST_HEAD = 65_536
LAST = 1 << 31


class Damaged(Exception):
    """The file is not a backup, was changed, or ends too early."""


def _cipher(key: bytes, head: bytes) -> AESGCM:
    salt = base64.b64decode(json.loads(head)["salt"])
    return AESGCM(HKDF(SHA256(), 32, salt, b"mall backup").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Seals what is written; `close` writes the last chunk. Whoever opened the file closes it."""

    def __init__(self, stream: BinaryIO, key: bytes, head: dict[str, Any]) -> None:
        self._stream = stream
        salt = base64.b64encode(os.urandom(32)).decode()
        plain = json.dumps({**head, "salt": salt}, sort_keys=True).encode()
        self._cipher = _cipher(key, plain)
        self._bound = hashlib.sha256(plain).digest()
        self._rest = bytearray()
        self._number = 0
        stream.write(MAGIC + struct.pack(">I", len(plain)) + plain)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take more. Something is always kept back, so that the last chunk can be marked."""
        self._rest += data
        while len(self._rest) > CHUNK:
            self._seal(bytes(self._rest[:CHUNK]), last=False)
            del self._rest[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk; without it the file does not open."""
        self._seal(bytes(self._rest), last=True)
        self._rest.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        sealed = self._cipher.encrypt(nonce, plain, self._bound)
        self._stream.write(struct.pack(">I", len(sealed) | (LAST if last else 0)) + sealed)
        self._number += 1


def read_head(stream: BinaryIO) -> dict[str, Any]:
    """What the file says about itself before it is opened: which key, which kind, when."""
    head: dict[str, Any] = json.loads(_head_bytes(stream))
    return head


def _head_bytes(stream: BinaryIO) -> bytes:
    start = stream.read(len(MAGIC) + 4)
    if len(start) < len(MAGIC) + 4 or not start.startswith(MAGIC):
        raise Damaged("This is not a backup of the mall.")
    (length,) = struct.unpack(">I", start[len(MAGIC) :])
    head = stream.read(length) if length <= LARGEST_HEAD else b""
    try:
        json.loads(head)["salt"]
    except (ValueError, KeyError, TypeError):
        raise Damaged("The head of the backup cannot be read.") from None
    return head


class SealedReader(io.RawIOBase):
    """Opens a sealed file. Raises `Damaged` before it hands out a changed byte."""

    def __init__(self, stream: BinaryIO, key: bytes) -> None:
        self._stream = stream
        head = _head_bytes(stream)
        self._cipher = _cipher(key, head)
        self._bound = hashlib.sha256(head).digest()
        self._opened = memoryview(b"")
        self._number = 0
        self._over = False

    def go_on_at(self, number: int) -> None:
        """Read from chunk `number` on; the stream stands before it. Nothing was read yet."""
        self._number = number

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill as much of `buffer` as the present chunk has."""
        while not self._opened and not self._over:
            self._next()
        size = min(len(buffer), len(self._opened))
        buffer[:size] = self._opened[:size]
        self._opened = self._opened[size:]
        return size

    def _next(self) -> None:
        told = self._stream.read(4)
        if len(told) < 4:
            raise Damaged("The backup ends too early.")
        (marked,) = struct.unpack(">I", told)
        last, length = bool(marked & LAST), marked & ~LAST
        sealed = self._stream.read(length) if length <= CHUNK + 16 else b""
        try:
            plain = self._cipher.decrypt(_nonce(self._number, last=last), sealed, self._bound)
        except (InvalidTag, ValueError):
            raise Damaged("The backup was changed, or is not whole.") from None
        if last and self._stream.read(1):
            raise Damaged("Something was added to the backup.")
        self._opened, self._over = memoryview(plain), last
        self._number += 1
