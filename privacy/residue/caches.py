"""Everything that Redis holds: cached pages and values, limits, queues of the worker."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import redis
from django.conf import settings

from privacy.residue.matching import Patterns

AT_ONCE = 500
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_.]{0,30}")


def server() -> Any:
    """A connection that waits a moment and no longer."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)


def search_some(client: Any, scan: int, patterns: Patterns) -> tuple[int, Counter[str]]:
    """Search the next few hundred keys; returns where to go on, 0 at the end."""
    scan, keys = client.scan(cursor=scan, count=AT_ONCE)
    found: Counter[str] = Counter()
    for key in keys:
        pieces = _pieces(client, key)
        hits = sum(1 for piece in pieces if patterns.count_in(piece.lower()))
        if hits:
            found[_place_of(key)] += hits
    return scan, found


def _pieces(client: Any, key: bytes) -> Iterator[bytes]:
    """The key itself and each value under it."""
    yield key
    kind: Any = client.type(key)
    if kind == b"string":
        yield client.get(key) or b""
    elif kind == b"list":
        for start in range(0, client.llen(key), AT_ONCE):
            yield from client.lrange(key, start, start + AT_ONCE - 1)
    elif kind == b"set":
        yield from client.sscan_iter(key, count=AT_ONCE)
    elif kind == b"zset":
        yield from (member for member, _score in client.zscan_iter(key, count=AT_ONCE))
    elif kind == b"hash":
        for name, value in client.hscan_iter(key, count=AT_ONCE):
            yield name
            yield value
    elif kind == b"stream":
        yield from _entries(client, key)


def _entries(client: Any, key: bytes) -> Iterator[bytes]:
    start = "-"
    while True:
        entries: Any = client.xrange(key, min=start, count=AT_ONCE)
        for _number, fields in entries:
            for name, value in fields.items():
                yield name
                yield value
        if len(entries) < AT_ONCE:
            return
        start = f"({entries[-1][0].decode()}"


def _place_of(key: bytes) -> str:
    """The beginning of the key as far as it is plain words: the rest might be somebody's."""
    parts = key.decode("utf-8", "replace").split(":")
    plain = list(islice((part for part in parts if PLAIN_NAME.fullmatch(part)), 2))
    return f"redis {':'.join(plain) or '…'}"
