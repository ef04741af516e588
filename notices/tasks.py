"""Jobs of the message centre."""

from datetime import timedelta

from jobs.registry import job, periodic
from notices import delivery, services


@job("notices.deliver")
def deliver(*, message_id: int) -> None:
    """Hand one message to its channel."""
    delivery.deliver(message_id)


@periodic("notices.prune", every=timedelta(hours=6))
def prune() -> None:
    """Forget what was sent to addresses without an account."""
    services.prune()
