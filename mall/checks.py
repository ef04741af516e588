"""What production refuses: `manage.py check --deploy`, and every start outside demo and tests."""

import base64
import binascii
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's name
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from common.partner_keys import LOOPBACK, looks_like_sandbox
from mall import embedded

Check = Callable[[], Iterator[CheckMessage]]


@register("mall", deploy=True)
def check_deployment(*_args: Any, **_kwargs: Any) -> list[CheckMessage]:
    """Everything that must not reach people."""
    return [message for check in CHECKS for message in check()]


def refuse_unsafe_settings() -> None:
    """Raise `ImproperlyConfigured` at the start of web server and worker, with every reason.

    Demo and tests start with what they have.
    """
    if settings.DEMO or settings.TESTING:
        return
    found = [message for message in check_deployment() if isinstance(message, Error)]
    if found:
        lines = [f"({message.id}) {message.msg} {message.hint}" for message in found]
        raise ImproperlyConfigured("\n".join(["These settings are not for production:", *lines]))


def hosts() -> Iterator[CheckMessage]:
    """E001."""
    named = [host for host in settings.ALLOWED_HOSTS if host.strip("[]") not in LOOPBACK]
    if not named or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS does not name the mall's host.",
            hint="Set ALLOWED_HOSTS=mall.example (several with commas), never *.",
            id="mall.E001",
        )


def public_url() -> Iterator[CheckMessage]:
    """E002."""
    url = urlsplit(settings.PUBLIC_URL)
    host = url.hostname or ""
    reachable = validate_host(host, settings.ALLOWED_HOSTS) and host not in LOOPBACK
    if url.scheme != "https" or not reachable:
        yield Error(
            "PUBLIC_URL is not an https address of a host in ALLOWED_HOSTS.",
            hint="Set PUBLIC_URL=https://mall.example; links in messages start with it.",
            id="mall.E002",
        )


def encryption() -> Iterator[CheckMessage]:
    """E003."""
    if settings.PLAIN_HTTP:
        yield Error(
            "PLAIN_HTTP is on: cookies would travel in clear.",
            hint="Remove PLAIN_HTTP; behind a proxy that ends TLS set BEHIND_PROXY=1.",
            id="mall.E003",
        )


def demo() -> Iterator[CheckMessage]:
    """E004."""
    if settings.DEMO or settings.TESTING:
        yield Error(
            "DEMO or MALL_TESTING is on: messages are written to a file and shown to everybody.",
            hint="Remove both from the environment.",
            id="mall.E004",
        )


def partners() -> Iterator[CheckMessage]:
    """E005, W001."""
    for who, values in (
        ("payment partner", (settings.PAYMENT_GATEWAY_URL, settings.PAYMENT_APP_ID)),
        ("payment partner", (settings.PAYMENT_SELLER_ID,)),
        ("carrier", (settings.CARRIER_URL, settings.CARRIER_ACCOUNT)),
        ("SMS gateway", (settings.SMS_GATEWAY_URL, settings.SMS_ACCOUNT)),
    ):
        if looks_like_sandbox(*values):
            yield Error(
                f"The {who} is the sandbox.",
                hint="Set the partner's own address and account; see docs/settings.md.",
                id="mall.E005",
            )
    if settings.SANDBOX_URL:
        yield Error("SANDBOX_URL is set.", hint="Remove it.", id="mall.E005")
    for who, needed in (
        ("payment partner", PAYMENT),
        ("carrier", ("CARRIER_URL", "CARRIER_ACCOUNT", "CARRIER_SECRET")),
        ("SMS gateway", ("SMS_GATEWAY_URL", "SMS_ACCOUNT", "SMS_SECRET")),
    ):
        missing = [name for name in needed if not getattr(settings, name)]
        if missing:
            yield Warning(
                f"The {who} cannot be reached: {', '.join(missing)} is not set.",
                hint="See docs/settings.md.",
                id="mall.W001",
            )


