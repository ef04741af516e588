"""What payments know about people, and all that the payment partner may be given."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models import PartnerNotice, Payment, PaymentEvent, Refund
from privacy import purposes
from privacy.enums import Ground
from privacy.recipients import declare_recipient
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    Mask,
    PersonalData,
    Place,
    Retention,
    declare,
    declare_elsewhere,
    keep_for,
    other,
    personal,
)


def trade(after: str, where: Q | None = None) -> Retention:
    """Three years from the end of the deal, which a payment does not know: half a year later."""
    return keep_for(
        years=3,
        days=210,
        after=after,
        because=_(
            "The law asks us to keep the records of a trade for three years after it. We count "
            "from the day on which the payment was started, so we add seven months for delivery "
            "and returns."
        ),
        ground=LegalGround.DEAL_RECORDS,
        where=where,
    )


declare_recipient(
    "payment_partner",
    name=_("Our payment partner"),
    role=_("Takes your payment on a page of its own and pays you back"),
    purpose=purposes.PAYMENT,
    fields=("payment_reference", "amount", "currency", "title", "refund_reason"),
    grounds=(Ground.CONTRACT,),
)


@declare(Payment)
class PaymentData(PersonalData):
    """How much a person was asked for and whether it came. No card, no account, no goods."""

    person = "subject"
    title = _("Your payments")
    family = Family.TRANSACTION
    fields = {
        "amount": personal(Category.PAYMENT, _("Amount")),
        "state": personal(Category.PAYMENT, _("State of the payment")),
        "provider": personal(Category.PAYMENT, _("Way of paying")),
        "partner_reference": personal(
            Category.PAYMENT, _("The payment partner's number"), mask=Mask.CODE
        ),
        "created_at": personal(Category.PAYMENT, _("When it was started")),
        "paid_at": personal(Category.PAYMENT, _("When it was paid")),
    }
    other_fields = {
        "code": "A random name for the payment, here and at the partner.",
        "reference": "The code of the purchase that asked for it.",
        "currency": "The mall's currency.",
        "title": "The same words for everybody, with the purchase's code.",
        "return_url": "The page of the mall to which the payer returns.",
        "expires_at": "Until when it can be paid.",
        "redirected_at": "When the payer was last sent to the partner.",
        "close_requested_at": "When we stopped waiting.",
        "closed_at": "When nobody could pay it any more.",
        "checks": "How often we asked the partner.",
        "next_check_at": "When we ask again.",
    }
    purposes = (purposes.PAYMENT, purposes.RECORDS)
    recipients = ("payment_partner",)
    kept_for = trade("created_at")
    on_erasure = Erasure.KEEP


@declare(PaymentEvent)
class PaymentEventData(PersonalData):
    """The timeline of a payment: what happened, when, and who told us."""

    person = "payment__subject"
    title = _("What happened to your payments")
    family = Family.TRANSACTION
    fields = {
        "kind": personal(Category.PAYMENT, _("What happened")),
        "amount": personal(Category.PAYMENT, _("Amount")),
        "happened_at": personal(Category.PAYMENT, _("When it happened")),
        "source": personal(Category.PAYMENT, _("Who told us")),
    }
    other_fields = {
        "key": "Makes a repeated step write one line only.",
        "detail": "A code of the refund or of the reason.",
        "recorded_at": "When we wrote it down.",
    }
    purposes = (purposes.PAYMENT, purposes.RECORDS)
    kept_for = trade("payment__created_at")
    on_erasure = Erasure.KEEP


@declare(PartnerNotice)
class PartnerNoticeData(PersonalData):
    """What the partner told us by itself, without who the payer is at the partner."""

    person = "payment__subject"
    title = _("What payment partners told us")
    family = Family.TRANSACTION
    fields = {
        "content": personal(
            Category.PAYMENT, _("State, amounts and times that the partner named"), mask=Mask.ALL
        ),
        "received_at": personal(Category.PAYMENT, _("When the partner told us")),
    }
    json_keys = {
        "content": {
            "gmt_close": other("When the partner closed the payment."),
            "gmt_create": other("When the partner opened the payment."),
            "gmt_payment": personal(Category.PAYMENT, _("When you paid")),
            "gmt_refund": personal(Category.PAYMENT, _("When the partner paid you back")),
            "notify_id": other("The partner's number of the notice."),
            "notify_time": other("When the partner sent the notice."),
            "notify_type": other("What kind of notice it is."),
            "out_biz_no": other("The code of the refund."),
            "out_trade_no": other("The code of the payment."),
            "refund_fee": personal(Category.PAYMENT, _("Amount that went back")),
            "said_amount": personal(Category.PAYMENT, _("Amount")),
            "said_at": personal(Category.PAYMENT, _("When it happened")),
            "said_reference": personal(
                Category.PAYMENT, _("The payment partner's number"), mask=Mask.CODE
            ),
            "said_status": personal(Category.PAYMENT, _("State of the payment")),
            "total_amount": personal(Category.PAYMENT, _("Amount")),
            "trade_status": personal(Category.PAYMENT, _("State of the payment")),
        }
    }
    other_fields = {
        "provider": "Which partner.",
        "partner_id": "The partner's number of the notice, so that it counts once.",
        "outcome": "What became of it.",
        "processed_at": "When it was applied.",
    }
    purposes = (purposes.PAYMENT, purposes.RECORDS)
    kept_for = (
        trade("payment__created_at", where=Q(payment__isnull=False)),
        keep_for(
            months=6,
            after="received_at",
            because=_("A notice about no payment of ours is kept to look into it."),
            where=Q(payment__isnull=True),
        ),
    )
    on_erasure = Erasure.KEEP


@declare(Refund)
class RefundData(PersonalData):
    """Money that went back."""

    person = "payment__subject"
    title = _("Money that went back to you")
    family = Family.TRANSACTION
    fields = {
        "amount": personal(Category.PAYMENT, _("Amount that went back")),
        "reason": personal(Category.PAYMENT, _("Why it went back")),
        "state": personal(Category.PAYMENT, _("State of the refund")),
        "created_at": personal(Category.PAYMENT, _("When it was asked for")),
        "settled_at": personal(Category.PAYMENT, _("When it was paid back")),
    }
    other_fields = {
        "code": "A random name for the refund, here and at the partner.",
        "key": "Names the step of the order that asked for it, so that it is paid once.",
        "failure": "A code of the partner.",
        "round": "How often staff asked again.",
        "attempts": "How often we asked the partner in this round.",
        "failed_at": "When we gave up.",
    }
    purposes = (purposes.PAYMENT, purposes.RECORDS)
    recipients = ("payment_partner",)
    kept_for = trade("payment__created_at")
    on_erasure = Erasure.KEEP


declare_elsewhere(
    "payment_partner",
    label=_("Payments at our payment partner"),
    family=Family.TRANSACTION,
    purposes=(purposes.PAYMENT,),
    because=_("The partner knows who paid and from which account, under its own duties."),
    place=Place.PARTNER,
    kept=_("As long as the partner's own duties ask."),
    on_erasure=Erasure.KEEP,
    recipient="payment_partner",
)
