"""Second steps: their secrets are sealed, their labels name nobody."""

import base64
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from privacy import keyring

PURPOSE = "accounts.second_step"


class MfaAdapter(DefaultMFAAdapter):
    """The mall's answers."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret under a key of the house."""
        return base64.b64encode(keyring.seal_bytes(PURPOSE, text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        return keyring.open_bytes(PURPOSE, base64.b64decode(encrypted_text)).decode()

    def get_totp_label(self, user: Any) -> str:
        """What the authenticator app shows beside the code."""
        return user.display_name or _("My account")

    def get_totp_issuer(self) -> str:
        """The mall's name."""
        names: dict[str, str] = settings.SITE_NAME
        return names.get(get_language() or "") or names["en"]
