"""`make run`: starts the mall with all its parts, shows what they say, and stops them together.

1. Look for what stands in the way, and say it in one sentence.
2. Start PostgreSQL and Redis, migrate, collect what pages need.
3. Start sandbox, web, worker and beat; load the demo mall once, in the background.
4. Wait for Ctrl-C, SIGTERM, or the end of a part; then stop everything in order.
"""

import errno
import fcntl
import os
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from mall import assets, embedded
from mall.demo import progress
from mall.demo.people import FILE as LOGINS_FILE
from mall.demo.people import PEOPLE, passwords
from mall.processes import ROOT, Output, Process

SPACE_MB = 300
FIRST_ANSWER_SECONDS = 90.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
STOP_ORDER = ("web", "beat", "worker", "bulk", "sandbox")


class CannotRun(Exception):
    """Something stands in the way; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """Where this mall runs."""

    var: Path
    host: str
    port: int
    demo: bool

    @property
    def url(self) -> str:
        """The address for the browser."""
        return os.environ.get("PUBLIC_URL") or f"http://localhost:{self.port}"


def main() -> int:
    """Run until told to stop. The exit status is 0 when a person or a service manager said so."""
    try:
        place = read_place()
        with alone(place):
            port_is_free(place)
            return Launcher(place).run()
    except (CannotRun, embedded.CannotStart) as error:
        sys.stderr.write(f"mall: {error}\n")
        return 1
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}:
            raise
        sys.stderr.write(f"mall: cannot write {error.filename or 'here'}: {error.strerror}.\n")
        return 1


# --- What may stand in the way ------------------------------------------------------------


def read_place() -> Place:
    """PORT, VAR and BIND from the environment. Raises `CannotRun` for nonsense."""
    raw = os.environ.get("PORT") or "8000"
    if not raw.isascii() or not raw.isdigit() or not 0 < int(raw) < 65536:
        raise CannotRun(f"PORT must be a number from 1 to 65535, not {raw!r}.")
    demo = os.environ.get("DEMO", "").lower() in {"1", "true", "yes", "on"}
    host = os.environ.get("BIND") or "127.0.0.1"
    if demo and host not in LOOPBACK and os.environ.get("DEMO_ON_NETWORK") != "yes":
        raise CannotRun(
            f"The demo has passwords that anybody can read, so it does not listen on {host} "
            "unless DEMO_ON_NETWORK=yes says so too."
        )
    var = Path(os.environ.get("VAR") or ROOT / "var").resolve()
    return Place(var, host, int(raw), demo)


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """One launcher for each `VAR`; the second is told where the first one is."""
    try:
        place.var.mkdir(parents=True, exist_ok=True)
        stream = (place.var / "run.lock").open("a+")
    except OSError as error:
        raise CannotRun(f"VAR ({place.var}) cannot be written: {error.strerror}.") from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            pid, _, url = stream.read().strip().partition(" ")
            raise CannotRun(
                f"This mall already runs at {url or 'another port'} (process {pid or 'unknown'}, "
                f"data in {place.var}). Stop it with Ctrl-C there, or start a second mall beside "
                "it: make run PORT=8001 VAR=var-2"
            ) from None
        free = shutil.disk_usage(place.var).free // 1_000_000
        if free < SPACE_MB:
            raise CannotRun(
                f"The disk of {place.var} has {free} MB left; {SPACE_MB} MB are needed."
            )
        stream.truncate(0)
        stream.write(f"{os.getpid()} {place.url}\n")
        stream.flush()
        yield
        stream.truncate(0)


def port_is_free(place: Place) -> None:
    """Raise `CannotRun` when somebody listens there already."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.host, place.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                told = f"Port {place.port} is taken by another program. Choose another: "
                raise CannotRun(f"{told}make run PORT={place.port + 1}") from None
            raise CannotRun(
                f"Cannot listen on {place.host}:{place.port}: {error.strerror}."
            ) from None


