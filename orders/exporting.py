"""A person's orders in their copy: told like a story, and as linked data for other programs."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    Case,
    DecimalField,
    F,
    Func,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.money import EXPONENTS
from common.reading import read_through
from common.regions import describe
from orders.enums import (
    DeliveryState,
    EndReason,
    EventKind,
    OrderState,
    PaymentState,
    RefusalReason,
    ReturnReason,
)
from orders.models import Order, OrderLine
from payments.enums import RefundReason
from privacy.export.extras import graph, story
from privacy.export.softly import open_softly, open_stored
from privacy.export.tables import ENCODE, JsonObject, JsonText, in_batches
from privacy.export.telling import amount
from privacy.registry import Family

ON_A_PAGE = 25
BATCH = 2000
SEALED = ("recipient", "phone", "street")
PLACE = ("province", "city", "district", "postcode")
WORDS = {
    value: label
    for choices in (ReturnReason, RefusalReason, RefundReason, EndReason)
    for value, label in choices.choices
}
"""The words of an event's detail, as the buyer reads them."""
NOT_TOLD = (EventKind.LOOKED_AT,)
"""Work inside the house; the page about who looked says it by role and day."""


# --- The story --------------------------------------------------------------------------


def _orders(subject: UUID) -> "QuerySet[Order]":
    return Order.objects.filter(subject=subject)


