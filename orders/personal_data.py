"""What carts and orders hold about people.

The ledger of money names no person: it outlives the orders.
"""

from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.enums import ENDED, OPEN_RETURNS, OrderState, RefundState
from orders.models import (
    Cart,
    CartLine,
    LedgerEntry,
    Order,
    OrderEvent,
    OrderLine,
    OrderRefund,
    Purchase,
    RefundPart,
    ReturnLine,
    ReturnRequest,
)
from privacy import purposes
from privacy.erasure.parts import Cleared, declare_part
from privacy.registry import (
    Blocker,
    Category,
    Erasure,
    Family,
    LegalGround,
    Mask,
    PersonalData,
    Retention,
    account_life,
    actor,
    declare,
    keep_for,
    not_personal,
    personal,
    second_party,
)
from stores.services import owned_alone

not_personal(
    LedgerEntry, because="Amounts by order code; no person, no text. Kept as accounts are kept."
)


def deal(after: str) -> Retention:
    """Three years from the end of the deal, and a month to put things in order."""
    return keep_for(
        years=3,
        days=30,
        after=after,
        because=_("The law asks platforms to keep the records of a deal for three years."),
        ground=LegalGround.DEAL_RECORDS,
    )


def _open_at_stores(subject: UUID) -> int:
    """Orders, returns and refunds of others at stores that would lose their only owner."""
    stores = list(owned_alone(subject).values_list("pk", flat=True))
    if not stores:
        return 0
    orders = Order.objects.filter(store__in=stores)
    open_orders = orders.exclude(state__in=ENDED).count()
    returns = ReturnRequest.objects.filter(order__store__in=stores, state__in=OPEN_RETURNS)
    refunds = OrderRefund.objects.filter(order__store__in=stores)
    return open_orders + returns.count() + refunds.exclude(state=RefundState.SETTLED).count()


IN_THE_CART = (
    _("So that you find your cart as you left it."),
    _("So that a visitor finds the cart again, for thirty days."),
)


@declare(Cart)
class CartData(PersonalData):
    """A cart lives with the account; a visitor's cart for thirty days."""

    person = "user"
    title = _("Your cart")
    family = Family.USAGE
    fields = {
        "changed_at": personal(Category.BEHAVIOUR, _("When you last changed your cart")),
    }
    other_fields = {
        "code": "A random name for the order form.",
        "created_at": "When the cart was opened.",
        "ordered_at": "When the cart became an order.",
    }
    secrets = ("token_hash",)
    purposes = (purposes.ORDERING,)
    kept_for = (
        account_life(because=IN_THE_CART[0], where=Q(user__isnull=False)),
        keep_for(days=30, after="changed_at", because=IN_THE_CART[1], where=Q(user__isnull=True)),
    )
    on_erasure = Erasure.DELETE


@declare(CartLine)
class CartLineData(PersonalData):
    """What somebody thinks of buying."""

    person = "cart__user"
    title = _("What is in your cart")
    family = Family.USAGE
    fields = {
        "variant": personal(Category.BEHAVIOUR, _("What you put into your cart")),
        "quantity": personal(Category.BEHAVIOUR, _("How many")),
        "added_at": personal(Category.BEHAVIOUR, _("When you put it there")),
    }
    other_fields = {
        "price_shown": "The price that you saw, to point out a change.",
        "removed_at": "So that you can undo a removal.",
    }
    purposes = (purposes.ORDERING,)
    kept_for = (
        account_life(because=IN_THE_CART[0], where=Q(cart__user__isnull=False)),
        keep_for(
            days=30,
            after="cart__changed_at",
            because=IN_THE_CART[1],
            where=Q(cart__user__isnull=True),
        ),
    )
    on_erasure = Erasure.DELETE