# --- Running ------------------------------------------------------------------------------


class Launcher:
    """Starts the parts and stops them in order: doors first, servers last."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.output = Output()
        self.parts: list[Process] = []
        self.loading: Process | None = None
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._status = 0
        self._began = time.monotonic()

    def run(self) -> int:
        """The whole life. Returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._draw_sandbox_port()
        self.say(f"Starting the servers of {self.place.var}")
        embedded.hold(self.place.var)
        try:
            if self._prepare() and self._open():
                self._greet()
                self._load_demo()
                self._watch()
        finally:
            self._stop_parts()
        embedded.let_go(self.place.var)
        self.say("Everything has stopped.")
        return self._status

    def say(self, sentence: str) -> None:
        """The launcher's own words."""
        self.output.line("mall", sentence)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """First: stop in order. Second: at once."""
        (self._hurry if self._stop.is_set() else self._stop).set()

    @property
    def environment(self) -> dict[str, str]:
        """What every part is told."""
        told = {
            "VAR": str(self.place.var),
            "PORT": str(self.place.port),
            "DJANGO_SETTINGS_MODULE": "mall.settings",
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **told}

    def _start(
        self, name: str, *arguments: str, patience: float = 10, polite: bool = False
    ) -> Process:
        return Process(
            name,
            [sys.executable, *arguments],
            self.output,
            environment=self.environment,
            patience=patience,
            polite=polite,
        )

    def _draw_sandbox_port(self) -> None:
        if self.place.demo and "SANDBOX_URL" not in os.environ:
            embedded.settle_ports(self.place.var)

    # 2 -------------------------------------------------------------------------------------

    def _prepare(self) -> bool:
        """Migrate and collect. False when told to stop meanwhile, or when a step failed."""
        steps = []
        fingerprint = assets.static_fingerprint()
        if not assets.static_is_current(self.place.var, fingerprint):
            self.say("Collecting static files (only when they changed)")
            steps.append(self._step("static", "manage.py", "collectstatic", "--noinput"))
        self.say("Bringing the database up to date")
        steps.append(self._step("migrate", "manage.py", "migrate"))
        compiled = assets.compile_messages()
        if compiled:
            self.say(f"Compiled {compiled} message catalogues")
        if not self._all_end_well(steps):
            return False
        assets.note_static(self.place.var, fingerprint)
        return True

    def _step(self, name: str, *arguments: str) -> Process:
        return self._start(name, *arguments, "--verbosity", "0")

    def _all_end_well(self, steps: list[Process]) -> bool:
        """Wait for every step; False as soon as one failed or somebody wants to stop."""
        failed: list[Process] = []
        while not self._stop.is_set():
            failed = [step for step in steps if step.status not in {0, None}]
            if failed or all(step.status == 0 for step in steps):
                break
            time.sleep(0.02)
        for step in steps:
            step.stop(self._hurry.is_set)
            if step in failed:
                self.say(f"{step.name} {step.end}; the lines above say why.")
                self._status = 1
        return not failed and not self._stop.is_set()

    # 3 -------------------------------------------------------------------------------------

    def _open(self) -> bool:
        """Sandbox and web first, so that the first page comes soon; then who works behind."""
        self._start_sandbox()
        bind = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        gunicorn = ("-m", "gunicorn", "--config", "python:mall.gunicorn", "mall.wsgi:application")
        self._add("web", *gunicorn, "--bind", f"{bind}:{self.place.port}")
        if not self._wait_for_first_answer():
            return False
        quiet = ("-W", "ignore:You're running the worker")
        celery = (*quiet, "-m", "celery", "--app", "mall", "--quiet")
        alone = ("--without-mingle", "--without-gossip")
        work = (*celery, "worker", *alone, "--queues")
        self._add("worker", *work, "celery", "--concurrency", "2", patience=20)
        one_by_one = ("bulk", "--pool", "solo", "--hostname", "bulk@%h")
        self._add("bulk", *work, *one_by_one, patience=20, polite=True)
        schedule = str(self.place.var / "beat-schedule")
        self._add("beat", *celery, "beat", "--pidfile=", "--schedule", schedule)
        return True

    def _add(self, name: str, *arguments: str, patience: float = 10, polite: bool = False) -> None:
        self.parts.append(self._start(name, *arguments, patience=patience, polite=polite))

    def _start_sandbox(self) -> None:
        url = os.environ.get("SANDBOX_URL") or embedded.addresses(self.place.var).get("SANDBOX_URL")
        if not url or not (ROOT / "sandbox" / "__main__.py").exists():
            return
        state = os.environ.get("SANDBOX_STATE") or str(self.place.var / "sandbox")
        port = str(urlsplit(url).port or 80)
        self._add("sandbox", "-m", "sandbox", "--port", port, "--state", state, patience=5)

    def _wait_for_first_answer(self) -> bool:
        host = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        host = "127.0.0.1" if host in {"0.0.0.0", "[::]"} else host  # noqa: S104 - read, not bound
        end = time.monotonic() + FIRST_ANSWER_SECONDS
        while time.monotonic() < end:
            if self._somebody_ended() or self._stop.is_set():
                return False
            try:
                with urllib.request.urlopen(f"http://{host}:{self.place.port}/healthz", timeout=5):
                    return True
            except urllib.error.HTTPError:
                return True
            except OSError:
                time.sleep(0.1)
        self.say(f"The web server gave no answer within {FIRST_ANSWER_SECONDS:.0f} seconds.")
        self._status = 1
        return False

    def _greet(self) -> None:
        lines = [
            f"The mall is open: {self.place.url} (after {time.monotonic() - self._began:.0f} s)"
        ]
        if self.place.demo:
            drawn = passwords(self.place.var)
            lines += [
                f"Chinese: {self.place.url}/zh-hans/",
                f"Administration: {self.place.url}/admin/",
                f"Messages and one-time codes: {self.place.url}/demo/outbox/",
                f"Demo logins (also in {self.place.var / LOGINS_FILE}):",
            ]
            lines += [f"  {who.email:<30} {drawn[who.code]:<34} {who.what}" for who in PEOPLE]
        lines.append("Ctrl-C stops everything.")
        for line in lines:
            self.say(line)

    def _load_demo(self) -> None:
        """Once for each VAR. The pages are up meanwhile and say that goods are on their way."""
        if not self.place.demo or progress.is_loaded(self.place.var):
            return
        self.say("Loading the demo mall in the background; goods and logins appear in a moment.")
        progress.begin(self.place.var)
        self.loading = self._start("demo", "manage.py", "demo", polite=True)

    # 4 -------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self._note_demo()
            if self._somebody_ended():
                return
            for server in embedded.revive(self.place.var):
                self.say(f"{server} had stopped and was started again.")

    def _somebody_ended(self) -> bool:
        for part in self.parts:
            if part.status is not None:
                self.say(f"{part.name} {part.end}, so the mall stops.")
                self._status = 1
                return True
        return False

    def _note_demo(self) -> None:
        if self.loading is None or self.loading.status is None:
            return
        well = self.loading.status == 0
        self.loading.stop(self._hurry.is_set)
        self.loading = None
        progress.end(self.place.var, well=well)
        if well:
            self.say("The demo mall is loaded.")
        else:
            self.say("The demo mall could not be loaded; the next start tries again.")

    def _stop_parts(self) -> None:
        if self.parts or self.loading:
            self.say("Stopping (Ctrl-C again to hurry)")
        self._stop.set()
        if self.loading is not None:
            self.loading.stop(self._hurry.is_set)
            progress.end(self.place.var, well=False)
        # Doors first, then who works behind them, then the partners that they may still ask.
        for part in sorted(self.parts, key=lambda part: STOP_ORDER.index(part.name)):
            part.stop(self._hurry.is_set)


if __name__ == "__main__":
    sys.exit(main())
