"""Jobs of the message centre."""

from jobs.registry import job
from notices import delivery


@job("notices.deliver")
def deliver(*, message_id: int) -> None:
    """Hand one message to its channel."""
    delivery.deliver(message_id)
