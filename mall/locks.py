"""Whether the locked requirements are what they should be; a part of `make check`.

    python -m mall.locks

Every requirement has hashes and one version, no line names an index, the lock for development
holds everything of the lock for running, and both hold what pyproject.toml asks for.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+?)(?: ;[^\\\n]*)? \\\n((?:    --hash=.*\n?)+)", re.MULTILINE
)
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?~=([0-9.]+)")


def main() -> int:
    """Print what is wrong; the status is the number of complaints, at most 1."""
    complaints = list(complain(ROOT))
    for complaint in complaints:
        sys.stderr.write(f"requirements: {complaint}\n")
    return min(len(complaints), 1)


def complain(root: Path) -> Iterator[str]:
    """Each thing that is wrong, as a sentence."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    texts = {kind: (root / "requirements" / f"{kind}.txt").read_text() for kind in ("base", "dev")}
    locked = {kind: entries(text) for kind, text in texts.items()}
    for kind, text in texts.items():
        yield from _form(kind, text)
    for name, version in locked["base"].items():
        if locked["dev"].get(name) != version:
            yield f"dev.txt does not hold {name}=={version} of base.txt."
    yield from _asked(project["dependencies"], "base", locked["base"])
    yield from _asked(project["optional-dependencies"]["dev"], "dev", locked["dev"])


def entries(text: str) -> dict[str, str]:
    """Name and version of every entry with hashes."""
    return {_plain(match[1]): match[2] for match in ENTRY.finditer(text)}


def _form(kind: str, text: str) -> Iterator[str]:
    if re.search(
        r"^\s*(--index-url|--extra-index-url|--find-links|--trusted-host|-i |-f )",
        text,
        re.MULTILINE,
    ):
        yield f"{kind}.txt names an index."
    if any("://" in line for line in text.splitlines() if not line.lstrip().startswith("#")):
        yield f"{kind}.txt holds an address."
    pinned = re.findall(r"^([A-Za-z0-9._-]+)", text, re.MULTILINE)
    for name in pinned:
        if _plain(name) not in entries(text):
            yield f"{kind}.txt: {name} has no version or no hash."


def _asked(requirements: list[str], kind: str, locked: dict[str, str]) -> Iterator[str]:
    for requirement in requirements:
        match = REQUIREMENT.match(requirement)
        if match is None:
            yield f"pyproject.toml: write {requirement!r} as name~=version."
            continue
        name, wanted = _plain(match[1]), match[2].split(".")
        found = locked.get(name, "")
        if not found or found.split(".")[: len(wanted) - 1] != wanted[:-1]:
            yield f"{kind}.txt: pyproject.toml asks {match[2]} of {name}, not {found or 'nothing'}."


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
