"""Where the message centre reaches a person."""

from typing import Any

from accounts.queries import verified_email_of, verified_phone_of
from notices.addresses import Addresses


def addresses_of(user: Any) -> Addresses:
    """The proved phone and e-mail of the account, and its language."""
    return Addresses(
        email=verified_email_of(user), phone=verified_phone_of(user), language=user.language
    )
