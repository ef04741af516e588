"""Drawn scenes for shelves and stores, where there is one."""

from functools import lru_cache

from django.contrib.staticfiles import finders
from django.templatetags.static import static


@lru_cache(maxsize=512)
def scene_url(name: str) -> str:
    """The address of `img/scenes/<name>.svg`, or "" if nobody drew it."""
    path = f"img/scenes/{name}.svg"
    return static(path) if finders.find(path) else ""
