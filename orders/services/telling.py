"""What the buyer is told. Each event is told once, however often it is processed."""

from django.conf import settings

from common.money import format_money
from notices.services import send
from orders.enums import EventKind, OrderState, Source
from orders.models import Order, Purchase
from orders.services.moves import note
from payments.models import Payment


def tell(
    order: Order, kind: str, *, once: str = "", amount: int | None = None, **more: str
) -> None:
    """Send the buyer a message about one order; an account that is gone is told nothing."""
    if order.buyer is None:
        return
    send(
        kind,
        to=order.buyer,
        context={
            "code": order.code,
            "store_en": order.store_name_en,
            "store_zh": order.store_name_zh,
            "amount": format_money(order.total if amount is None else amount, order.currency),
            "return_days": settings.RETURN_DAYS,
            "refund_days": settings.REFUND_DAYS,
            **more,
        },
        once=f"{order.code}:{once}" if once else order.code,
    )


def tell_purchase(purchase: Purchase, kind: str, **more: str | int) -> None:
    """Send the buyer a message about everything that is paid together."""
    if purchase.buyer is None:
        return
    send(
        kind,
        to=purchase.buyer,
        context={
            "code": purchase.code,
            "amount": format_money(purchase.total, purchase.currency),
            "minutes": settings.UNPAID_MINUTES,
            **more,
        },
        once=purchase.code,
    )


def tell_payment_failed(purchase: Purchase, payment: Payment) -> None:
    """An attempt was refused: the timeline says so, and the buyer may try again."""
    key = payment.redirected_at.isoformat() if payment.redirected_at else ""
    for order in purchase.orders.filter(state=OrderState.PLACED).order_by("pk"):
        note(order, EventKind.PAYMENT_FAILED, source=Source.PAYMENT_PARTNER, key=key)
