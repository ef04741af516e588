"""Steps between the first proof and being signed in."""

from typing import Any

from allauth.account.stages import LoginStage
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.mfa.utils import is_mfa_enabled

STALE = "stale_phone"


class SecondProofStage(LoginStage):
    """A code on a number that was not used for long could be read by the number's next owner."""

    key = "second_proof"
    urlname = "accounts:second_proof"

    def handle(self) -> tuple[Any, bool]:
        """Ask for more, unless a second step comes anyway."""
        if not self.login.state.get(STALE) or is_mfa_enabled(self.login.user):
            return None, True
        return headed_redirect_response("accounts:second_proof"), True