@declare(Purchase)
class PurchaseData(PersonalData):
    """One payment for the orders of several stores."""

    person = "subject"
    title = _("Your purchases")
    family = Family.TRANSACTION
    fields = {
        "total": personal(Category.ORDER, _("Amount payable")),
        "placed_at": personal(Category.ORDER, _("When you ordered")),
        "paid_at": personal(Category.PAYMENT, _("When you paid")),
    }
    other_fields = {
        "code": "A random public code.",
        "cart": "The cart that was ordered, so that it is ordered once.",
        "buyer": "The account that bought.",
        "currency": "The currency.",
        "expires_at": "Until when it can be paid.",
        "finalised_at": "When the payment was dealt with.",
        "ended_at": "When nothing more was expected.",
    }
    purposes = (purposes.ORDERING, purposes.RECORDS)
    kept_for = keep_for(
        years=3,
        days=210,
        after="placed_at",
        because=_(
            "The law asks platforms to keep the records of a deal for three years after it is "
            "completed. We count from the day you ordered, so we add seven months for the time "
            "that delivery and returns may take."
        ),
        ground=LegalGround.DEAL_RECORDS,
    )
    on_erasure = Erasure.KEEP
    column_erasure = {"buyer": Erasure.DETACH, "cart": Erasure.DETACH}


@declare(Order)
class OrderData(PersonalData):
    """A deal: what was bought, and where it goes."""

    person = "subject"
    title = _("Your orders")
    others = (
        second_party(
            None,
            columns=("recipient", "phone", "other_phone", "street"),
            what=_("Whoever you have the goods brought to"),
            entered=True,
        ),
    )
    family = Family.TRANSACTION
    fields = {
        "code": personal(Category.ORDER, _("Order number")),
        "store": personal(Category.ORDER, _("Store")),
        "recipient": personal(Category.NAME, _("Recipient"), mask=Mask.NAME),
        "phone": personal(Category.CONTACT, _("Contact phone"), mask=Mask.PHONE),
        "other_phone": personal(Category.CONTACT, _("Another contact phone"), mask=Mask.PHONE),
        "street": personal(Category.ADDRESS, _("Delivery address"), mask=Mask.ADDRESS),
        "remark": personal(Category.FREE_TEXT, _("Your remark"), mask=Mask.ALL),
        "province": personal(
            Category.LOCATION, _("Province"), readable_because="Generalised, for shipping fees."
        ),
        "city": personal(
            Category.LOCATION, _("City"), readable_because="Generalised, for statistics."
        ),
        "district": personal(
            Category.LOCATION, _("District"), readable_because="Generalised, for the carrier."
        ),
        "postcode": personal(
            Category.LOCATION, _("Postcode"), readable_because="Generalised, for the carrier."
        ),
        "delivery_wish": personal(Category.PREFERENCE, _("When you would like to be visited")),
        "method": personal(Category.ORDER, _("Way of delivery")),
        "state": personal(Category.ORDER, _("State of the order")),
        "payment_state": personal(Category.PAYMENT, _("State of the payment")),
        "delivery_state": personal(Category.ORDER, _("State of the delivery")),
        "goods_total": personal(Category.ORDER, _("Price of the goods")),
        "shipping_fee": personal(Category.ORDER, _("Shipping fee")),
        "total": personal(Category.ORDER, _("Amount payable")),
        "tax_total": personal(Category.ORDER, _("Tax included")),
        "placed_at": personal(Category.ORDER, _("When you ordered")),
        "paid_at": personal(Category.PAYMENT, _("When you paid")),
        "shipped_at": personal(Category.ORDER, _("When it was sent")),
        "delivered_at": personal(Category.ORDER, _("When it arrived")),
        "completed_at": personal(Category.ORDER, _("When the deal was completed")),
        "ended_at": personal(Category.ORDER, _("When it was cancelled")),
        "end_reason": personal(Category.ORDER, _("Why it was cancelled")),
        "exempt_confirmed_at": personal(
            Category.CONSENT, _("When you confirmed goods exempt from return")
        ),
        "terms_version": personal(Category.CONSENT, _("Version of the terms")),
        "policy_version": personal(Category.CONSENT, _("Version of the privacy policy")),
    }
    other_fields = {
        "buyer": "The account that bought.",
        "purchase": "Orders that were paid together.",
        "store_name_en": "The store's name at that time.",
        "store_name_zh": "The store's name at that time.",
        "currency": "The currency.",
        "stock_reference": "Names the reservation of the goods.",
        "attention": "What an operator must look at.",
        "attention_at": "Since when.",
        "clock_at": "Starts the time for which the deal is kept.",
    }
    purposes = (purposes.ORDERING, purposes.DELIVERY, purposes.AFTER_SALES, purposes.RECORDS)
    kept_for = deal("clock_at")
    on_erasure = Erasure.KEEP
    column_erasure = {
        "buyer": Erasure.DETACH,
        "remark": Erasure.BLANK,
        "delivery_wish": Erasure.BLANK,
    }

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """Orders that are not over: unpaid ones can be cancelled, the others take their time."""
        orders = Order.objects.filter(subject=subject)
        unpaid = orders.filter(state=OrderState.PLACED).count()
        found = [
            Blocker("unpaid_orders", _("An order waits for payment. Pay or cancel it."), unpaid),
            Blocker(
                "open_orders",
                _("An order is not completed yet."),
                orders.filter(state=OrderState.CONFIRMED).count(),
                in_persons_hands=False,
            ),
            Blocker(
                "store_orders",
                _("An order at your store is not over. Send it, or cancel it and pay back."),
                _open_at_stores(subject),
            ),
        ]
        return [blocker for blocker in found if blocker.count]


