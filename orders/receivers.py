"""What news of payments, parcels and accounts mean for orders. Each may be told twice."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver
from django.http import HttpRequest

from accounts.signals import signed_in
from delivery import signals as delivery
from delivery.models import Parcel
from orders.cart_cookie import merge_visitors_cart
from orders.models import Order, Purchase
from orders.services import delivering, ending, finalising, money, returning
from orders.services.telling import tell_payment_failed
from payments import signals as payments
from payments.models import Payment, Refund
from privacy.signals import blockers_due

PREFIX = "purchase:"


def purchase_of(payment: Payment) -> Purchase | None:
    """The purchase that a payment belongs to."""
    if not payment.reference.startswith(PREFIX):
        return None
    return Purchase.objects.filter(code=payment.reference.removeprefix(PREFIX)).first()


@receiver(payments.payment_settled)
def on_payment_settled(payment: Payment, **_kwargs: Any) -> None:
    """Money came, in time or late."""
    if purchase := purchase_of(payment):
        finalising.finalise(purchase)


@receiver(payments.payment_closed)
def on_payment_closed(payment: Payment, **_kwargs: Any) -> None:
    """Nobody can pay any more."""
    if purchase := purchase_of(payment):
        ending.expire(purchase)


@receiver(payments.payment_failed)
def on_payment_failed(payment: Payment, **_kwargs: Any) -> None:
    """An attempt was refused; another one may be made."""
    if purchase := purchase_of(payment):
        tell_payment_failed(purchase, payment)


@receiver(payments.refund_settled)
def on_refund_settled(refund: Refund, **_kwargs: Any) -> None:
    """Money went back."""
    row = money.refund_of(refund)
    if row is not None:
        money.refund_settled(row)
        if row.request is not None:
            returning.refunded(row.request)


@receiver(payments.refund_failed)
def on_refund_failed(refund: Refund, **_kwargs: Any) -> None:
    """Money did not go back."""
    row = money.refund_of(refund)
    if row is not None:
        money.refund_failed(row)


def _order_of(parcel: Parcel) -> Order | None:
    return Order.objects.filter(code=parcel.reference).first()


@receiver(delivery.parcel_collected)
def on_parcel_collected(parcel: Parcel, **_kwargs: Any) -> None:
    """The carrier has it."""
    if order := _order_of(parcel):
        delivering.collected(order, parcel)


@receiver(delivery.parcel_ready)
def on_parcel_ready(parcel: Parcel, **_kwargs: Any) -> None:
    """It waits at the store."""
    if order := _order_of(parcel):
        delivering.ready(order)


@receiver(delivery.parcel_delivered)
def on_parcel_delivered(parcel: Parcel, **_kwargs: Any) -> None:
    """The buyer has it."""
    if order := _order_of(parcel):
        delivering.delivered(order, parcel)


@receiver(delivery.parcel_returned)
def on_parcel_returned(parcel: Parcel, **_kwargs: Any) -> None:
    """It came back."""
    if order := _order_of(parcel):
        delivering.came_back(order)


@receiver(delivery.parcel_lost)
def on_parcel_lost(parcel: Parcel, **_kwargs: Any) -> None:
    """It is lost."""
    if order := _order_of(parcel):
        delivering.lost(order)


@receiver(blockers_due)
def on_blockers_due(subject: UUID, **_kwargs: Any) -> None:
    """Somebody leaves, and a store never sent what they paid for."""
    ending.cancel_unsent(subject)


@receiver(signed_in)
def on_signed_in(user: Any, request: HttpRequest, **_kwargs: Any) -> None:
    """The visitor's cart becomes the person's."""
    merge_visitors_cart(request, user)
