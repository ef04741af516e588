"""Real processes beside the tests: a worker, the partners' sandbox, children that die."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connections

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = {"default": "DATABASE_URL", "keyring": "KEYRING_URL"}


def environment(**extra: str) -> dict[str, str]:
    """The environment of a process that works as the application on this test's databases."""
    from mall import settings as production

    found = {
        "DJANGO_SETTINGS_MODULE": "mall.settings",
        "MALL_TESTING": "1",
        "VAR": str(settings.VAR),
        "SECRET_KEY": settings.SECRET_KEY,
        "MASTER_KEY": settings.MASTER_KEY,
        "REDIS_URL": settings.REDIS_URL,
        "SANDBOX_URL": settings.SANDBOX_URL,
        "SANDBOX_STATE": str(settings.SANDBOX_STATE),
        "JOURNAL_DIR": str(settings.JOURNAL_DIR),
        "VAULT_DIR": str(settings.VAULT_DIR),
        "PYTHONPATH": str(ROOT),
    }
    for alias, name in ADDRESSES.items():
        database = str(connections[alias].settings_dict["NAME"])
        found[name] = _address(production.DATABASES[alias], database)
        found[f"MIGRATE_{name}"] = _address(production.OWNER_DATABASES[alias], database)
    return {**os.environ, **found, **extra}


def _address(database: dict[str, Any], name: str) -> str:
    password = quote(str(database["PASSWORD"]), safe="")
    return f"postgres://{database['USER']}:{password}@{database['HOST']}:{database['PORT']}/{name}"


def python(
    code: str, *arguments: str, timeout: float = 60, **extra: str
) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python with Django set up, in a process of its own."""
    prepared = f"import django\ndjango.setup()\n{code}"
    return subprocess.run(
        [sys.executable, "-c", prepared, *arguments],
        env=environment(**extra),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Process:
    """A process that a test started, and that is gone after the test."""

    def __init__(self, command: list[str], log: Path, **extra: str) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            self.popen = subprocess.Popen(
                command,
                env=environment(**extra),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id; also the id of its group."""
        return self.popen.pid

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.signal(signal.SIGKILL)
        self.popen.wait(10)

    def stop(self) -> None:
        """Ask it to end, and make sure."""
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(15)
        self.kill()

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Wait for `condition`; a process that ended, or that takes too long, is an error."""
        end = time.monotonic() + seconds
        while not condition():
            if self.popen.poll() is not None:
                raise AssertionError(f"{what}: the process ended.\n{self.output()}")
            if time.monotonic() > end:
                raise AssertionError(f"{what}: it took too long.\n{self.output()}")
            time.sleep(0.05)

    def output(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-4000:]


class Worker:
    """A Celery worker, with beat inside when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: Process | None = None

    def start(self, *, beat: bool = False, concurrency: int = 2) -> "Worker":
        """Start it, and wait until it takes jobs."""
        log = self.folder / "worker.log"
        command = [sys.executable, "-m", "celery", "-A", "mall", "worker", "-l", "info"]
        command += ["-c", str(concurrency), "-Q", "celery,bulk"]
        command += ["--without-mingle", "--without-gossip"]
        if beat:
            command += ["-B", "-s", str(self.folder / "beat-schedule")]
        log.unlink(missing_ok=True)
        self.process = Process(command, log)
        self.process.wait_until(lambda: "ready." in self.process.output(), "worker")
        return self

    @property
    def pid(self) -> int:
        """The process id of the worker's main process."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL, children included."""
        assert self.process is not None
        self.process.kill()

    def stop(self) -> None:
        """End it, if it lives."""
        if self.process is not None:
            self.process.stop()
            self.process = None


class Sandbox:
    """The partners' stand-ins on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: Process | None = None
        self.url = str(settings.SANDBOX_URL)

    def start(self) -> "Sandbox":
        """Start them, and wait until they listen."""
        port = urlsplit(self.url).port
        assert port is not None
        state = str(settings.SANDBOX_STATE)
        command = [sys.executable, "-m", "sandbox", "--port", str(port), "--state", state]
        command += ["--parcel-seconds", "0"]
        self.process = Process(command, self.folder / "sandbox.log")
        self.process.wait_until(lambda: listens(port), "sandbox")
        return self

    def stop(self) -> None:
        """End them, if they live."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the control page: `control("faults", {...})`; without a body it is a question."""
        import requests

        from common.partner_keys import sandbox_section

        token = sandbox_section("control")["token"]
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                "GET" if body is None else "POST",
                f"{self.url}/control/{path}",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=10,
            )
        answer.raise_for_status()
        return answer.json()

    def reset(self) -> None:
        """Forget faults and habits."""
        self.control("reset", {})


def listens(port: int) -> bool:
    """Whether somebody listens on this port of loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False
