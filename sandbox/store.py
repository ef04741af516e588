"""What the sandbox remembers, in one SQLite file: a restart loses nothing."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS trades (
    out_trade_no TEXT PRIMARY KEY, trade_no TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL, total_amount TEXT NOT NULL, currency TEXT NOT NULL,
    refunded TEXT NOT NULL DEFAULT '0', subject TEXT NOT NULL, asked TEXT NOT NULL,
    notify_url TEXT NOT NULL, return_url TEXT NOT NULL, time_expire REAL,
    created_at REAL NOT NULL, paid_at REAL, refunded_at REAL, closed_at REAL);
CREATE TABLE IF NOT EXISTS refunds (
    out_trade_no TEXT NOT NULL, out_request_no TEXT NOT NULL, amount TEXT NOT NULL,
    reason TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (out_trade_no, out_request_no));
CREATE TABLE IF NOT EXISTS shipments (
    reference TEXT PRIMARY KEY, tracking_number TEXT NOT NULL, state TEXT NOT NULL,
    push_url TEXT NOT NULL, recipient TEXT NOT NULL, weight_g INTEGER NOT NULL,
    created_at REAL NOT NULL, moves_at REAL);
CREATE TABLE IF NOT EXISTS events (
    reference TEXT NOT NULL, sequence INTEGER NOT NULL, event_id TEXT NOT NULL,
    state TEXT NOT NULL, happened_at TEXT NOT NULL, place TEXT NOT NULL, signed_by TEXT NOT NULL,
    PRIMARY KEY (reference, sequence));
CREATE TABLE IF NOT EXISTS messages (
    idempotency_key TEXT PRIMARY KEY, message_id TEXT NOT NULL, recipient TEXT NOT NULL,
    text TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS nonces (
    account TEXT NOT NULL, nonce TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, nonce));
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, part TEXT NOT NULL, about TEXT NOT NULL, url TEXT NOT NULL,
    body TEXT NOT NULL, forged INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL
    DEFAULT 0, due_at REAL NOT NULL, answer TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS erasures (
    part TEXT NOT NULL, notice TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL,
    deleted INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (part, notice, number));
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, part TEXT NOT NULL, operation TEXT NOT NULL, kind TEXT NOT NULL,
    times INTEGER, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS habits (
    part TEXT PRIMARY KEY, copies INTEGER NOT NULL, delay REAL NOT NULL, hold INTEGER NOT NULL,
    reverse INTEGER NOT NULL, forge INTEGER NOT NULL);
"""


class Store:
    """One connection behind one lock; the sandbox has no load that would ask for more."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Fold the journal into the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens at once or not at all; may be nested."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Every row of a question."""
        with self._lock:
            return [dict(row) for row in self._connection.execute(sql, values)]

    def row(self, sql: str, *values: object) -> Row | None:
        """The first row, if any."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def change(self, sql: str, *values: object) -> int:
        """Change rows and return how many."""
        with self.transaction():
            return self._connection.execute(sql, values).rowcount
