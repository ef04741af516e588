"""A key that nobody declared is noticed when it is written, by name and never by value."""

import logging

import pytest
from django.db import models

from notices.enums import Category, Channel
from notices.models import Message
from payments.models import PartnerNotice
from privacy import keyring
from privacy.enums import Action
from privacy.models import AuditEntry
from privacy.registry import json_keys, other
from privacy.registry.json_keys import UnknownKey, tree_of, unknown_keys

BAIT = "bait-of-a-value"


@pytest.mark.parametrize(
    ("declared", "value", "unknown"),
    [
        (["a"], {"a": 1}, []),
        (["a"], {"a": 1, "b": 2}, ["b"]),
        (["a.b"], {"a": {"b": 1, "c": 2}}, ["a.c"]),
        (["a"], {"a": {"b": 1}}, ["a.b"]),
        (["a[]"], {"a": [1, 2]}, []),
        (["a"], {"a": [1]}, ["a[]"]),
        (["a[].b"], {"a": [{"b": 1}, {"c": 1}]}, ["a[].c"]),
        (["[]"], ["x", "y"], []),
        ([], ["x"], ["[]"]),
        (["*"], {"accounts.Phone": 1}, []),
        (["*.n"], {"x": {"n": 1, "m": 1}}, ["x.m"]),
        ([], {}, []),
        ([], None, []),
    ],
)
def test_paths_of_keys(declared, value, unknown):
    tree = tree_of({path: other("x") for path in declared})
    assert list(unknown_keys(value, tree)) == unknown


def notice(content):
    return PartnerNotice(provider="x", partner_id="1", content=content)


def message(context):
    return Message(
        subject=keyring.new_subject(),
        kind="tests.key",
        category=Category.SERVICE,
        channel=Channel.SMS,
        language="en",
        once="key",
        context=context,
    )


@pytest.mark.parametrize(
    "write",
    [
        lambda: notice({"buyer": BAIT}).save(),
        lambda: PartnerNotice.objects.bulk_create([notice({"buyer": BAIT})]),
        lambda: message({"buyer": BAIT}).save(),
    ],
    ids=["saved", "in bulk", "sealed"],
)
def test_under_test_it_raises_and_says_the_key_only(db, write):
    with pytest.raises(UnknownKey, match="buyer") as raised:
        write()
    assert BAIT not in str(raised.value)


def test_an_update_of_many_rows_is_noticed_too(db):
    notice({"notify_id": "1"}).save()
    with pytest.raises(UnknownKey, match="buyer"):
        PartnerNotice.objects.update(content={"buyer": BAIT})


@pytest.fixture
def in_production(settings, monkeypatch):
    settings.TESTING = False
    monkeypatch.setattr(json_keys, "_told", set())


def test_in_production_it_is_stored_logged_and_counted_once(db, in_production, caplog):
    with caplog.at_level(logging.WARNING, "privacy.registry.json_keys"):
        for number in range(3):
            row = notice({"buyer": BAIT})
            row.partner_id = str(number)
            row.save()
    assert PartnerNotice.objects.count() == 3
    assert len(caplog.records) == 3
    assert "payments.PartnerNotice.content buyer" in caplog.text
    assert BAIT not in caplog.text
    entry = AuditEntry.objects.get(action=Action.UNKNOWN_KEY)
    assert entry.detail == {"column": "payments.PartnerNotice.content", "key": "buyer"}


def test_a_key_that_looks_like_a_value_is_not_repeated(db, in_production, caplog):
    with caplog.at_level(logging.WARNING, "privacy.registry.json_keys"):
        notice({"+86 138 0013 8001": 1}).save()
    assert "138" not in " ".join(caplog.messages)
    assert "(not a name)" in caplog.text


def test_migrations_see_the_columns_as_they_were():
    column = PartnerNotice._meta.get_field("content")
    assert type(column) is not models.JSONField
    assert column.deconstruct()[1] == "django.db.models.JSONField"
    sealed = Message._meta.get_field("context")
    assert sealed.deconstruct()[1] == "privacy.fields.SealedJSONField"
