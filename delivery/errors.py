"""Refusals of this app: a code for programs, a sentence for people."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.errors import RuleError


class DeliveryError(RuleError):
    """Base of the refusals below."""


class NotDelivered(DeliveryError):
    """The store has no fee for this region: it does not deliver there."""

    def __init__(self, sentence: str) -> None:
        super().__init__("not_delivered", sentence)


class ParcelDiffers(DeliveryError):
    """The reference is already used for a parcel of another store or person."""

    def __init__(self) -> None:
        super().__init__("parcel_differs", _("This parcel was opened for somebody else."))


class RecipientIncomplete(DeliveryError):
    """A parcel needs a name and a phone number, and an address when a carrier brings it."""

    def __init__(self) -> None:
        super().__init__(
            "recipient_incomplete",
            _("Please give a name, a phone number and a full address for the delivery."),
        )


class WrongStep(DeliveryError):
    """The parcel is not in a state from which this is possible."""

    def __init__(self) -> None:
        super().__init__("wrong_step", _("This is not possible for the parcel as it stands now."))


class WrongPickupCode(DeliveryError):
    """The code does not belong to this parcel."""

    def __init__(self, left: int) -> None:
        super().__init__(
            "wrong_pickup_code",
            ngettext(
                "This is not the code of this parcel. One more try is left.",
                "This is not the code of this parcel. %(left)s more tries are left.",
                left,
            )
            % {"left": left},
        )
        self.left = left


class PickupLocked(DeliveryError):
    """Too many wrong codes: nobody can try for a while."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            "pickup_locked",
            ngettext(
                "There were too many wrong codes. Please try again in one minute.",
                "There were too many wrong codes. Please try again in %(minutes)s minutes.",
                minutes,
            )
            % {"minutes": minutes},
        )


class UnknownCarrier(DeliveryError):
    """No carrier is registered under this code."""

    def __init__(self) -> None:
        super().__init__("unknown_carrier", _("This carrier is not available."))


class BadPush(Exception):
    """News that no carrier we know has signed. Code only."""


class MalformedPush(Exception):
    """Signed, but not what was agreed. Code only."""


class UnknownParcel(Exception):
    """News about a parcel that is not ours. Code only."""
