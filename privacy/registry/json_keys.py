"""Keys of JSON columns: what is written under a key that nobody declared is noticed.

The columns of declared tables are watched where they are prepared for the database, so that no
way of writing them goes unseen. The name of the key is logged and counted in the audit ledger,
its value never; under test it raises, so that the key is declared before anybody meets it.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from privacy.enums import Action
from privacy.fields import Sealed, SealedJSONField
from privacy.registry.vocabulary import JsonKeys, PersonalData

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]*]{0,59}")
"""What may be repeated of a key: a name. Anything else could be a value."""
Tree = dict[str, "Tree"]


class UnknownKey(Exception):
    """A key of a JSON column stands in no declaration."""


def is_json(column: Any) -> bool:
    """Whether a column holds JSON, sealed or not."""
    return isinstance(column, (models.JSONField, SealedJSONField))


def tree_of(keys: JsonKeys) -> Tree:
    """Key paths as a tree of their parts."""
    tree: Tree = {}
    for path in keys:
        node = tree
        for part in parts_of(path):
            node = node.setdefault(part, {})
    return tree


def parts_of(path: str) -> list[str]:
    """`a.b[]` is a, b and each of a list."""
    return [part for part in path.replace("[]", ".[]").split(".") if part]


def unknown_keys(value: Any, tree: Tree, path: str = "") -> Iterator[str]:
    """The paths in `value` that the tree does not have."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            node = tree.get(str(key), tree.get("*"))
            if node is None:
                yield here
            else:
                yield from unknown_keys(inner, node, here)
    elif isinstance(value, (list, tuple)) and value:
        here = f"{path}[]"
        node = tree.get("[]")
        if node is None:
            yield here
        else:
            for inner in value:
                yield from unknown_keys(inner, node, here)


def watch(model: type[models.Model], data: type[PersonalData]) -> None:
    """Watch the JSON columns of a table as its declaration names their keys."""
    for column in model._meta.concrete_fields:
        if is_json(column) and column.name in data.json_keys:
            kind: Any = type(column)
            column.__class__ = _watched(kind)
            column.json_tree = tree_of(data.json_keys[column.name])  # type: ignore[attr-defined]


class Watched:
    """Mixed into the class of a watched column."""

    json_tree: Tree
    model: type[models.Model]
    name: str

    def notice(self, value: Any) -> None:
        """Speak up for every key that nobody declared."""
        for path in sorted(set(unknown_keys(value, self.json_tree))):
            noticed(self.model, self.name, path)


@cache
def _watched(kind: type[Any]) -> type[Any]:
    """The class of a column, watched. Migrations see the class that it was."""
    if issubclass(kind, Watched):
        return kind
    namespace: dict[str, Any] = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    if issubclass(kind, SealedJSONField):
        namespace["pre_save"] = _pre_save_sealed
    else:
        namespace["get_db_prep_save"] = _get_db_prep_save
    return type(kind.__name__, (Watched, kind), namespace)


def _pre_save_sealed(self: Any, model_instance: models.Model, add: bool) -> Any:
    value = model_instance.__dict__.get(self.attname)
    if not isinstance(value, Sealed):
        self.notice(value)
    return SealedJSONField.pre_save(self, model_instance, add)


def _get_db_prep_save(self: Any, value: Any, connection: Any) -> Any:
    if not hasattr(value, "as_sql"):
        self.notice(value)
    return models.JSONField.get_db_prep_save(self, value, connection)


# --- What happens then ------------------------------------------------------------------


_told: set[tuple[str, str]] = set()
"""What this process has written into the ledger already."""


def noticed(model: type[models.Model], column: str, path: str) -> None:
    """A key that nobody declared is about to be written. Raises `UnknownKey` under test."""
    place = f"{model._meta.label}.{column}"
    name = path if NAME.fullmatch(path) else "(not a name)"
    if settings.TESTING:
        raise UnknownKey(f"{place} has no key {name}: declare it in json_keys.")
    logger.warning("json key not declared: %s %s", place, name)
    ledger = apps.get_model("privacy", "AuditEntry")
    if (place, name) in _told or model is ledger:
        return
    _told.add((place, name))
    from privacy import audit  # noqa: PLC0415 - the ledger itself has a watched column

    audit.record(Action.UNKNOWN_KEY, actor=None, detail={"column": place, "key": name})
