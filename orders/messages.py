"""What buyers are told about their orders. Words: `templates/orders/message/`."""

from django.utils.translation import gettext_lazy as _

from notices.enums import Category, Channel
from notices.kinds import declare_kind

QUIET = (Channel.EMAIL, Channel.INBOX)
LOUD = (Channel.EMAIL, Channel.SMS, Channel.INBOX)
"""With an SMS where the buyer has to act, or would wait in vain."""


def _declare(name: str, subject: object, channels: tuple[Channel, ...] = QUIET) -> None:
    declare_kind(
        f"orders.{name}",
        category=Category.TRADE,
        subject=subject,  # type: ignore[arg-type]  # a lazy sentence
        template=f"orders/{name}",
        channels=channels,
    )


_declare("placed", _("Your order {code} waits for payment"))
_declare("paid", _("Your order {code} is paid"))
_declare("expired", _("Your order {code} was not paid in time"))
_declare("cancelled", _("Your order {code} is cancelled"))
_declare("cancelled_paid", _("Your order {code} is cancelled, your money is on its way"))
_declare("sold_out", _("Your order {code} is sold out, your money is on its way"), LOUD)
_declare("paid_late", _("Your payment for the order {code} goes back to you"), LOUD)
_declare("shipped", _("Your order {code} is on its way"))
_declare("ready", _("Your order {code} waits for you at the store"), LOUD)
_declare("delivered", _("Your order {code} has arrived"))
_declare("completed", _("Your order {code} is completed"))
_declare("lost", _("Your order {code} was lost on its way"), LOUD)
_declare("came_back", _("Your order {code} could not be delivered"), LOUD)
_declare("refunded", _("{amount} went back to you for the order {code}"))
_declare("return_requested", _("We have your return request for the order {code}"))
_declare("return_approved", _("You can send back goods of the order {code}"), LOUD)
_declare("return_refused", _("About your return for the order {code}"))
_declare("return_received", _("The store has your return for the order {code}"))
