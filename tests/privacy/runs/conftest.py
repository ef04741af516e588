"""A kind of run for the tests: it writes a row of a table for each number that it counts."""

import pytest

from privacy.runs import kinds
from tests.privacy.runs import counting


@pytest.fixture
def kind():
    """The kind of `counting`, gone after the test."""
    counting.declare()
    yield counting
    kinds._kinds.pop(counting.KIND, None)
    counting.reset()
