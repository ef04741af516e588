"""What the home page shows; the same for everyone."""

from dataclasses import dataclass

from catalog.models import Product
from catalog.queries.cards import ProductCard, cards_of, on_sale, with_price_before
from catalog.queries.tree import CategoryNode, root_categories
from stores.enums import StoreStatus
from stores.models import Store

IN_SEASON = 8
RANKED = 10
SEASON = "season"


@dataclass(frozen=True)
class HomeSections:
    """Shelves, goods in season, what is bought most, and the stores."""

    categories: list[CategoryNode]
    season: list[ProductCard]
    ranking: list[ProductCard]
    stores: list[Store]


def home_sections() -> HomeSections:
    """Everything at once, in at most five queries."""
    season = list(_in_season())
    ranked = list(_ranked(RANKED))
    cards = cards_of([*season, *ranked])
    return HomeSections(
        categories=root_categories(),
        season=cards[: len(season)],
        ranking=cards[len(season) :],
        stores=list(Store.objects.filter(status=StoreStatus.OPEN).order_by("pk")[:12]),
    )


def ranking(limit: int = RANKED) -> list[ProductCard]:
    """What is bought most, the same for everyone; two queries."""
    return cards_of(list(_ranked(limit)))


def _in_season() -> "list[Product]":
    found = on_sale().filter(tags__contains=[SEASON], in_stock=True)
    return list(with_price_before(found).order_by("-standing", "-pk")[:IN_SEASON])


def _ranked(limit: int) -> "list[Product]":
    return list(with_price_before(on_sale()).order_by("-sold_count", "-pk")[:limit])
