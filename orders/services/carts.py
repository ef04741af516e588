"""Everything that changes a cart. Quantities are bounded, removals can be undone."""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Variant
from catalog.queries import variant_by_sku
from common.locks import lock_rows
from orders.errors import CartFull, CartOrdered, UnknownGoods
from orders.models import Cart, CartLine
from orders.models.carts import MOST_LINES, MOST_OF_ONE
from privacy import keyring

TOKEN_BYTES = 24


def new_token() -> str:
    """What a visitor's browser shows to find its cart again."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """How the cart remembers a token: keyed, with no way back."""
    return keyring.token("orders.cart", token)


def open_cart_of(user: Any) -> Cart:
    """The person's open cart; a new one if there is none. Of two who open it, both get one."""
    found = Cart.objects.filter(user=user, ordered_at=None).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Cart.objects.create(user=user)
    except IntegrityError:
        return Cart.objects.get(user=user, ordered_at=None)


def open_cart_for(token: str) -> Cart:
    """A new cart for the visitor who holds this token."""
    return Cart.objects.get_or_create(token_hash=token_hash(token))[0]


def cart_with(token: str) -> Cart | None:
    """The visitor's cart, if the token opens one."""
    if not token or len(token) > 100:
        return None
    return Cart.objects.filter(token_hash=token_hash(token), ordered_at=None).first()


@transaction.atomic
def add(cart: Cart, sku: str, quantity: int) -> CartLine:
    """Put so many more of a variant into the cart; more than 99 of one are 99.

    Raises `UnknownGoods` for what is not on sale and `CartFull` at a hundred lines.
    """
    variant = _on_sale(sku)
    _lock(cart)
    quantity = _bounded(quantity)
    line = CartLine.objects.filter(cart=cart, variant=variant).first()
    if line is None:
        if CartLine.objects.filter(cart=cart, removed_at=None).count() >= MOST_LINES:
            raise CartFull
        return CartLine.objects.create(
            cart=cart, variant=variant, quantity=quantity, price_shown=variant.price
        )
    if line.removed_at is None:
        quantity = _bounded(line.quantity + quantity)
    elif CartLine.objects.filter(cart=cart, removed_at=None).count() >= MOST_LINES:
        raise CartFull
    line.quantity, line.removed_at, line.price_shown = quantity, None, variant.price
    line.save(update_fields=["quantity", "removed_at", "price_shown"])
    return line


@transaction.atomic
def set_quantity(cart: Cart, sku: str, quantity: int) -> CartLine | None:
    """Make it so many; nothing or less removes the line. Returns the line if there is one."""
    if quantity < 1:
        return remove(cart, sku)
    _lock(cart)
    line = _line(cart, sku)
    if line is not None:
        line.quantity = _bounded(quantity)
        line.save(update_fields=["quantity"])
    return line


@transaction.atomic
def remove(cart: Cart, sku: str) -> CartLine | None:
    """Take a line out; `undo` puts it back as it was."""
    _lock(cart)
    line = _line(cart, sku)
    if line is not None:
        line.removed_at = timezone.now()
        line.save(update_fields=["removed_at"])
    return line


@transaction.atomic
def undo(cart: Cart, sku: str) -> CartLine | None:
    """Put a removed line back with its quantity. Raises `CartFull`."""
    _lock(cart)
    line = (
        CartLine.objects.filter(cart=cart, variant__sku=sku)
        .exclude(removed_at=None)
        .select_related("variant")
        .first()
    )
    if line is not None:
        if CartLine.objects.filter(cart=cart, removed_at=None).count() >= MOST_LINES:
            raise CartFull
        line.removed_at = None
        line.save(update_fields=["removed_at"])
    return line


@transaction.atomic
def take_note(cart: Cart) -> int:
    """The buyer has seen the new prices; returns on how many lines they had changed."""
    _lock(cart)
    changed = [
        line
        for line in CartLine.objects.filter(cart=cart).select_related("variant")
        if line.price_shown != line.variant.price
    ]
    for line in changed:
        line.price_shown = line.variant.price
    CartLine.objects.bulk_update(changed, ["price_shown"])
    return len(changed)


@transaction.atomic
def merge(visitors: Cart, user: Any) -> Cart:
    """Move a visitor's cart into the person's own; doing it twice adds nothing.

    What is in both is added up, at most 99; what does not fit any more is left behind.
    """
    mine = open_cart_of(user)
    locked = {
        cart.pk: cart for cart in lock_rows(Cart.objects.filter(pk__in=[visitors.pk, mine.pk]))
    }
    if visitors.pk not in locked or locked[visitors.pk].user_id is not None:
        return mine
    own = {line.variant_id: line for line in CartLine.objects.filter(cart=mine)}
    room = MOST_LINES - sum(line.removed_at is None for line in own.values())
    for line in CartLine.objects.filter(cart=visitors, removed_at=None).order_by("pk"):
        present = own.get(line.variant_id)
        if present is not None and present.removed_at is None:
            present.quantity = _bounded(present.quantity + line.quantity)
            present.save(update_fields=["quantity"])
            continue
        if room < 1:
            continue
        room -= 1
        if present is not None:
            present.delete()
        line.cart = mine
        line.save(update_fields=["cart"])
    Cart.objects.filter(pk=mine.pk).update(changed_at=timezone.now())
    visitors.delete()
    return mine


def forget_old_carts() -> int:
    """Delete visitors' carts whose cookie is gone, and what was removed and not put back."""
    gone = timezone.now() - timedelta(seconds=settings.CART_COOKIE_AGE)
    CartLine.objects.filter(removed_at__lt=timezone.now() - timedelta(days=1)).delete()
    deleted, _each = Cart.objects.filter(token_hash__isnull=False, changed_at__lt=gone).delete()
    return deleted


def _on_sale(sku: str) -> Variant:
    variant = variant_by_sku(sku)
    if variant is None:
        raise UnknownGoods
    return variant


def _line(cart: Cart, sku: str) -> CartLine | None:
    return (
        CartLine.objects.filter(cart=cart, variant__sku=sku, removed_at=None)
        .select_related("variant")
        .first()
    )


def _lock(cart: Cart) -> None:
    """One change of a cart at a time; a cart that was ordered meanwhile changes no more."""
    if not Cart.objects.filter(pk=cart.pk, ordered_at=None).update(changed_at=timezone.now()):
        raise CartOrdered


def _bounded(quantity: int) -> int:
    return max(1, min(quantity, MOST_OF_ONE))
