"""One JSON object for each line of the log; numbers, codes and names of things only."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from common.request_id import request_id

ALLOWED = frozenset(
    {
        "method",
        "view",
        "status",
        "ms",
        "job",
        "partner",
        "host",
        "kind",
        "state",
        "reason",
        "message_code",
        "reference",
        "count",
        "command",
        "key_id",
    }
)
"""What a line may carry besides its sentence. Anything else is dropped, whatever it is."""


class JsonFormatter(logging.Formatter):
    """Structured lines. An exception shows its type and where it was raised, not its words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # Foreign loggers put values into their arguments; their sentence alone is safe.
            "event": record.getMessage() if record.name.startswith(OURS) else str(record.msg),
            "request_id": request_id(),
        }
        entry |= {name: value for name, value in record.__dict__.items() if name in ALLOWED}
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = [f"{frame.filename}:{frame.lineno}" for frame in frames[-6:]]
        return json.dumps(entry, ensure_ascii=False, default=str)


OURS = (
    "mall",
    "common",
    "jobs",
    "privacy",
    "notices",
    "accounts",
    "stores",
    "catalog",
    "payments",
    "delivery",
    "orders",
    "rights",
)
