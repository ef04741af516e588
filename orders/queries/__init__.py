"""Reads about carts, orders and returns."""

from orders.queries.carts import PricedCart, PricedLine, StoreGroup, priced, priced_cart_of
from orders.queries.orders import (
    order_of,
    order_page,
    orders_of,
    orders_of_stores,
    possible_now,
    purchase_of,
    store_order,
)

__all__ = [
    "PricedCart",
    "PricedLine",
    "StoreGroup",
    "order_of",
    "order_page",
    "orders_of",
    "orders_of_stores",
    "possible_now",
    "priced",
    "priced_cart_of",
    "purchase_of",
    "store_order",
]
