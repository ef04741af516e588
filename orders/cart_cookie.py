"""The visitor's cart: a random token in a cookie that is set only when something is added."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from orders.models import Cart
from orders.services import carts

COOKIE = "cart"


def current_cart(request: HttpRequest) -> Cart | None:
    """The cart of whoever asks, if there is one; a visitor's cart is merged after sign-in."""
    token = request.COOKIES.get(COOKIE, "")
    if not request.user.is_authenticated:
        return carts.cart_with(token)
    merge_visitors_cart(request, request.user)
    return Cart.objects.filter(user=request.user, ordered_at=None).first()


def cart_to_fill(request: HttpRequest) -> tuple[Cart, str]:
    """The cart of whoever adds something, opened if need be, with the token to set (or "")."""
    found = current_cart(request)
    if found is not None:
        return found, "" if found.user_id else request.COOKIES.get(COOKIE, "")
    if request.user.is_authenticated:
        return carts.open_cart_of(request.user), ""
    token = carts.new_token()
    return carts.open_cart_for(token), token


def merge_visitors_cart(request: HttpRequest, user: object) -> None:
    """Bring what the browser collected before into the person's cart."""
    visitors = carts.cart_with(request.COOKIES.get(COOKIE, ""))
    if visitors is not None:
        carts.merge(visitors, user)


def remember(response: HttpResponse, token: str) -> None:
    """Let the browser keep the token for thirty days from now."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.CART_COOKIE_AGE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def tidy(request: HttpRequest, response: HttpResponse) -> None:
    """A token whose cart was merged, or is gone, has no use any more."""
    if COOKIE in request.COOKIES and request.user.is_authenticated:
        response.delete_cookie(COOKIE, samesite="Lax")


def merge_if_needed(request: HttpRequest) -> None:
    """Bring a visitor's cart along if the browser still shows a token."""
    if COOKIE in request.COOKIES and request.user.is_authenticated:
        merge_visitors_cart(request, request.user)
