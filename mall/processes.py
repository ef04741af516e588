"""The processes that the launcher starts, and what they say, line by line."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 8
COLOURS = {
    "mall": "1",
    "web": "36",
    "worker": "32",
    "bulk": "32",
    "beat": "34",
    "sandbox": "35",
    "demo": "33",
}
HIDDEN_FIELDS = frozenset({"at", "level", "logger", "event", "request_id"})
PROBES = frozenset({"healthz", "readyz"})
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class Output:
    """One place where every process writes, each line with the name of who says it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        """Write one line. A reader that has gone away (a closed pipe) is no reason to fail."""
        prefix = f"{name:<{WIDTH}}|"
        if self._coloured:
            prefix = f"\x1b[{COLOURS.get(name, '0')}m{prefix}\x1b[0m"
        with self._lock:
            try:
                sys.stdout.write(f"{prefix} {text}\n")
                sys.stdout.flush()
            except (BrokenPipeError, ValueError):
                pass


def readable(line: str) -> str:
    """A structured log line as a person reads it; any other line as it is.

    Empty for what only says that a probe was answered.
    """
    if not line.startswith("{"):
        return line
    try:
        entry = json.loads(line)
        at = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S")
        level, event, logger = entry["level"], entry["event"], entry["logger"]
    except (ValueError, KeyError, TypeError):
        return line
    if logger == "mall.request":
        if entry.get("view") in PROBES and entry.get("status") == 200:
            return ""
        told = f"{entry.get('method')} {entry.get('view') or '-'} {entry.get('status')}"
        text = f"{told} {entry.get('ms')} ms"
    else:
        fields = [f"{name}={entry[name]}" for name in entry if name not in HIDDEN_FIELDS]
        text = " ".join([logger, event, *fields])
    mark = "" if level == "info" else f"{level.upper()} "
    named = entry.get("request_id")
    return f"{at} {mark}{text}" + (f" [{named}]" if named else "")


class Process:
    """A child in a group of its own, so that Ctrl-C reaches the launcher alone."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        output: Output,
        *,
        environment: dict[str, str],
        patience: float = 10,
        polite: bool = False,
    ) -> None:
        """Start it. `patience` is how long it may take to end; `polite` yields the processor."""
        self.name = name
        self.patience = patience
        self._output = output
        self._child = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_prepare_child(polite),  # noqa: PLW1509 - two system calls, no Python state
        )
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"read {name}")
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            text = readable(line.strip("\r\n"))
            if text.strip():
                self._output.line(self.name, text)

    @property
    def status(self) -> int | None:
        """How it ended, or None while it lives."""
        return self._child.poll()

    @property
    def end(self) -> str:
        """How it ended, in words."""
        status = self._child.poll()
        if status is None:
            return "still runs"
        if status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Ask it to end; when patience runs out, or somebody is in a hurry, insist."""
        if self._child.poll() is None:
            self._signal(signal.SIGTERM)
        end = time.monotonic() + self.patience
        while self._child.poll() is None and time.monotonic() < end and not hurry():
            time.sleep(0.05)
        # Whatever of its group is left goes with it, be it dead or alive.
        self._signal(signal.SIGKILL, group=True)
        self._child.wait()
        self._reader.join(timeout=2)

    def _signal(self, number: signal.Signals, *, group: bool = False) -> None:
        try:
            if group:
                os.killpg(self._child.pid, number)
            else:
                self._child.send_signal(number)
        except (ProcessLookupError, PermissionError):
            pass


def _prepare_child(polite: bool) -> Callable[[], None]:
    def prepare() -> None:
        # A launcher that is killed outright takes its children with it.
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if polite:
            os.nice(10)

    return prepare