@declare(OrderLine)
class OrderLineData(PersonalData):
    """The goods of a deal, as they were then."""

    person = "order__subject"
    title = _("What you bought")
    family = Family.TRANSACTION
    fields = {
        "sku": personal(Category.ORDER, _("Article number")),
        "name_en": personal(
            Category.ORDER, _("What you bought"), readable_because="The name of goods."
        ),
        "name_zh": personal(
            Category.ORDER, _("What you bought, in Chinese"), readable_because="The name of goods."
        ),
        "options_en": personal(Category.ORDER, _("Options you chose")),
        "options_zh": personal(Category.ORDER, _("Options you chose, in Chinese")),
        "quantity": personal(Category.ORDER, _("How many")),
        "unit_price": personal(Category.ORDER, _("Price of one")),
        "total": personal(Category.ORDER, _("Price of all")),
        "refunded_quantity": personal(Category.ORDER, _("How many were refunded")),
    }
    other_fields = {
        "order": "The order.",
        "variant": "The goods in the catalogue.",
        "picture": "The goods' picture at that time.",
        "tax_code": "The tax class at that time.",
        "tax_name_en": "Its name.",
        "tax_name_zh": "Its name in Chinese.",
        "tax_rate_bp": "The tax rate at that time.",
        "tax_part": "The tax in the price.",
        "weight_g": "The weight, for the carrier.",
        "no_return": "Whether the goods were exempt from return.",
        "no_return_reason_en": "Why.",
        "no_return_reason_zh": "Why, in Chinese.",
    }
    purposes = (purposes.ORDERING, purposes.AFTER_SALES, purposes.RECORDS)
    kept_for = deal("order__clock_at")
    on_erasure = Erasure.KEEP


@declare(OrderEvent)
class OrderEventData(PersonalData):
    """The timeline of a deal."""

    person = "order__subject"
    title = _("What happened to your orders")
    actors = (actor("actor", shows=("kind", "happened_at")),)
    family = Family.TRANSACTION
    fields = {
        "kind": personal(Category.ORDER, _("What happened to your order")),
        "source": personal(Category.ORDER, _("Who told us")),
        "happened_at": personal(Category.ORDER, _("When it happened")),
        "amount": personal(Category.PAYMENT, _("Amount")),
    }
    other_fields = {
        "order": "The order.",
        "actor": "The one who acted, by a random UUID.",
        "key": "Writes each line once.",
        "detail": "An enumerated reason or a code.",
        "recorded_at": "When we wrote it down.",
    }
    purposes = (purposes.ORDERING, purposes.AFTER_SALES, purposes.RECORDS)
    kept_for = deal("order__clock_at")
    on_erasure = Erasure.KEEP


