"""Where staff work on what a parcel is for.

Delivery knows a reference, never an order. The app above registers the page of its reference, and
the parcel's page leads there: a parcel that is moved behind its order's back leaves the order
waiting for ever.
"""

from collections.abc import Callable

PageOf = Callable[[str], str]
"""The address of the staff page for a reference; empty for one that is not its own."""

_pages: list[PageOf] = []


def worked_on_at(page_of: PageOf) -> PageOf:
    """Register `page_of`; usable as a decorator."""
    _pages.append(page_of)
    return page_of


def page_for(reference: str) -> str:
    """Where staff work on what this reference names; empty when nobody claims it."""
    return next((address for page_of in _pages if (address := page_of(reference))), "")
