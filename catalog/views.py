"""Search, shelves, stores and products: pages that are the same for everybody."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.enums import Sort
from catalog.forms import PARAMS, wish_of
from catalog.queries import Facet, Listing, Wish, browse, category_tree, product_page
from catalog.services.importing import safe_html
from common.money import format_money, plain_amount
from common.page_cache import cacheable_page
from stores.queries import store_of


@cacheable_page(params=PARAMS)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Everything, or what the words find."""
    wish = wish_of(request.GET, category_tree())
    return _list_page(request, "catalog/search.html", wish, {"query_text": wish.query})


@cacheable_page(params=PARAMS)
@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """A shelf and everything below it."""
    tree = category_tree()
    node = tree.find(slug)
    if node is None:
        raise Http404
    wish = wish_of(request.GET, tree, within=node)
    context = {"category": node, "way": tree.way_to(node)[:-1]}
    return _list_page(request, "catalog/category.html", wish, context)


@cacheable_page(params=PARAMS)
@require_safe
def store(request: HttpRequest, slug: str) -> HttpResponse:
    """A store and what it sells; one that is not open says so and shows nothing to buy."""
    row = store_of(slug)
    if row is None:
        raise Http404
    if not row.is_open:
        return render(request, "stores/closed.html", {"store": row})
    wish = wish_of(request.GET, category_tree(), of_store=row)
    return _list_page(request, "stores/store.html", wish, {"store": row})


@cacheable_page(params=("sku",))
@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """A product with one of its variants chosen."""
    page = product_page(slug, sku=request.GET.get("sku", ""))
    if page is None:
        raise Http404
    variant = page.variant
    context = {
        "page": page,
        "product": page.product,
        "variant": variant,
        # Cleaned when it was written; cleaned again, since the administration writes too.
        "description": mark_safe(safe_html(page.product.description)),  # noqa: S308 - safe_html keeps plain formatting only.
        "offer_price": plain_amount(variant.price, variant.currency) if variant else "",
        "tax_percent": f"{variant.rate_bp / 100:g}" if variant and variant.rate_bp else "",
        "return_days": settings.RETURN_DAYS,
        "most": min(page.available, 99),
    }
    return render(request, "catalog/product.html", context)


# --- Lists ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Link:
    """A way to another view of the same list."""

    name: str
    url: str
    is_on: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Group:
    """The links of one filter."""

    title: str
    links: list[Link]
    kind: str = "links"


def _list_page(
    request: HttpRequest, template: str, wish: Wish, extra: dict[str, Any]
) -> HttpResponse:
    listing = browse(wish, after=request.GET.get("after"))
    address = _Address(request.GET)
    context = {
        "wish": wish,
        "listing": listing,
        "sorts": _sorts(wish, address),
        "groups": _groups(wish, listing, address),
        "chips": _chips(wish, listing, address),
        "clear_url": address.without(*PARAMS),
        "price_hidden": address.others("from", "to"),
        "price_from": request.GET.get("from", "")[:15],
        "price_to": request.GET.get("to", "")[:15],
        "suggestion_url": address.with_(q=listing.suggestion, **dict.fromkeys(PARAMS, "")),
        "is_further": bool(request.GET.get("after")),
        **extra,
    }
    return render(request, template, context)


class _Address:
    """The address of the list, changed in one place; a changed list begins at its beginning."""

    def __init__(self, data: QueryDict) -> None:
        self._said = {
            name: str(data[name])
            for name in ("q", *PARAMS, "sort")
            if data.get(name) and len(data[name]) <= 100
        }

    def with_(self, **changes: str) -> str:
        said = {**self._said, **changes}
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in said.items() if value})
        return f"?{query.urlencode()}"

    def without(self, *names: str) -> str:
        return self.with_(**dict.fromkeys(names, ""))

    def others(self, *names: str) -> list[tuple[str, str]]:
        """What a small form has to carry along."""
        return [(name, value) for name, value in self._said.items() if name not in names]


def _sorts(wish: Wish, address: _Address) -> list[Link]:
    by_price = wish.sort in {Sort.PRICE, Sort.PRICE_DESC}
    turned = Sort.PRICE_DESC if wish.sort == Sort.PRICE else Sort.PRICE
    labels = {
        Sort.PRICE: _("Price, lowest first"),
        Sort.PRICE_DESC: _("Price, highest first"),
    }
    return [
        Link(_("General"), address.with_(sort=""), wish.sort == Sort.GENERAL),
        Link(_("Sales"), address.with_(sort=Sort.SALES), wish.sort == Sort.SALES),
        Link(labels.get(wish.sort, _("Price")), address.with_(sort=turned), by_price),
    ]


def _groups(wish: Wish, listing: Listing, address: _Address) -> list[Group]:
    groups = [
        Group(_("Category"), _links(listing.categories, "category", address)),
        Group(_("Colour"), _links(listing.colours, "colour", address), "colours"),
        Group(_("Store"), _links(listing.stores, "store", address)),
    ]
    groups = [group for group in groups if group.links and _is_choice(group)]
    if listing.available or wish.in_stock:
        only = address.with_(stock="" if wish.in_stock else "on")
        link = Link(_("In stock only"), only, wish.in_stock, listing.available)
        groups.append(Group(_("Availability"), [link]))
    return groups


def _links(facets: list[Facet], name: str, address: _Address) -> list[Link]:
    return [
        Link(
            facet.name,
            address.with_(**{name: "" if facet.is_on else facet.code}),
            facet.is_on,
            facet.count,
        )
        for facet in facets
    ]


def _is_choice(group: Group) -> bool:
    """One link that is not on would narrow nothing."""
    return len(group.links) > 1 or any(link.is_on for link in group.links)


def _chips(wish: Wish, listing: Listing, address: _Address) -> list[Link]:
    """What is narrowed at present, each with the way back."""
    chips = []
    if wish.category:
        chips.append(Link(wish.category.name, address.without("category")))
    if wish.colour:
        name = next((f.name for f in listing.colours if f.is_on), wish.colour)
        chips.append(Link(name, address.without("colour")))
    if wish.store:
        name = next((f.name for f in listing.stores if f.is_on), wish.store)
        chips.append(Link(name, address.without("store")))
    if wish.in_stock:
        chips.append(Link(_("In stock only"), address.without("stock")))
    if wish.lowest is not None:
        price = format_money(wish.lowest, settings.CURRENCY)
        chips.append(Link(_("from %(price)s") % {"price": price}, address.without("from")))
    if wish.highest is not None:
        price = format_money(wish.highest, settings.CURRENCY)
        chips.append(Link(_("up to %(price)s") % {"price": price}, address.without("to")))
    return chips