@declare(ReturnRequest)
class ReturnRequestData(PersonalData):
    """Goods on their way back."""

    person = "subject"
    title = _("What you sent back")
    family = Family.TRANSACTION
    fields = {
        "code": personal(Category.ORDER, _("Return number")),
        "state": personal(Category.ORDER, _("State of the return")),
        "reason": personal(Category.ORDER, _("Why you sent it back")),
        "refusal": personal(Category.ORDER, _("Why the return was refused")),
        "tracking": personal(Category.IDENTIFIER, _("Your parcel's number"), mask=Mask.CODE),
        "requested_at": personal(Category.ORDER, _("When you asked")),
        "decided_at": personal(Category.ORDER, _("When it was decided")),
        "shipped_at": personal(Category.ORDER, _("When you sent it")),
        "received_at": personal(Category.ORDER, _("When the store received it")),
    }
    other_fields = {"order": "The order.", "closed_at": "When the return was over."}
    purposes = (purposes.AFTER_SALES, purposes.RECORDS)
    kept_for = deal("order__clock_at")
    on_erasure = Erasure.KEEP

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """Returns that nobody has decided or closed."""
        open_still = ReturnRequest.objects.filter(subject=subject, state__in=OPEN_RETURNS)
        count = open_still.count()
        sentence = _("A return is not over yet.")
        return [Blocker("returns", sentence, count, in_persons_hands=False)] if count else []


@declare(ReturnLine)
class ReturnLineData(PersonalData):
    """Which goods, and how many of them."""

    person = "request__subject"
    title = _("Goods that you sent back")
    family = Family.TRANSACTION
    fields = {
        "line": personal(Category.ORDER, _("What you sent back")),
        "quantity": personal(Category.ORDER, _("How many")),
        "received": personal(Category.ORDER, _("How many the store received")),
    }
    other_fields = {"request": "The return."}
    purposes = (purposes.AFTER_SALES, purposes.RECORDS)
    kept_for = deal("request__order__clock_at")
    on_erasure = Erasure.KEEP


@declare(OrderRefund)
class OrderRefundData(PersonalData):
    """Money that goes back."""

    person = "order__subject"
    title = _("Refunds of your orders")
    family = Family.TRANSACTION
    fields = {
        "amount": personal(Category.PAYMENT, _("Amount that goes back to you")),
        "reason": personal(Category.PAYMENT, _("Why it goes back")),
        "state": personal(Category.PAYMENT, _("State of the refund")),
        "created_at": personal(Category.PAYMENT, _("When the refund was started")),
        "settled_at": personal(Category.PAYMENT, _("When you were refunded")),
    }
    other_fields = {
        "order": "The order.",
        "request": "The return that it belongs to.",
        "key": "Refunds once.",
        "payment_refund": "The refund's code at the payments room.",
    }
    purposes = (purposes.PAYMENT, purposes.AFTER_SALES, purposes.RECORDS)
    kept_for = deal("order__clock_at")
    on_erasure = Erasure.KEEP

    @classmethod
    def why_not_yet(cls, subject: UUID) -> list[Blocker]:
        """Money that is still on its way back."""
        refunds = OrderRefund.objects.filter(order__subject=subject)
        count = refunds.exclude(state=RefundState.SETTLED).count()
        sentence = _("Money is still on its way back to you.")
        return [Blocker("refunds", sentence, count, in_persons_hands=False)] if count else []


@declare(RefundPart)
class RefundPartData(PersonalData):
    """What a refund is made of."""

    person = "refund__order__subject"
    title = _("What refunds are made of")
    family = Family.TRANSACTION
    fields = {
        "line": personal(Category.ORDER, _("What was refunded")),
        "quantity": personal(Category.ORDER, _("How many")),
        "amount": personal(Category.PAYMENT, _("Amount")),
    }
    other_fields = {"refund": "The refund.", "tax_part": "The tax in it."}
    purposes = (purposes.PAYMENT, purposes.RECORDS)
    kept_for = deal("refund__order__clock_at")
    on_erasure = Erasure.KEEP


def _clear_cart(subject: UUID) -> int:
    lines = CartLine.objects.filter(cart__user__subject=subject, cart__ordered_at__isnull=True)
    number, _by_model = lines.delete()
    return number


declare_part(
    "cart",
    label=_("Cart"),
    what=_("Everything that you put into your cart. Nothing that you ordered."),
    rows=Cleared(
        CartLine,
        lambda subject: CartLine.objects.filter(
            cart__user__subject=subject, cart__ordered_at__isnull=True
        ).count(),
        _clear_cart,
    ),
)
