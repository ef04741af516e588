"""Reads of stores."""

from stores.models import Store


def store_of(slug: str) -> Store | None:
    """The store with this address, open or not."""
    return Store.objects.filter(slug=slug).first()