PAYMENT = (
    "PAYMENT_GATEWAY_URL",
    "PAYMENT_APP_ID",
    "PAYMENT_SELLER_ID",
    "PAYMENT_PRIVATE_KEY",
    "PAYMENT_PARTNER_KEY",
)


def master_key() -> Iterator[CheckMessage]:
    """E006."""
    file = os.environ.get("MASTER_KEY_FILE")
    inside = [settings.VAR, settings.BASE_DIR]
    if not (os.environ.get("MASTER_KEY") or file):
        yield Error(
            "The master key was drawn by this installation.",
            hint="Set MASTER_KEY or MASTER_KEY_FILE, outside databases, repository and backups.",
            id="mall.E006",
        )
    elif file and any(Path(file).resolve().is_relative_to(folder) for folder in inside):
        yield Error(
            "MASTER_KEY_FILE lies inside VAR or the repository.",
            hint="Keep it where no backup of either takes it along.",
            id="mall.E006",
        )
    if not _is_key(settings.MASTER_KEY):
        yield Error(
            "MASTER_KEY is not 32 bytes in base64.",
            hint="Draw one: head -c 32 /dev/urandom | base64",
            id="mall.E006",
        )


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def servers() -> Iterator[CheckMessage]:
    """E007, E008."""
    missing = [name for name in embedded.NEEDED if not embedded.is_configured(name)]
    if "REDIS_URL" in missing:
        yield Error(
            "No broker is set.",
            hint="Set REDIS_URL; without it every job waits for the sweeper.",
            id="mall.E007",
        )
        missing.remove("REDIS_URL")
    if missing:
        yield Error(
            f"{', '.join(missing)} is not set: the mall would start a database of its own.",
            hint="Name your PostgreSQL; the embedded one serves demo and tests.",
            id="mall.E008",
        )


OWNER_ADDRESSES = {"default": "MIGRATE_DATABASE_URL", "keyring": "MIGRATE_KEYRING_URL"}


def roles() -> Iterator[CheckMessage]:
    """E009."""
    for alias, owner in settings.OWNER_DATABASES.items():
        named = embedded.is_configured(OWNER_ADDRESSES[alias])
        if named and settings.DATABASES[alias].get("USER") == owner.get("USER"):
            yield Error(
                f"The application works in the database {alias} as the owner of its tables.",
                hint="Give it a role of its own: docs/operations.md shows how.",
                id="mall.E009",
            )


def secret_key() -> Iterator[CheckMessage]:
    """E010."""
    key = settings.SECRET_KEY
    if len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure-"):
        yield Error(
            "SECRET_KEY is short or easily guessed.",
            hint="Set at least 50 random characters, or leave it out: one is drawn below VAR.",
            id="mall.E010",
        )


def mail() -> Iterator[CheckMessage]:
    """E011."""
    if settings.EMAIL_BACKEND.startswith("django.core.mail.backends.console"):
        yield Error(
            "E-mails would be written to the log, addresses and codes included.",
            hint="Set EMAIL_URL=smtp+tls://user:password@host:587.",
            id="mall.E011",
        )


def journal() -> Iterator[CheckMessage]:
    """W002."""
    if settings.JOURNAL_DIR.resolve().is_relative_to(settings.VAR):
        yield Warning(
            "The journal of decisions lies below VAR.",
            hint="Set JOURNAL_DIR to a folder on another disk that no backup takes along.",
            id="mall.W002",
        )


def vault() -> Iterator[CheckMessage]:
    """W003."""
    folder = settings.VAULT_DIR.resolve()
    inside = any(folder.is_relative_to(other) for other in (settings.VAR, settings.JOURNAL_DIR))
    if inside or not embedded.is_configured("VAULT_DIR"):
        yield Warning(
            "VAULT_DIR is not set, or lies below VAR or beside the journal.",
            hint="Name a folder beside the master key, on every machine the same, in no backup.",
            id="mall.W003",
        )


CHECKS: tuple[Check, ...] = (
    hosts,
    public_url,
    encryption,
    demo,
    partners,
    master_key,
    servers,
    roles,
    secret_key,
    mail,
    journal,
    vault,
)
