"""What the rooms above add to a copy: their own story of the rows, and forms that others read.

@graph("orders", family=Family.TRANSACTION, label=_("Your orders, for other programs"))
def orders(subject, after, limit):
    yield order.pk, {"@type": "Order", ...}

@story("orders", label=_("Your orders"), lead=_("…"), template="orders/export.html",
       pages=how_many)
def tell(subject, number):
    return {"orders": [...]}
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from privacy.registry import Family, Text

Objects = Callable[[UUID, int | None, int], Iterator[tuple[int, str]]]
"""Objects of schema.org as JSON text, each with its key, behind a key, at most so many."""
Telling = Callable[[UUID, int], Mapping[str, Any]]
"""What a page of a story says, by its number from 1."""


@dataclass(frozen=True)
class Graph:
    """A file of linked data (JSON-LD)."""

    name: str
    family: Family
    label: Text
    objects: Objects


@dataclass(frozen=True)
class Story:
    """Pages that tell something in order, in place of a table."""

    name: str
    label: Text
    lead: Text
    template: str
    pages: Callable[[UUID], int]
    tell: Telling


_graphs: dict[str, Graph] = {}
_stories: dict[str, Story] = {}


def graph(name: str, *, family: Family, label: Text) -> Callable[[Objects], Objects]:
    """Declare a file of linked data."""

    def register(objects: Objects) -> Objects:
        if name in _graphs:
            raise ValueError(f"The graph {name} is declared twice.")
        _graphs[name] = Graph(name, family, label, objects)
        return objects

    return register


def story(
    name: str, *, label: Text, lead: Text, template: str, pages: Callable[[UUID], int]
) -> Callable[[Telling], Telling]:
    """Declare the pages of a story; `pages` says how many there are for a person."""

    def register(tell: Telling) -> Telling:
        if name in _stories:
            raise ValueError(f"The story {name} is declared twice.")
        _stories[name] = Story(name, label, lead, template, pages, tell)
        return tell

    return register


def graphs() -> list[Graph]:
    """Every declared file of linked data, by name."""
    return sorted(_graphs.values(), key=lambda one: one.name)


def stories() -> list[Story]:
    """Every declared story, by name."""
    return sorted(_stories.values(), key=lambda one: one.name)
