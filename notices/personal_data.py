"""What the message centre knows about people, and the partners that carry its messages."""

from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices import outbox
from notices.models import Message
from privacy import purposes
from privacy.enums import Ground
from privacy.erasure.parts import RowsOf, declare_part
from privacy.models import DisclosureEntry
from privacy.recipients import declare_recipient
from privacy.registry import (
    Category,
    Erasure,
    Family,
    Mask,
    PersonalData,
    Place,
    account_life,
    declare,
    declare_elsewhere,
    keep_for,
    other,
    personal,
)

declare_recipient(
    "mail_server",
    name=_("Our e-mail service"),
    role=_("Delivers e-mail on our behalf"),
    purpose=purposes.MESSAGES,
    fields=("email", "text"),
    grounds=(Ground.CONTRACT, Ground.LEGAL_OBLIGATION),
)
declare_recipient(
    "sms_gateway",
    name=_("Our SMS gateway"),
    role=_("Delivers SMS on our behalf"),
    purpose=purposes.MESSAGES,
    fields=("phone", "text"),
    grounds=(Ground.CONTRACT, Ground.LEGAL_OBLIGATION),
)


@declare(Message)
class MessageData(PersonalData):
    """A message names a person through its owner; its particulars are sealed."""

    person = "person"
    title = _("Messages to you")
    family = Family.USAGE
    fields = {
        "context": personal(Category.CONTENT, _("What the message was about"), mask=Mask.ALL),
        "to_address": personal(Category.CONTACT, _("Address without an account"), mask=Mask.ALL),
        "read_at": personal(Category.BEHAVIOUR, _("When you opened it")),
    }
    other_fields = {
        "code": "A random name for the address line.",
        "kind": "One of the declared kinds.",
        "category": "One of five.",
        "channel": "E-mail, SMS or message center.",
        "language": "The language the message is written in.",
        "once": "Codes of what happened, so that it is told once.",
        "state": "How far the message came.",
        "error": "A code of the channel.",
        "partner_message_id": "A number that the channel gave the message.",
        "created_at": "When the message was written.",
        "sent_at": "When the channel took it.",
    }
    json_keys = {
        "context": {
            "address_en": other("The street of a store."),
            "address_zh": other("The street of a store."),
            "amount": personal(Category.PAYMENT, _("Amount")),
            "code": personal(Category.CONTENT, _("The code of an order, or a code to type")),
            "days": other("How long something takes."),
            "is_partial": other("Whether another sentence is said."),
            "is_phone": other("Which of two sentences is said."),
            "minutes": other("How long something takes."),
            "pickup_code": personal(Category.SECURITY, _("The code for picking up")),
            "receipt": other("The code of a receipt."),
            "reason": personal(Category.ORDER, _("Why something was refused")),
            "refund_days": other("How long something takes."),
            "return_code": personal(Category.ORDER, _("Return number")),
            "return_days": other("How long something takes."),
            "store_en": personal(Category.ORDER, _("Store")),
            "store_zh": personal(Category.ORDER, _("Store")),
            "token": other("Opens the page on which a change is stopped."),
            "until": other("A day."),
            "years": other("How long something takes."),
            "what": personal(Category.CONTACT, _("What was changed, masked")),
        }
    }
    purposes = (purposes.MESSAGES,)
    recipients = ("mail_server", "sms_gateway")
    kept_for = (
        account_life(
            because=_(
                "So that you can read again what we told you, as long as you have an account. "
                "What we sent to an address without an account is deleted seven days after its "
                "use has ended."
            ),
            where=Q(person__isnull=False),
        ),
        keep_for(
            days=14,
            after="created_at",
            because=_("A message to an address without an account, until its use has ended."),
            where=Q(person__isnull=True),
        ),
    )
    on_erasure = Erasure.DELETE


declare_elsewhere(
    "mail_server",
    label=_("E-mail on its way to you"),
    family=Family.USAGE,
    purposes=(purposes.MESSAGES,),
    because=_("Our e-mail service holds a message until it has delivered it."),
    place=Place.PARTNER,
    kept=_("Until it is delivered, a few days at most."),
    on_erasure=Erasure.KEEP,
    recipient="mail_server",
)
declare_elsewhere(
    "sms_gateway",
    label=_("SMS on its way to you"),
    family=Family.USAGE,
    purposes=(purposes.MESSAGES,),
    because=_("Our SMS gateway holds a message and your number as the law on telephony asks."),
    place=Place.PARTNER,
    kept=_("As long as the gateway's own duties ask."),
    on_erasure=Erasure.KEEP,
    recipient="sms_gateway",
)


def _in_outbox(subject: UUID) -> list[str]:
    return [key for key in _keys_of(subject) if outbox.holds(key)]


def _erase_from_outbox(subject: UUID) -> int:
    return outbox.forget(keys=_keys_of(subject), addresses=(str(subject),))


def _keys_of(subject: UUID) -> set[str]:
    """The names under which the person's messages went out, as the ledger knows them."""
    given = DisclosureEntry.objects.filter(
        subject=subject, recipient__in=("mail_server", "sms_gateway")
    )
    return set(given.values_list("reference", flat=True))


declare_elsewhere(
    "outbox",
    label=_("The demonstration's outbox"),
    family=Family.USAGE,
    purposes=(purposes.MESSAGES,),
    because=_("The demonstration writes its messages to a file instead of sending them."),
    place=Place.FILES,
    kept=_("Until the demonstration is thrown away."),
    on_erasure=Erasure.DELETE,
    found=_in_outbox,
    erase=_erase_from_outbox,
)

declare_part(
    "messages",
    label=_("Messages"),
    what=_("What we told you, on every channel. What it was about stays where it belongs."),
    rows=RowsOf(Message, clock="created_at"),
)
