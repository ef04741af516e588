"""How accounts are made and found."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import BaseUserManager

if TYPE_CHECKING:
    from accounts.models import User


class UserManager(BaseUserManager["User"]):
    """Accounts by their opaque handle. People are made by `accounts.services.register_person`."""

    use_in_migrations = True

    def create_user(self, password: str | None = None, **columns: Any) -> "User":
        """A bare account; without a password none opens it."""
        user: User = self.model(**columns)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, password: str | None = None, **columns: Any) -> "User":
        """An account that may do everything in the administration."""
        return self.create_user(password, **{**columns, "is_staff": True, "is_superuser": True})
