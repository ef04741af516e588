"""The whole mall as `make run` starts it, seen from outside: pages, processes, what it says."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mall import embedded

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "TMPDIR", "LANG", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Page:
    """An answer and how long it took."""

    status: int
    text: str
    seconds: float
    headers: dict[str, str]


class Installation:
    """A `VAR` with a port, and the environment of a newcomer."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        """No address is configured and HOME is empty."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = {"HOME": str(self.home), "VAR": str(self.var), "PORT": str(self.port), "DEMO": "1"}
        return {**kept, **own, "DJANGO_SETTINGS_MODULE": "mall.settings"}

    @property
    def drawn(self) -> dict[str, str]:
        """Ports and passwords of its servers."""
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.var / "secrets" / "embedded.json").read_text())
        return {}

    @property
    def redis_pid(self) -> int:
        """The process id of its Redis, or 0."""
        return embedded._pid_in(self.var / "embedded" / "redis" / "redis.pid")

    def get(self, path: str, *, timeout: float = 10) -> Page:
        """Ask for a page."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}"})
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            headers = {name.lower(): value for name, value in answer.getheaders()}
        return Page(answer.status, text, time.monotonic() - began, headers)

    def ready(self) -> dict[str, Any]:
        """What /readyz says, with its status."""
        page = self.get("/readyz")
        return {**json.loads(page.text), "status": page.status}

    def processes(self) -> list[str]:
        """The command lines of every process of this installation."""
        marks = [str(self.var), embedded.digest(self.var)]
        marks += [f":{self.port}"]
        marks += [f":{self.drawn['redis_port']}"] if self.drawn else []
        own = f"VAR={self.var}\0".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (entry / "environ").read_bytes()
                if own in environment or any(mark in command for mark in marks):
                    found.append(f"{entry.name} {command}")
        return found

    def python(self, code: str, *, timeout: float = 60) -> str:
        """Run a piece of Python with Django set up beside the running mall."""
        result = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert result.returncode == 0, result.stderr[-3000:]
        return result.stdout


class Part:
    """One process of an installation, started without the launcher."""

    def __init__(self, place: Installation, name: str, *arguments: str) -> None:
        self.log = place.home / f"{name}.log"
        with self.log.open("wb") as stream:
            self.popen = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=place.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask it to end, then insist."""
        self.popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()


class Launcher:
    """`python -m mall.run` of one installation."""

    def __init__(self, place: Installation, **extra: str) -> None:
        self.place = place
        self.log = place.home / f"run-{time.monotonic_ns()}.log"
        with self.log.open("wb") as stream:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "mall.run"],
                cwd=ROOT,
                env={**place.environment, **extra},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """Everything that was said so far."""
        return self.log.read_text(errors="replace")

    def says(self, sentence: str, *, seconds: float = 120) -> "Launcher":
        """Wait until it says so."""
        wait_until(
            lambda: sentence in self.output or self.popen.poll() is not None, seconds=seconds
        )
        assert sentence in self.output, self.output[-4000:]
        return self

    def opens(self) -> "Launcher":
        """Wait for the address."""
        return self.says("The mall is open")

    def ends(self, *, seconds: float = 60) -> int:
        """Wait for its end; the exit status."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"It does not end.\n{self.output[-4000:]}") from None

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        return self.ends()

    def clean_up(self) -> None:
        """After a test: whatever is still there goes."""
        with contextlib.suppress(AssertionError):
            self.stop()
        self.popen.kill()
        self.popen.wait()


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for `condition` to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.1)
