"""Carts, orders, returns, and the ledger of money."""

from orders.models.carts import Cart, CartLine
from orders.models.ledger import LedgerEntry
from orders.models.orders import Order, OrderEvent, OrderLine, Purchase
from orders.models.returns import (
    OrderRefund,
    RefundPart,
    ReturnLine,
    ReturnRequest,
)

__all__ = [
    "Cart",
    "CartLine",
    "LedgerEntry",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderRefund",
    "Purchase",
    "RefundPart",
    "ReturnLine",
    "ReturnRequest",
]
