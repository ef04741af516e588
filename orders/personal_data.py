"""What carts and orders hold about people.

The ledger of money names no person: it outlives the orders.
"""

from django.utils.translation import gettext_lazy as _

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
from privacy.registry import (
    Category,
    Erasure,
    Family,
    Mask,
    PersonalData,
    Retention,
    account_life,
    declare,
    keep_for,
    not_personal,
    personal,
)

not_personal(
    LedgerEntry, because="Amounts by order code; no person, no text. Kept as accounts are kept."
)


def deal(after: str) -> Retention:
    """Three years from the end of the deal."""
    return keep_for(
        years=3,
        after=after,
        because=_("The law asks platforms to keep the records of a deal for three years."),
    )


@declare(Cart)
class CartData(PersonalData):
    """A cart lives with the account; a visitor's cart for thirty days."""

    person = "user"
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
    kept_for = account_life(because=_("So that you find your cart as you left it."))
    on_erasure = Erasure.DELETE


@declare(CartLine)
class CartLineData(PersonalData):
    """What somebody thinks of buying."""

    person = "cart__user"
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
    kept_for = account_life(because=_("So that you find your cart as you left it."))
    on_erasure = Erasure.DELETE


@declare(Purchase)
class PurchaseData(PersonalData):
    """One payment for the orders of several stores."""

    person = "subject"
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
        days=180,
        after="placed_at",
        because=_(
            "The law asks platforms to keep the records of a deal for three years after it is "
            "completed. We count from the day you ordered, so we add half a year for the time "
            "that delivery and returns may take."
        ),
    )
    on_erasure = Erasure.KEEP


@declare(Order)
class OrderData(PersonalData):
    """A deal: what was bought, and where it goes."""

    person = "buyer"
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


@declare(OrderLine)
class OrderLineData(PersonalData):
    """The goods of a deal, as they were then."""

    person = "order__buyer"
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

    person = "order__buyer"
    family = Family.TRANSACTION
    fields = {
        "kind": personal(Category.ORDER, _("What happened to your order")),
        "source": personal(Category.ORDER, _("Who told us")),
        "happened_at": personal(Category.ORDER, _("When it happened")),
        "amount": personal(Category.PAYMENT, _("Amount")),
    }
    other_fields = {
        "order": "The order.",
        "actor": "The member of staff, by a random UUID.",
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

    person = "order__buyer"
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


@declare(ReturnLine)
class ReturnLineData(PersonalData):
    """Which goods, and how many of them."""

    person = "request__order__buyer"
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

    person = "order__buyer"
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


@declare(RefundPart)
class RefundPartData(PersonalData):
    """What a refund is made of."""

    person = "refund__order__buyer"
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
