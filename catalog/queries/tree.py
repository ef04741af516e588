"""The tree of categories: read once, never level by level."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.cache import cache
from django.urls import reverse

from catalog.models import TREE_KEY, Category, in_language

TREE_SECONDS = 60
_COLUMNS = ("pk", "slug", "name_en", "name_zh", "path", "position")


@dataclass(frozen=True)
class CategoryNode:
    """A category as pages show it."""

    pk: int
    slug: str
    name_en: str
    name_zh: str
    path: str
    position: int
    children: "list[CategoryNode]" = field(default_factory=list, compare=False)

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self.name_en, self.name_zh)

    @property
    def url(self) -> str:
        """The category's page."""
        return reverse("catalog:category", args=[self.slug])

    def below(self) -> "Iterator[CategoryNode]":
        """This category and everything in it."""
        yield self
        for child in self.children:
            yield from child.below()


class CategoryTree:
    """All categories, in the order in which people read them."""

    def __init__(self, nodes: list[CategoryNode]) -> None:
        self._by_path = {node.path: node for node in nodes}
        self._by_slug = {node.slug: node for node in nodes}
        self._by_pk = {node.pk: node for node in nodes}
        self.roots: list[CategoryNode] = []
        for node in sorted(nodes, key=lambda one: (one.position, one.pk)):
            above = self._by_path.get(_above(node.path))
            (above.children if above else self.roots).append(node)

    def find(self, slug: str) -> CategoryNode | None:
        """The category with this address."""
        return self._by_slug.get(slug)

    def get(self, pk: int | None) -> CategoryNode | None:
        """The category with this key."""
        return self._by_pk.get(pk) if pk is not None else None

    def way_to(self, node: CategoryNode) -> list[CategoryNode]:
        """From the root to this category, itself included."""
        way: list[CategoryNode] = []
        step: CategoryNode | None = node
        while step is not None:
            way.append(step)
            step = self._by_path.get(_above(step.path))
        return way[::-1]


def category_tree() -> CategoryTree:
    """The whole tree; one query, and none while the cache knows it."""
    rows = cache.get(TREE_KEY)
    if rows is None:
        rows = list(Category.objects.values_list(*_COLUMNS))
        cache.set(TREE_KEY, rows, TREE_SECONDS)
    return CategoryTree([CategoryNode(*row) for row in rows])


def root_categories() -> list[CategoryNode]:
    """The categories at the top, for the way through the mall; at most one query."""
    return category_tree().roots


def _above(path: str) -> str:
    above = path.rstrip("/").rpartition("/")[0]
    return f"{above}/" if above else ""
