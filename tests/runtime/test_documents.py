"""What operators read says what the code does."""

import re

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from jobs.registry import all_jobs

DOCS = settings.BASE_DIR / "docs"


def rows(name: str) -> dict[str, list[str]]:
    """The rows of every table of a page, by what stands in the first column."""
    found = {}
    for line in (DOCS / name).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells
    return found


def test_every_job_is_described_with_its_rounds_and_its_period():
    autodiscover_modules("tasks")
    described = rows("jobs.md")
    ours = [kind for kind in all_jobs() if not kind.name.startswith("test")]
    assert sorted(described) == [kind.name for kind in ours]
    for kind in ours:
        if kind.at is not None:
            assert described[kind.name][1] == f"day, at {kind.at:%H:%M} in Shanghai", kind.name
        elif kind.every is None:
            assert described[kind.name][2] == str(kind.retries), kind.name
        else:
            assert described[kind.name][1] == in_words(kind.every.total_seconds()), kind.name


def in_words(seconds: float) -> str:
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % size == 0:
            number = int(seconds // size)
            return f"{number} {unit}" + ("" if number == 1 else "s")
    raise AssertionError(seconds)


def test_every_deploy_check_is_described_with_its_id():
    source = (settings.BASE_DIR / "mall" / "checks.py").read_text()
    assert sorted(rows("operations.md").keys() & set(ids(source))) == ids(source)


def ids(text: str) -> list[str]:
    return sorted(set(re.findall(r'id="(mall\.[EW]\d+)"', text)))


def test_every_name_that_is_read_from_the_environment_is_described():
    described = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (DOCS / "settings.md").read_text()))
    names = set()
    for file in ("settings.py", "gunicorn.py", "run.py", "embedded.py"):
        source = (settings.BASE_DIR / "mall" / file).read_text()
        names |= set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', source))
        names |= set(re.findall(r'environ\.get\("([A-Z_]+)"', source))
    known_elsewhere = {"HOME", "XDG_STATE_HOME", "PATH", "TMPDIR"}
    assert names - described - known_elsewhere == set()
