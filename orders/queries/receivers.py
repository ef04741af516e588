"""Who receives what for this purchase, and nobody else (C-04).

The panel reads the allow-lists that `privacy.disclosures` enforces, so it cannot promise less than
what leaves the house.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.queries.bills import Bill
from payments.providers.registry import available_methods
from privacy.recipients import recipient

FIELDS: dict[str, "str | Promise"] = {
    "payment_reference": _("a payment number"),
    "amount": _("the amount"),
    "currency": _("the currency"),
    "title": _("the mall's name"),
    "refund_reason": _("the reason of a refund"),
    "name": _("the recipient's name"),
    "phone": _("the phone number"),
    "other_phone": _("another phone number, if you give one"),
    "address": _("the address"),
    "weight": _("the parcel's weight"),
}
ORDER = tuple(FIELDS)
AT_THE_COUNTER = ("name", "phone", "other_phone")


@dataclass(frozen=True)
class Receiver:
    """A company that gets something, what for, and what."""

    name: "str | Promise"
    role: "str | Promise"
    fields: "list[str | Promise]"
    plus: "str | Promise" = ""

    @property
    def sentence(self) -> str:
        """All of it in one line, in the reader's language."""
        words = [*self.fields, self.plus] if self.plus else self.fields
        return gettext(", ").join(str(word) for word in words)


def receivers(bill: Bill) -> list[Receiver]:
    """Everybody who gets something because of this purchase, the payment partner first."""
    payment = recipient("payment_partner")
    found = [Receiver(available_methods()[0].label, payment.role, _words(payment.fields))]
    if bill.needs_address:
        carrier = recipient("carrier")
        found.append(Receiver(carrier.name, carrier.role, _words(carrier.fields)))
    store = recipient("store")
    for one in bill.stores:
        fields = AT_THE_COUNTER if one.is_pickup else store.fields
        found.append(
            Receiver(
                one.group.store.name,
                store.role,
                _words(fields),
                plus=_("what you order there and your remark"),
            )
        )
    return found


def _words(fields: Iterable[str]) -> "list[str | Promise]":
    return [FIELDS[name] for name in sorted(fields, key=ORDER.index)]
