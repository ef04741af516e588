"""What the tests of orders share."""

from tests.payments.conftest import shots

__all__ = ["shots"]
