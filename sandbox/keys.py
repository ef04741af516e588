"""Keys are drawn once per installation and stay in its state folder."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

MALL_FILE = "mall.json"
PARTNER_FILE = "partner.json"


@dataclass(frozen=True)
class Keys:
    """What the sandbox knows: its own private key, the mall's public one, the shared secrets."""

    payment: dict[str, str]
    carrier: dict[str, str]
    sms: dict[str, str]
    control: dict[str, str]


def ensure_keys(state: Path) -> Keys:
    """Read the keys of this state folder; draw them on the first start."""
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)
    if not (state / PARTNER_FILE).exists() or not (state / MALL_FILE).exists():
        _draw(state)
    content = json.loads((state / PARTNER_FILE).read_text())
    return Keys(**content)


def _pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def _draw(state: Path) -> None:
    mall_private, mall_public = _pair()
    partner_private, partner_public = _pair()
    ids = {
        "app_id": f"sandbox-app-{secrets.token_hex(4)}",
        "seller_id": f"sandbox-seller-{secrets.token_hex(4)}",
    }
    shared: dict[str, Any] = {
        "carrier": {
            "account": f"sandbox-carrier-{secrets.token_hex(4)}",
            "secret": secrets.token_urlsafe(32),
        },
        "sms": {
            "account": f"sandbox-sms-{secrets.token_hex(4)}",
            "secret": secrets.token_urlsafe(32),
        },
        "control": {"token": secrets.token_urlsafe(32)},
    }
    mall = {"payment": ids | {"private_key": mall_private, "partner_key": partner_public}}
    partner = {"payment": ids | {"private_key": partner_private, "mall_key": mall_public}}
    _write(state / MALL_FILE, mall | shared)
    _write(state / PARTNER_FILE, partner | shared)


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write under another name and rename, so that nobody ever reads half a file."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
    part.replace(path)
