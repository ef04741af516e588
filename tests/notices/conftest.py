"""The messages of these tests greet people by a name, which no message of the mall does."""

import pytest

from notices.models import Message


@pytest.fixture(autouse=True)
def a_name_may_be_told(monkeypatch):
    """The key `name` is declared for as long as a test runs."""
    column = Message._meta.get_field("context")
    monkeypatch.setattr(column, "json_tree", {**column.json_tree, "name": {}})
