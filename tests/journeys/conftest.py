"""A mall at work: its pages, a worker, the partners beside it, and two stores with goods."""

from dataclasses import dataclass
from typing import Any

import pytest

from catalog.models import Product
from catalog.services import listing
from tests.orders.world import Shop, shop
from tests.payments.conftest import shots

__all__ = ["shots"]


@pytest.fixture
def reachable(live_mall, live_server, sandbox, settings, monkeypatch) -> Any:
    """The mall in the browser, where the partners and the worker find it too."""
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setenv("PUBLIC_URL", live_server.url)
    return live_mall


@pytest.fixture
def worker(reachable, worker) -> Any:
    """A worker that knows where the mall is."""
    return worker


@dataclass
class Town:
    """Two stores; each sends for a fee and hands over at its counter."""

    tea: Shop
    lamp: Shop


@pytest.fixture
def town(transactional_db) -> Town:
    """Tea and lamps, on sale and listed."""
    tea, lamp = shop("blue-hill-tea", fee=800), shop("lantern-lane", fee=1200)
    tea.goods("T1", price=9900, on_hand=5)
    lamp.goods("L1", price=26800, on_hand=3)
    listing.publish(list(Product.objects.values_list("pk", flat=True)))
    return Town(tea, lamp)
