"""Sessions in PostgreSQL with an encrypted payload.

The payload holds addresses and one-time codes while somebody signs in, so a stock session table
would keep them in clear.
"""

import base64
import binascii
from typing import Any

from cryptography.exceptions import InvalidTag
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from privacy import keyring

PURPOSE = "sessions"


class SessionStore(DatabaseSessionStore):
    """Django's database sessions, sealed under a key of the house."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Seal the payload."""
        plain = self.serializer().dumps(session_dict)
        return base64.b64encode(keyring.seal_bytes(PURPOSE, plain)).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Open the payload; one that cannot be opened is an empty session."""
        try:
            plain = keyring.open_bytes(PURPOSE, base64.b64decode(session_data, validate=True))
        except (InvalidTag, ValueError, binascii.Error):
            return {}
        content: dict[str, Any] = self.serializer().loads(plain)
        return content
