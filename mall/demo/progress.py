"""Whether the demo mall is still being loaded, told by a file that the launcher keeps."""

from pathlib import Path

LOADED = "demo-loaded"
LOADING = "demo-loading"


def is_loading(var: Path) -> bool:
    """Whether goods are on their way."""
    return (var / LOADING).exists()


def is_loaded(var: Path) -> bool:
    """Whether the demo mall was loaded once."""
    return (var / LOADED).exists()


def begin(var: Path) -> None:
    """Loading begins."""
    (var / LOADING).touch()


def end(var: Path, *, well: bool) -> None:
    """Loading has ended, `well` or not."""
    if well:
        (var / LOADED).touch()
    (var / LOADING).unlink(missing_ok=True)
