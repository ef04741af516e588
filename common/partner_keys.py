"""Keys and addresses of partners: from the settings, or from the sandbox in demo and tests."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SANDBOX_PREFIX = "sandbox-"


def sandbox_allowed() -> bool:
    """Whether stand-ins may take the place of partners here: in the demo and in tests only."""
    return bool(settings.DEMO or settings.TESTING)


def sandbox_section(name: str) -> dict[str, str]:
    """The mall's side of the sandbox's keys: `payment`, `carrier`, `sms` or `control`.

    Raises `ImproperlyConfigured` outside demo and tests, and when the sandbox has never run.
    """
    if not sandbox_allowed():
        raise ImproperlyConfigured("The sandbox serves the demo and tests only.")
    path = Path(settings.SANDBOX_STATE) / "mall.json"
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise ImproperlyConfigured("The sandbox has not drawn its keys yet: start it.") from None
    section = _read(path, stamp)[name]
    return {str(key): str(value) for key, value in section.items()}


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def looks_like_sandbox(*values: str) -> bool:
    """Whether an address is on loopback or an account was drawn by the sandbox."""
    return any(
        value.startswith(SANDBOX_PREFIX) or (urlsplit(value).hostname or "") in LOOPBACK
        for value in values
        if value
    )
