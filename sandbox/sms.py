"""The SMS gateway: takes each message once and keeps it in the state folder."""

import re
import secrets
import time

from sandbox import erasures
from sandbox.keys import Keys
from sandbox.signed_json import verified
from sandbox.store import Row, Store
from sandbox.web import Refused, Request, Response, json_response

E164 = re.compile(r"^\+[1-9]\d{6,14}$")
NOBODY = "0404"


class SmsGateway:
    """`POST /sms/send` and `POST /sms/erasures`."""

    def __init__(self, keys: Keys, store: Store) -> None:
        self._keys = keys.sms
        self._store = store

    def send(self, request: Request) -> Response:
        """Accept a message; the same key answers as it did the first time."""
        content = verified(request, self._store, self._keys["account"], self._keys["secret"])
        key, to = str(content.get("idempotency_key", "")), str(content.get("to", ""))
        text = str(content.get("text", ""))
        if not 1 <= len(key) <= 80 or not 1 <= len(text) <= 1000:
            raise Refused(400, "invalid_message")
        if not E164.match(to):
            raise Refused(400, "invalid_number")
        if to.endswith(NOBODY):
            raise Refused(400, "unknown_subscriber")
        with self._store.transaction():
            new = self._store.change(
                "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)",
                key,
                f"S{secrets.token_hex(10)}",
                to,
                text,
                time.time(),
            )
            row = self._store.row("SELECT * FROM messages WHERE idempotency_key = ?", key)
        assert row is not None
        return json_response(
            {"message_id": row["message_id"], "status": "accepted", "duplicate": not new}
        )

    def erase(self, request: Request) -> Response:
        """Forget number and text of some messages."""
        content = verified(request, self._store, self._keys["account"], self._keys["secret"])
        return json_response(erasures.take(self._store, "sms", content, self._forget))

    def _forget(self, key: str) -> int:
        return self._store.change(
            "UPDATE messages SET recipient = '', text = '' WHERE idempotency_key = ?", key
        )

    def messages(self) -> list[Row]:
        """The latest messages for the controls."""
        return self._store.rows(
            "SELECT idempotency_key, message_id, recipient AS 'to', text FROM messages"
            " ORDER BY rowid DESC LIMIT 500"
        )
