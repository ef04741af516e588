"""Who people are, how they sign in, where they live."""

from accounts.models.addresses import Address
from accounts.models.limits import MessageCount
from accounts.models.people import IdentifierChange, KeptIdentity, Phone, Profile, User, new_handle

__all__ = [
    "Address",
    "IdentifierChange",
    "KeptIdentity",
    "MessageCount",
    "Phone",
    "Profile",
    "User",
    "new_handle",
]
