"""Overrides for speed and for many test processes side by side.

The databases are made as their owner; tests work as the application's role (tests/conftest.py).
Each process of pytest-xdist has databases, a Redis number, a sandbox port and folders of its own
on the same servers.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("MALL_TESTING", "1")
os.environ.setdefault("VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))

from mall import embedded

SERVERS_VAR = Path(os.environ["VAR"]).resolve()
"""Whose embedded servers the tests use."""
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def _of_this_worker() -> dict[str, str]:
    """The environment of one process of pytest-xdist; nothing for a single process."""
    if not WORKER:
        return {}
    own = SERVERS_VAR / WORKER
    found = {name: value for name, value in embedded.addresses(SERVERS_VAR).items() if value}
    server = (found.get("REDIS_URL") or os.environ["REDIS_URL"]).rsplit("/", 1)[0]
    return {
        **found,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or embedded.secret(SERVERS_VAR, "secret_key"),
        "MASTER_KEY": os.environ.get("MASTER_KEY") or embedded.master_key(SERVERS_VAR),
        "REDIS_URL": f"{server}/{int(WORKER.removeprefix('gw')) % 15 + 1}",
        **{
            name: address
            for name, address in embedded.addresses(own).items()
            if name == "SANDBOX_URL"
        },
        "VAR": str(own),
    }


@contextmanager
def _environment(extra: dict[str, str]) -> Iterator[None]:
    """Settings read `extra`; what tests start themselves later does not."""
    before = {name: os.environ.get(name) for name in extra}
    os.environ.update(extra)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


with _environment(_of_this_worker()):
    from mall.settings import *  # noqa: F403

from mall import settings as _settings  # noqa: E402

DATABASES = {name: {**database} for name, database in _settings.OWNER_DATABASES.items()}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **_settings.STORAGES,
    # Nobody collects files before a test.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
