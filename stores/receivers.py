"""What the privacy engine's news mean for stores."""

from typing import Any

from django.dispatch import receiver

from privacy.models import ErasureCase
from privacy.signals import account_hidden, account_shown, erasure_begins
from stores import services


@receiver(account_hidden)
def on_account_hidden(case: ErasureCase, **_kwargs: Any) -> None:
    """A store without another owner sells nothing meanwhile."""
    services.pause(case.subject, case.code)


@receiver(account_shown)
def on_account_shown(case: ErasureCase, **_kwargs: Any) -> None:
    """And sells again when its owner stays."""
    services.reopen(case.code)


@receiver(erasure_begins)
def on_erasure_begins(case: ErasureCase, **_kwargs: Any) -> None:
    """It closes with its owner."""
    services.leave(case.subject)
