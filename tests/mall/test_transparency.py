"""The page of what is held says what the declarations say, no more and no less."""

import pytest
from django.utils.html import escape

from mall.transparency import groups, receivers
from privacy.recipients import all_recipients
from privacy.registry import registry

pytestmark = pytest.mark.django_db


def test_every_declared_column_and_recipient_stands_on_the_page(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        html = client.get("/transparency/").content.decode()
    labels = {
        str(column.label)
        for declared in registry.declarations()
        for column in declared.data.fields.values()
    }
    assert len(labels) > 50
    assert [label for label in labels if escape(label) not in html] == []
    assert [r.code for r in all_recipients() if escape(str(r.name)) not in html] == []


def test_every_declaration_with_columns_stands_in_exactly_one_family():
    declared = [one for one in registry.declarations() if one.data.fields]
    assert sum(len(group.entries) for group in groups()) == len(declared)


def test_what_names_or_reaches_a_person_is_shown_as_locked():
    held = {str(h.label): h.is_locked for g in groups() for e in g.entries for h in e.held}
    assert held["Street and house number"]
    assert held["Phone number"]
    assert held["E-mail address"]
    assert not held["Member name"]


def test_a_recipient_is_shown_with_words_for_every_field():
    for one in receivers():
        assert one.fields
        assert [str(field) for field in one.fields if "_" in str(field)] == []
