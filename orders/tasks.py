"""Jobs of orders: what time brings about, and what a crash left unfinished."""

from datetime import timedelta

from jobs.registry import job, periodic
from orders.models import Purchase
from orders.services import carts, finalising, sweeping


@job("orders.finalise")
def finalise(*, purchase_id: int) -> None:
    """Deal with the money of one purchase."""
    purchase = Purchase.objects.filter(pk=purchase_id).first()
    if purchase is not None:
        finalising.finalise(purchase)


@job("orders.expire")
def expire(*, purchase_id: int) -> None:
    """The time to pay is over."""
    sweeping.expire_one(purchase_id)


@job("orders.complete")
def complete(*, order_id: int) -> None:
    """Ten days after delivery."""
    sweeping.complete_one(order_id)


@periodic("orders.sweep", every=timedelta(seconds=30))
def sweep() -> None:
    """Find what is unpaid for too long, and what was paid and not finished."""
    sweeping.sweep_purchases()


@periodic("orders.sweep_deliveries", every=timedelta(minutes=10))
def sweep_deliveries() -> None:
    """Find what is to be completed, refunds that did not end, and old carts."""
    sweeping.sweep_completions()
    sweeping.sweep_refunds()
    carts.forget_old_carts()
