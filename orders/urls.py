"""Full paths of carts, checkout, My Orders, and the stores' desk."""

from django.urls import URLPattern, URLResolver, path

from orders.views import cart, checkout, desk, orders

app_name = "orders"

urlpatterns: list[URLPattern | URLResolver] = [
    path("cart/", cart.cart, name="cart"),
    path("cart/add/", cart.add, name="cart_add"),
    path("cart/change/", cart.change, name="cart_change"),
    path("cart/remove/", cart.remove, name="cart_remove"),
    path("cart/undo/", cart.undo, name="cart_undo"),
    path("cart/noted/", cart.noted, name="cart_noted"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("me/purchases/<str:code>/", orders.purchase, name="purchase"),
    path("me/orders/", orders.orders, name="list"),
    path("me/orders/<str:code>/", orders.order, name="detail"),
    path("me/orders/<str:code>/cancel/", orders.cancel, name="cancel"),
    path("me/orders/<str:code>/received/", orders.received, name="received"),
    path("me/orders/<str:code>/return/", orders.send_back, name="return"),
    path(
        "me/orders/<str:code>/return/<str:return_code>/sent/", orders.sent_back, name="return_sent"
    ),
    path(
        "me/orders/<str:code>/return/<str:return_code>/keep/", orders.keep_goods, name="return_keep"
    ),
    path("seller/orders/", desk.orders, name="desk"),
    path("seller/orders/<str:code>/", desk.order, name="desk_order"),
    path("seller/orders/<str:code>/<str:verb>/", desk.act, name="desk_act"),
]
