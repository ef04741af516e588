"""What delivery costs: quotes from the stores' tables, with the reason in words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.money import format_money
from common.regions import BORDERS, name_of
from delivery.enums import MethodCode
from delivery.errors import NotDelivered
from delivery.models import ShippingRate
from stores.models import Store


@dataclass(frozen=True)
class Method:
    """A way in which a store's goods reach their buyer, as checkout lists it."""

    code: str
    label: "str | Promise"
    note: "str | Promise" = ""


CARRIER = Method(
    MethodCode.CARRIER,
    MethodCode.CARRIER.label,
    gettext_lazy("The carrier receives your name, phone number and address."),
)
PICKUP = Method(
    MethodCode.PICKUP,
    MethodCode.PICKUP.label,
    gettext_lazy("No carrier is involved, and we need no address."),
)


@dataclass(frozen=True)
class Quote:
    """A fee in minor units and the sentence that explains it."""

    fee: int
    reason: str


@dataclass(frozen=True)
class QuoteRequest:
    """What one store is to deliver: weight in grams, `goods_total` in minor units."""

    store: Store
    method: str
    province: str
    weight_g: int
    goods_total: int


Rates = dict[int, list[ShippingRate]]
"""The lines of some stores' tables, by store id."""


def methods_for(store: Store) -> list[Method]:
    """How this store's goods reach their buyer; pick-up is always possible (C-04)."""
    return methods_for_stores([store])[store.pk]


def rates_of(stores: Iterable[Store]) -> Rates:
    """The tables of these stores in one query, for callers that ask for methods and quotes."""
    rates: Rates = defaultdict(list)
    for rate in ShippingRate.objects.filter(store_id__in={store.pk for store in stores}):
        rates[rate.store_id].append(rate)
    return rates


def methods_for_stores(
    stores: Iterable[Store], rates: Rates | None = None
) -> dict[int, list[Method]]:
    """The same for many stores, by store id; one query, or none with their `rates`."""
    asked = list(stores)
    known = rates_of(asked) if rates is None else rates
    return {store.pk: _methods(known.get(store.pk, [])) for store in asked}


def _methods(rates: list[ShippingRate]) -> list[Method]:
    ships = any(rate.method == MethodCode.CARRIER for rate in rates)
    return [CARRIER, PICKUP] if ships else [PICKUP]


def quote(store: Store, *, method: str, province: str, weight_g: int, goods_total: int) -> Quote:
    """What this store charges; one query. Raises `NotDelivered`."""
    answer = quotes([QuoteRequest(store, method, province, weight_g, goods_total)])[store.pk]
    if isinstance(answer, NotDelivered):
        raise answer
    return answer


def quotes(
    requests: Iterable[QuoteRequest], rates: Rates | None = None
) -> dict[int, Quote | NotDelivered]:
    """What each store charges, or why it does not deliver, by store id; one query for all, or
    none with their `rates`.

    A refusal is an answer among others here, never a fee: nobody ships free of charge by
    forgetting to look.
    """
    asked = list(requests)
    known = rates_of(one.store for one in asked) if rates is None else rates
    return {one.store.pk: _quote(one, known.get(one.store.pk, [])) for one in asked}


def _quote(asked: QuoteRequest, rates: list[ShippingRate]) -> Quote | NotDelivered:
    rate = _rate_for(asked, rates)
    if rate is not None:
        return _price(rate, asked.weight_g, asked.goods_total)
    if asked.method == MethodCode.PICKUP:
        return Quote(0, _("Free: you pick it up at the store."))
    names = {"store": asked.store.name, "place": name_of(asked.province)}
    if names["place"]:
        return NotDelivered(_("%(store)s does not deliver to %(place)s.") % names)
    return NotDelivered(_("Choose an address to see the delivery fee."))


def _rate_for(asked: QuoteRequest, rates: list[ShippingRate]) -> ShippingRate | None:
    """The line that names the province, else the line for everywhere else on the mainland."""
    fitting = [rate for rate in rates if rate.method == asked.method]
    for rate in fitting:
        if any(asked.province.startswith(prefix) for prefix in rate.prefixes):
            return rate
    if asked.method == MethodCode.CARRIER and (
        not name_of(asked.province) or asked.province in BORDERS
    ):
        return None
    return next((rate for rate in fitting if not rate.prefixes), None)


def _price(rate: ShippingRate, weight_g: int, goods_total: int) -> Quote:
    if rate.free_from is not None and goods_total >= rate.free_from:
        return Quote(0, _("Free from %(amount)s.") % {"amount": _money(rate.free_from)})
    beyond = max(0, weight_g - rate.first_weight_g)
    by_weight = rate.first_fee + -(-beyond // rate.step_g) * rate.step_fee
    amount = by_weight if rate.flat is None else rate.flat
    reason = fee_in_words(rate)
    if rate.free_from is not None:
        free = _("Free from %(amount)s.") % {"amount": _money(rate.free_from)}
        reason = _("%(first)s %(second)s") % {"first": reason, "second": free}
    return Quote(amount, reason)


def fee_in_words(rate: ShippingRate) -> str:
    """The line of the table as people read it."""
    words = {
        "first_fee": _money(rate.first_fee if rate.flat is None else rate.flat),
        "first": _weight(rate.first_weight_g),
        "step_fee": _money(rate.step_fee),
        "step": _weight(rate.step_g),
    }
    if rate.flat is not None or not rate.step_fee:
        return _("%(first_fee)s for every weight.") % words
    return _("%(first_fee)s up to %(first)s, %(step_fee)s for each further %(step)s.") % words


def _money(amount: int) -> str:
    return format_money(amount, settings.CURRENCY)


def _weight(grams: int) -> str:
    return f"{grams / 1000:g} kg" if grams >= 1000 else f"{grams} g"
