"""What is made from the sources before pages can be shown: static files and message catalogues."""

import hashlib
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent


def compile_messages() -> int:
    """Write each `.mo` that is older than its `.po`; returns how many. Needs no gettext."""
    compiled = 0
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        part = target.with_suffix(".part")
        polib.pofile(str(source)).save_as_mofile(str(part))
        part.replace(target)
        compiled += 1
    return compiled


def static_fingerprint() -> str:
    """Changes when a static file of ours or the installed packages change."""
    digest = hashlib.sha256((ROOT / "requirements" / "base.txt").read_bytes())
    for file in sorted((ROOT / "static").rglob("*")):
        if file.is_file():
            stat = file.stat()
            line = f"{file.relative_to(ROOT)} {stat.st_size} {stat.st_mtime_ns}\n"
            digest.update(line.encode())
    return digest.hexdigest()


def static_is_current(var: Path, fingerprint: str) -> bool:
    """Whether the files collected below `var` are those of this fingerprint."""
    try:
        return (var / "static-collected").read_text() == fingerprint
    except FileNotFoundError:
        return False


def note_static(var: Path, fingerprint: str) -> None:
    """Remember what was collected."""
    (var / "static-collected").write_text(fingerprint)
