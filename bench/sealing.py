"""What sealed columns cost: queries for a page of them, and a part of a checkout."""

import time

from bench import figures, people

PAGE = 50


def measure() -> None:
    """A page of orders of as many people, then some checkouts."""
    figures.within("sealing.page_queries", queries_of_a_page(), "queries", PAGE, 2)


def queries_of_a_page() -> int:
    """How many queries opening adds to fifty orders of fifty people."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from orders.models import Order
    from privacy import keyring
    from privacy.fields import open_rows

    while Order.objects.values("subject").distinct().count() < PAGE:
        people.person(1)
    firsts = Order.objects.order_by("subject", "pk").distinct("subject").values("pk")
    rows = list(Order.objects.filter(pk__in=firsts[:PAGE]))
    with (
        keyring.scope(),
        CaptureQueriesContext(connections["default"]) as main,
        CaptureQueriesContext(connections["keyring"]) as keys,
    ):
        began = time.perf_counter()
        open_rows(rows)
        took = time.perf_counter() - began
    assert all(str(row.recipient) for row in rows)
    figures.known("sealing.page", took * 1000, "ms", PAGE)
    return len(main) + len(keys)
