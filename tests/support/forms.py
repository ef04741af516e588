"""Every field of every form of the mall, by name."""

import importlib
import inspect
import re
from pathlib import Path

from django import forms
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]


def form_fields() -> set[str]:
    """The names of fields of the forms in our apps, and of inputs that stand in templates."""
    found = set()
    for config in apps.get_app_configs():
        if not Path(config.path).is_relative_to(ROOT) or ".venv" in config.path:
            continue
        for file in Path(config.path).rglob("*form*.py"):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            found |= _fields_of(importlib.import_module(module))
    for page in (ROOT / "templates").rglob("*.html"):
        found |= set(
            re.findall(r"<(?:input|select|textarea)[^>]*\sname=\"([^\"]+)\"", page.read_text())
        )
    return found


def _fields_of(module: object) -> set[str]:
    return {
        f"{form.__name__}.{name}"
        for _name, form in inspect.getmembers(module, inspect.isclass)
        if issubclass(form, forms.BaseForm)
        for name in getattr(form, "base_fields", {})
    }
