"""Place an order: prepare under one lock, reserve, ask for the money, all or nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.queries import missing_for_trade
from catalog.errors import SoldOut
from catalog.services import stock
from common.locks import lock_rows
from common.money import tax_within
from jobs.services import enqueue
from orders.enums import EventKind, Source
from orders.errors import Changed, ConfirmExempt, MayNotTrade, NothingToOrder
from orders.models import Cart, CartLine, Order, OrderLine, Purchase
from orders.queries.bills import Bill, StoreBill, bill, differences
from orders.queries.carts import PricedCart, PricedLine, priced
from orders.services.moves import note
from orders.services.telling import tell_purchase
from payments.models import Payment
from payments.services import start as start_payment
from privacy import audit
from privacy.documents import current as current_document
from privacy.enums import Action, DocumentKind


@dataclass(frozen=True)
class WhereTo:
    """The three things that a delivery needs, and the region. Pick-up needs the first two."""

    recipient: str
    phone: str
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


@dataclass(frozen=True)
class Wishes:
    """What the buyer chose on the checkout page. `shown` is what the page had said."""

    where: WhereTo
    shown: str
    methods: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    delivery_wish: str = ""
    other_phone: str = ""
    remark: str = ""
    exempt_confirmed: bool = False


def place(user: Any, cart_code: str, wishes: Wishes) -> Purchase:
    """Turn the person's cart into orders, one for each store, with one payment.

    1. Lock the cart. If it was ordered before, that purchase is the answer: pressing twice,
       going back and pressing again, and a retry order once.
    2. Price it anew and compare with what the page had shown.
    3. Reserve the goods, write the orders, start the payment, close the cart.

    Raises `MayNotTrade`, `NothingToOrder`, `ConfirmExempt`, and `Changed` with every difference;
    nothing is changed then.
    """
    with transaction.atomic():
        found = lock_rows(Cart.objects.filter(user=user, code=cart_code))
        if not found:
            raise NothingToOrder
        cart = found[0]
        before = Purchase.objects.filter(cart=cart).first()
        if before is not None:
            return before
        if missing_for_trade(user):
            raise MayNotTrade
        now = priced(cart)
        final = bill(now, methods=wishes.methods, province=wishes.where.province)
        _refuse(final, wishes)
        purchase = _write(user, cart, final, wishes)
        _close(cart, now)
    return purchase


def payment_of(purchase: Purchase) -> Payment | None:
    """The payment that belongs to a purchase, if it needs one."""
    return Payment.objects.filter(reference=purchase.reference).first()


def _refuse(final: Bill, wishes: Wishes) -> None:
    if not final.stores:
        raise NothingToOrder
    problems = [one.reason for one in final.stores if not one.is_known]
    changes = differences(wishes.shown, final)
    if problems or changes:
        raise Changed(problems + changes)
    if final.cart.exempt and not wishes.exempt_confirmed:
        raise ConfirmExempt


def _write(user: Any, cart: Cart, final: Bill, wishes: Wishes) -> Purchase:
    now = timezone.now()
    purchase = Purchase.objects.create(
        cart=cart,
        buyer=user,
        subject=user.subject,
        currency=final.cart.currency,
        total=final.total,
        placed_at=now,
        expires_at=now + dt.timedelta(minutes=settings.UNPAID_MINUTES),
    )
    for one in final.stores:
        order = _order(user, purchase, one, wishes, now)
        _reserve(order, one)
        note(order, EventKind.PLACED, source=Source.BUYER, amount=order.total, happened_at=now)
    audit.record(
        Action.ORDER_PLACED,
        actor=user,
        subject=user.subject,
        detail={"purchase": purchase.code, "orders": len(final.stores)},
    )
    _ask_for_money(purchase, wishes.provider)
    return purchase


def _ask_for_money(purchase: Purchase, provider: str) -> None:
    """Start the payment in the same transaction; what costs nothing is paid already."""
    if not purchase.total:
        Purchase.objects.filter(pk=purchase.pk).update(paid_at=purchase.placed_at)
        enqueue("orders.finalise", once=f"orders.finalise:{purchase.pk}", purchase_id=purchase.pk)
        return
    start_payment(
        reference=purchase.reference,
        amount=purchase.total,
        currency=purchase.currency,
        subject=purchase.subject,
        title=settings.SITE_NAME["zh-hans"] + " " + settings.SITE_NAME["en"],
        return_url=reverse("orders:purchase", args=[purchase.code]),
        provider=provider,
        expires_at=purchase.expires_at,
    )
    tell_purchase(purchase, "orders.placed")


def _order(
    user: Any,
    purchase: Purchase,
    one: StoreBill,
    wishes: Wishes,
    now: dt.datetime,
) -> Order:
    store, where = one.group.store, wishes.where
    here = one.group.orderable
    taxes = [tax_within(line.total, line.goods.rate_bp) for line in here]
    order = Order(
        purchase=purchase,
        store=store,
        store_name_en=store.name_en,
        store_name_zh=store.name_zh,
        buyer=user,
        subject=user.subject,
        method=one.method,
        recipient=where.recipient,
        phone=where.phone,
        other_phone=wishes.other_phone or None,
        remark=wishes.remark or None,
        delivery_wish="" if one.is_pickup else wishes.delivery_wish,
        currency=purchase.currency,
        goods_total=one.group.goods_total,
        shipping_fee=one.fee,
        total=one.total,
        tax_total=sum(taxes),
        terms_version=_version(DocumentKind.TERMS),
        policy_version=_version(DocumentKind.PRIVACY),
        exempt_confirmed_at=now if any(line.goods.no_return for line in here) else None,
        placed_at=now,
    )
    if not one.is_pickup:
        order.street, order.province, order.city = where.street, where.province, where.city
        order.district, order.postcode = where.district, where.postcode
    order.stock_reference = f"order:{order.code}"
    order.save()
    OrderLine.objects.bulk_create(
        [_line(order, line, tax) for line, tax in zip(here, taxes, strict=True)]
    )
    return order


def _line(order: Order, line: PricedLine, tax: int) -> OrderLine:
    goods = line.goods
    return OrderLine(
        order=order,
        variant_id=line.line.variant_id,
        sku=goods.sku,
        name_en=goods.name_en,
        name_zh=goods.name_zh,
        options_en=goods.options_en,
        options_zh=goods.options_zh,
        picture=goods.picture_path,
        quantity=line.quantity,
        unit_price=goods.price,
        total=line.total,
        tax_code=goods.tax_code,
        tax_name_en=goods.tax_name_en,
        tax_name_zh=goods.tax_name_zh,
        tax_rate_bp=goods.rate_bp,
        tax_part=tax,
        weight_g=goods.weight_g,
        no_return=goods.no_return,
        no_return_reason_en=goods.no_return_reason_en,
        no_return_reason_zh=goods.no_return_reason_zh,
    )


def _reserve(order: Order, one: StoreBill) -> None:
    lines = [(line.line.variant_id, line.quantity) for line in one.group.orderable]
    try:
        stock.reserve(order.stock_reference, lines)
    except SoldOut as error:
        raise Changed(
            [
                _("“%(name)s” was bought by somebody else a moment ago: %(left)s left.")
                % {"name": line.goods.name, "left": error.short[line.line.variant_id]}
                for line in one.group.orderable
                if line.line.variant_id in error.short
            ]
        ) from error


def _close(cart: Cart, now: PricedCart) -> None:
    """The cart is ordered; what could not be ordered waits in a new one."""
    Cart.objects.filter(pk=cart.pk).update(ordered_at=timezone.now())
    left = [line.line.pk for line in now.left_out]
    if left:
        waiting = Cart.objects.create(user=cart.user)
        CartLine.objects.filter(pk__in=left).update(cart=waiting)


def _version(kind: DocumentKind) -> str:
    return str(current_document(kind, settings.LANGUAGE_CODE).version)
