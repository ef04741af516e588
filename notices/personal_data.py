"""What the message centre knows about people, and the partners that carry its messages."""

from django.utils.translation import gettext_lazy as _

from notices.models import Message
from privacy import purposes
from privacy.enums import Ground
from privacy.recipients import declare_recipient
from privacy.registry import (
    Category,
    Erasure,
    Family,
    Mask,
    PersonalData,
    account_life,
    declare,
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
    purposes = (purposes.MESSAGES,)
    recipients = ("mail_server", "sms_gateway")
    kept_for = account_life(
        because=_(
            "So that you can read again what we told you, as long as you have an account. What we "
            "sent to an address without an account is deleted seven days after its use has ended."
        )
    )
    on_erasure = Erasure.DELETE
