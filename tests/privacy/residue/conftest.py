"""Whoever got her data is known from the tests of the receipts."""

from tests.privacy.receipts.conftest import given

__all__ = ["given"]
