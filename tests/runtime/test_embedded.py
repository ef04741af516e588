"""The embedded servers come when somebody needs them and leave with the last one."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mall import embedded
from tests.support.processes import ROOT

HOLD = """
import sys
from pathlib import Path
from mall import embedded
embedded.hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


class Holder:
    """A process that needs the servers until it is told to leave."""

    def __init__(self, var: Path) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(var)],
            cwd=ROOT,
            env=surroundings(var),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> "Holder":
        assert self.child.stdout is not None
        assert self.child.stdout.readline() == "held\n"
        return self

    def leave(self) -> None:
        self.child.communicate(timeout=60)
        assert self.child.returncode == 0


def surroundings(var: Path) -> dict[str, str]:
    """No address is configured, and HOME is empty."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    home = var.parent / "home"
    home.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "VAR": str(var), "MALL_TESTING": "1"}


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch):
    for name in embedded.ADDRESS_NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A new installation; nothing of it is left afterwards."""
    folder = tmp_path / "var"
    yield folder
    for pid in servers_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(outside(folder), ignore_errors=True)


def outside(var: Path) -> Path:
    """Where the data of PostgreSQL lies when the servers may not enter `var`."""
    return embedded.SHARED_FOLDER / f"osmanthus-mall-{embedded.digest(var)}"


def servers_of(var: Path) -> list[int]:
    """Process ids of every process that speaks of this installation on its command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            ports = drawn(var)
            ours = str(var) in command or embedded.digest(var) in command
            if ours or (ports and f"127.0.0.1:{ports['redis_port']}" in command):
                found.append(int(entry.name))
    return found


def drawn(var: Path) -> dict[str, str]:
    with contextlib.suppress(FileNotFoundError):
        return json.loads((var / "secrets" / "embedded.json").read_text())
    return {}


def modes(*paths: Path) -> dict[str, int]:
    """The modes of these paths and of every folder above them."""
    found = {}
    for path in paths:
        for part in (path, *path.parents):
            if part.exists():
                found[str(part)] = part.stat().st_mode
    return found


def is_up(var: Path) -> bool:
    return all(
        embedded._answers("127.0.0.1", drawn(var)[name]) for name in ("postgres_port", "redis_port")
    )


def test_the_last_one_out_stops_the_servers_and_leaves_no_process(var):
    first, second = Holder(var), Holder(var)
    first.wait()
    second.wait()
    assert len((var / "embedded" / "users").read_text().split()) == 2
    assert len(servers_of(var)) >= 4
    first.leave()
    assert is_up(var)
    second.leave()
    assert servers_of(var) == []
    assert not is_up(var)


def test_one_who_was_killed_does_not_count(var):
    killed = Holder(var).wait()
    killed.child.kill()
    killed.child.communicate(timeout=10)
    Holder(var).wait().leave()
    assert servers_of(var) == []


def test_no_permission_outside_var_changes(var):
    places = (
        var.parent,
        embedded.SHARED_FOLDER,
        Path(sys.prefix),
        Path(embedded.__file__),
        Path.home(),
    )
    before = modes(*places)
    assert before[str(var.parent)] & 0o077 == 0, "the bait: a folder that nobody else may enter"
    Holder(var).wait().leave()
    after = modes(*places)
    assert {name: mode for name, mode in after.items() if name in before} == before


def test_a_server_that_dies_is_started_again(var, monkeypatch):
    for name, value in surroundings(var).items():
        monkeypatch.setenv(name, value)
    holder = Holder(var).wait()
    assert embedded.revive(var) == []
    os.kill(embedded._pid_in(var / "embedded" / "redis" / "redis.pid"), signal.SIGKILL)
    wait_until(lambda: not embedded._redis_is_alive(var))
    assert embedded.revive(var) == ["Redis"]
    assert is_up(var)
    holder.leave()
    assert servers_of(var) == []


def test_a_paused_redis_does_not_keep_the_last_one_from_leaving(var):
    holder = Holder(var).wait()
    os.kill(embedded._pid_in(var / "embedded" / "redis" / "redis.pid"), signal.SIGSTOP)
    holder.leave()
    assert servers_of(var) == []


def test_a_port_that_a_stranger_took_is_drawn_anew(var):
    embedded.settle_ports(var)
    taken = drawn(var)["redis_port"]
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", int(taken)))
        stranger.listen()
        Holder(var).wait().leave()
    assert drawn(var)["redis_port"] != taken


def test_the_log_of_postgresql_holds_no_value(var):
    holder = Holder(var).wait()
    secret = "+8613800138000"
    known = drawn(var)
    address = f"host=127.0.0.1 port={known['postgres_port']} dbname=mall user=mall_owner"
    with psycopg.connect(address, password=known["mall_owner"], autocommit=True) as connection:
        connection.execute("CREATE TABLE probe (phone text UNIQUE)")
        connection.execute("INSERT INTO probe VALUES (%s)", [secret])
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            connection.execute("INSERT INTO probe VALUES (%s)", [secret])
        assert secret in str(caught.value), "the bait: the server does speak of the value"
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute(f"SELEC '{secret}'")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address, password="wrong")
    holder.leave()
    folder = outside(var) if outside(var).exists() else var / "embedded" / "postgres"
    log = (folder / "postgres.log").read_text()
    assert "password authentication failed" in log, "the bait: it is the log of this server"
    assert secret not in log
    assert "probe" not in log


def test_a_lost_master_key_is_not_replaced_in_silence(var, monkeypatch):
    for name, value in surroundings(var).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    key = embedded.master_key(var)
    assert embedded.master_key(var) == key
    (file,) = (var.parent / "home").rglob("*.key")
    assert not file.is_relative_to(var)
    assert file.stat().st_mode & 0o077 == 0
    file.unlink()
    with pytest.raises(embedded.CannotStart, match="master key"):
        embedded.master_key(var)


def wait_until(condition, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
