"""The locks say what is installed, to the byte, and nothing about where it comes from."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mall import bootstrap, locks


@pytest.fixture
def copy(tmp_path):
    """A copy of the requirements to spoil."""
    for name in ("pyproject.toml", "requirements/base.txt", "requirements/dev.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(locks.ROOT / name, tmp_path / name)
    return tmp_path


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_our_locks_are_in_order():
    assert list(locks.complain(locks.ROOT)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("requirements/base.txt", "#\n", "--index-url https://pypi.example/simple\n", "index"),
        ("requirements/base.txt", "celery==5.7.0", "celery==5.6.0", "pyproject.toml asks"),
        ("requirements/dev.txt", "celery==", "celery==9", "does not hold celery"),
        ("requirements/base.txt", "celery==", "celery>=", "has no version or no hash"),
        ("pyproject.toml", '"gunicorn~=', '"gunicorn>=', "name~=version"),
        ("pyproject.toml", '"gunicorn~=', '"notlocked~=1.0",\n  "gunicorn~=', "notlocked"),
    ],
)
def test_what_is_wrong_is_named(copy, file, old, new, told):
    if "celery==5.7.0" in old and old not in (copy / file).read_text():
        old = next(
            line.split(" ")[0]
            for line in (copy / file).read_text().splitlines()
            if line.startswith("celery==")
        )
    spoil(copy / file, old, new)
    assert any(told in complaint for complaint in locks.complain(copy))


@pytest.mark.parametrize("version", ["3.6", "3.9", "3.10"])
def test_an_old_python_is_told_what_is_needed(version):
    old = shutil.which(f"python{version}")
    if old is None or bootstrap._version_of(old) == ():
        pytest.skip(f"There is no Python {version} here.")
    result = subprocess.run(
        [old, "-I", bootstrap.__file__, "base"],
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "Python 3.11 or 3.12 is needed" in line


def test_the_front_part_needs_nothing_but_python():
    code = (
        "import runpy, sys; sys.argv = ['bootstrap', 'base'];"
        f"runpy.run_path({bootstrap.__file__!r}, run_name='imported')"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_nothing_is_installed_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bootstrap, "_make_venv", lambda: None)
    ran: list[object] = []
    monkeypatch.setattr(bootstrap, "_run", ran.append)
    bootstrap._prepare("dev")
    bootstrap._prepare("dev")
    bootstrap._prepare("base")
    assert len(ran) == 1, "the lock for development holds everything of the other"


@pytest.mark.parametrize("space", [10, 699])
def test_a_full_disk_is_told(tmp_path, monkeypatch, space):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    usage = type("Usage", (), {"free": space * 1_000_000})
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(bootstrap.CannotPrepare, match=f"has {space} MB left"):
        bootstrap._enough_space("base")


def test_a_newer_python_without_redis_is_told(monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    monkeypatch.setattr(bootstrap, "VENV", Path("/nowhere"))
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(bootstrap.CannotPrepare, match="install redis-server, or a C compiler"):
        bootstrap._find_redis()