def pages(subject: UUID) -> int:
    """How many pages the story has."""
    return -(-_orders(subject).count() // ON_A_PAGE)


@story(
    "orders",
    label=_("Your orders"),
    lead=_("What you bought, from whom, for how much, and what became of it; the newest first."),
    template="orders/export.html",
    pages=pages,
)
def tell(subject: UUID, number: int) -> Mapping[str, Any]:
    """One page of orders."""
    first = (number - 1) * ON_A_PAGE
    rows = (
        _orders(subject)
        .order_by("-placed_at", "-pk")
        .prefetch_related("lines", "events", "returns__lines__line", "refunds")
    )
    orders = list(rows[first : first + ON_A_PAGE])
    opened = open_softly(orders, *SEALED, "remark")
    told = [_told(one, values) for one, values in zip(orders, opened, strict=True)]
    if number > 1:
        return {"orders": told}
    sums = _orders(subject).exclude(paid_at=None).values("currency").annotate(sum=Sum("total"))
    return {
        "orders": told,
        "paid": [amount(one["sum"], one["currency"]) for one in sums],
        "count": _orders(subject).count(),
    }


def _state(order: Order) -> list[str]:
    """Where the order stands. Labels by their enumerations: `get_…_display` hashes all choices."""
    return [
        str(OrderState(order.state).label),
        str(PaymentState(order.payment_state).label),
        str(DeliveryState(order.delivery_state).label),
    ]


def _told(order: Order, opened: dict[str, Any]) -> dict[str, Any]:
    return {
        "order": order,
        "state": _state(order),
        "opened": opened,
        "place": _place(order.province, order.city, order.district, get_language()) or "",
        "lines": [
            {"line": line, "price": amount(line.total, order.currency)}
            for line in order.lines.all()
        ],
        "goods": amount(order.goods_total, order.currency),
        "shipping": amount(order.shipping_fee, order.currency),
        "total": amount(order.total, order.currency),
        "moments": [
            {
                "at": event.happened_at,
                "what": EventKind(event.kind).label,
                "amount": "" if event.amount is None else amount(event.amount, order.currency),
                "why": WORDS.get(event.detail, ""),
            }
            for event in sorted(order.events.all(), key=lambda one: (one.happened_at, one.pk))
            if event.kind not in NOT_TOLD
        ],
        "returns": list(order.returns.all()),
        "refunds": [
            {"refund": one, "amount": amount(one.amount, order.currency)}
            for one in order.refunds.all()
        ],
    }


# --- Linked data ------------------------------------------------------------------------

SCHEMA = "https://schema.org/"
DELIVERY = {
    DeliveryState.SHIPPED: "OrderInTransit",
    DeliveryState.READY: "OrderPickupAvailable",
    DeliveryState.DELIVERED: "OrderDelivered",
    DeliveryState.RETURNED: "OrderReturned",
    DeliveryState.LOST: "OrderProblem",
}
STATE = {
    OrderState.CANCELLED: "OrderCancelled",
    OrderState.EXPIRED: "OrderCancelled",
    OrderState.PLACED: "OrderPaymentDue",
}


def _status() -> Case:
    """The state in the words of schema.org: how it ended, what is due, where the goods are."""
    whens = [When(state=ours, then=Value(f"{SCHEMA}{theirs}")) for ours, theirs in STATE.items()]
    whens.append(When(payment_state=PaymentState.REFUNDED, then=Value(f"{SCHEMA}OrderReturned")))
    whens += [
        When(delivery_state=ours, then=Value(f"{SCHEMA}{theirs}"))
        for ours, theirs in DELIVERY.items()
    ]
    return Case(*whens, default=Value(f"{SCHEMA}OrderProcessing"))


def _amount(column: str, currency: str) -> Func:
    """An amount in whole units of its currency."""
    others = {code: digits for code, digits in EXPONENTS.items() if digits != 2}
    whens = [When(**{currency: code, "then": Value(10**digits)}) for code, digits in others.items()]
    unit = Case(*whens, default=Value(100))
    return Func(
        F(column) * Value(1.0, DecimalField()) / unit,
        Value(2),
        function="ROUND",
        output_field=DecimalField(),
    )


class JsonList(Aggregate):
    """Rows as one JSON list."""

    function = "json_agg"
    output_field = JSONField()


def _items(language: str) -> Subquery:
    name = F("name_zh" if language.startswith("zh") else "name_en")
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    item = JsonObject(
        ["@type", "orderQuantity", "orderedItem"],
        Value("OrderItem"),
        F("quantity"),
        JsonObject(
            ["@type", "itemOffered", "price", "priceCurrency"],
            Value("Offer"),
            JsonObject(["@type", "name", "sku"], Value("Product"), name, F("sku")),
            _amount("unit_price", "order__currency"),
            F("order__currency"),
        ),
    )
    return Subquery(lines.annotate(items=JsonList(item)).values("items"))


def _objects(subject: UUID, after: int | None, limit: int) -> "QuerySet[Order, Any]":
    language = get_language() or "en"
    store = F("store_name_zh" if language.startswith("zh") else "store_name_en")
    rows = _orders(subject)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    text = JsonText(
        [
            "@type",
            "orderNumber",
            "orderDate",
            "orderStatus",
            "seller",
            "price",
            "priceCurrency",
            "orderedItem",
        ],
        Value("Order"),
        F("code"),
        F("placed_at"),
        _status(),
        JsonObject(["@type", "name"], Value("Organization"), store),
        _amount("total", "currency"),
        F("currency"),
        _items(language),
    )
    return rows.order_by("pk").annotate(as_json=text)[:limit]


@graph("orders", family=Family.TRANSACTION, label=_("Your orders, for other programs"))
def objects(subject: UUID, after: int | None, limit: int) -> Iterator[tuple[int, str]]:
    """Each order as an `Order` of schema.org, with the address that it went to."""
    rows = _objects(subject, after, limit)
    columns = ("pk", "as_json", "seal_text", *PLACE, *SEALED)
    with_ids = rows.annotate(seal_text=Cast("seal_id", TextField()))
    for batch in in_batches(read_through(with_ids.values_list(*columns), BATCH)):
        yield from _with_addresses(batch)


def _with_addresses(batch: list[Any]) -> Iterator[tuple[int, str]]:
    language = get_language()
    opened = [
        open_stored(Order, name, [(row[place], row[2]) for row in batch])
        for place, name in enumerate(SEALED, 3 + len(PLACE))
    ]
    for row, name, phone, street in zip(batch, *opened, strict=True):
        province, city, district, postcode = row[3 : 3 + len(PLACE)]
        address = {
            "@type": "PostalAddress",
            "name": name,
            "telephone": phone,
            "streetAddress": street,
            "addressLocality": _place(province, city, district, language),
            "postalCode": postcode or None,
            "addressCountry": "CN",
        }
        delivery = {"@type": "ParcelDelivery", "deliveryAddress": address}
        yield row[0], f"{row[1][:-1]}, {ENCODE({'orderDelivery': delivery})[1:]}"


@lru_cache(maxsize=4096)
def _place(province: str, city: str, district: str, language: str | None) -> str | None:
    return describe(province, city, district, language) if district else None
