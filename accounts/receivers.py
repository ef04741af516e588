"""What follows when something happens to an account."""


def connect() -> None:
    """Connect the receivers."""
