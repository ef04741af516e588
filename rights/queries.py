"""What the pages about a person's rights show."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.queries.orders import return_until
from privacy.registry import Blocker

WHERE = {
    "unpaid_orders": "orders:list",
    "open_orders": "orders:list",
    "parcels": "orders:list",
    "returns": "orders:list",
    "refunds": "orders:list",
    "store_orders": "orders:desk",
    "stores": "orders:desk",
}
"""The page on which a blocker can be looked at or settled."""


@dataclass(frozen=True)
class Linked:
    """A blocker and where to settle it."""

    blocker: Blocker
    url: str


def with_links(blockers: Iterable[Blocker]) -> list[Linked]:
    """Blockers with the pages on which people can do something about them."""
    return [Linked(one, reverse(WHERE[one.code]) if one.code in WHERE else "") for one in blockers]


@dataclass(frozen=True)
class RunningReturn:
    """An order that could still be sent back, and until when."""

    order: Order
    until: dt.datetime


def running_returns(user: Any) -> list[RunningReturn]:
    """Orders whose time for sending back still runs."""
    since = timezone.now() - dt.timedelta(days=settings.RETURN_DAYS + 2)
    recent = Order.objects.filter(buyer=user, delivered_at__gte=since).order_by("-delivered_at")
    found = [RunningReturn(one, until) for one in recent[:20] if (until := return_until(one))]
    return [one for one in found if one.until > timezone.now()]
