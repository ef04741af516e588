"""Everything that changes an account."""

from accounts.services.addresses import add_address
from accounts.services.registering import register_person

__all__ = ["add_address", "register_person"]
