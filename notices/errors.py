"""Why a message was not delivered."""


class ChannelRefused(Exception):
    """The channel answered and will never deliver this message; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ChannelSilent(Exception):
    """The channel did not answer: try again under the same idempotency key."""
