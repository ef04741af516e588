"""A word for every declared column: what is hers is found, and nothing of anybody else."""

import json

import pytest
from django.db import connections, models

from privacy.fields import SealedTextField
from privacy.fields_email import BlindEmailField, SealedCopyField
from privacy.registry import acted_rows_of, counts_of, registry, rows_of
from tests.support.canary import plant, world

SEALED = (SealedTextField, SealedCopyField, BlindEmailField)


@pytest.fixture
def two(alice, bob):
    """alice and bob, each with a row in every declared table."""
    around = world()
    return plant(alice, around), plant(bob, around)


def owned():
    return [one for one in registry.declarations() if one.data.person is not None]


def content_of(row):
    """Everything that the code can read of a row, as text."""
    values = {}
    for column in row._meta.concrete_fields:
        name = "email" if isinstance(column, SealedCopyField) else column.name
        value = getattr(row, name)
        values[column.name] = value.pk if isinstance(value, models.Model) else value
    return json.dumps(values, default=str, ensure_ascii=False)


def test_every_declared_table_has_a_row_of_each_person(two):
    labels = {one.label for one in registry.declarations()}
    for planted in two:
        assert set(planted.rows) == labels


@pytest.mark.promise("DEF-01")
def test_the_way_to_the_person_finds_exactly_their_rows(two):
    alices, bobs = two
    for declaration in owned():
        found = {
            planted.person.pk: set(
                rows_of(declaration, planted.person).values_list("pk", flat=True)
            )
            for planted in two
        }
        hers, his = found[alices.person.pk], found[bobs.person.pk]
        assert alices.rows[declaration.label].pk in hers, declaration.label
        assert bobs.rows[declaration.label].pk in his, declaration.label
        assert not hers & his, declaration.label
        everything = declaration.model._base_manager.using(declaration.alias)
        assert hers | his == set(everything.values_list("pk", flat=True)), declaration.label


def test_a_person_is_found_by_account_by_uuid_and_by_its_text(two):
    alice = two[0].person
    for declaration in owned():
        ways = [
            set(rows_of(declaration, person).values_list("pk", flat=True))
            for person in (alice, alice.subject, str(alice.subject))
        ]
        assert ways[0] == ways[1] == ways[2], declaration.label


@pytest.mark.promise("DEF-09")
def test_every_word_is_found_among_the_persons_rows_and_no_word_of_another(two):
    texts = {}
    for planted in two:
        rows = [row for one in owned() for row in rows_of(one, planted.person)]
        texts[planted.person.pk] = "\n".join(content_of(row) for row in rows)
    for planted, another in (two, reversed(two)):
        text = texts[planted.person.pk]
        for declaration in owned():
            for column, word in planted.words[declaration.label].items():
                assert word in text, f"{declaration.label}.{column}"
        strangers = {
            word
            for one in owned()
            for word in another.words[one.label].values()
            if len(word) > 8  # Codes of regions are too short to be anybody's.
        }
        assert strangers
        assert [word for word in strangers if word in text] == []


def test_words_of_sealed_columns_stand_in_no_table(two):
    sealed = {}
    for declaration in registry.declarations():
        for column in declaration.model._meta.concrete_fields:
            word = two[0].words[declaration.label].get(column.name)
            if word and isinstance(column, SEALED):
                sealed[word] = f"{declaration.label}.{column.name}"
    assert len(sealed) > 10
    for declaration in registry.declarations():
        connection = connections[declaration.alias]
        table = connection.ops.quote_name(declaration.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {table}::text FROM {table}")
            stored = "\n".join(row[0] for row in cursor.fetchall())
        assert [place for word, place in sealed.items() if word in stored] == [], declaration.label


def test_who_acted_finds_rows_that_are_not_their_own(two, carol):
    for declaration in registry.declarations():
        for one in declaration.data.actors:
            column = declaration.model._meta.get_field(one.path)
            row = two[0].rows[declaration.label]
            row.pk = None
            for unique in declaration.model._meta.concrete_fields:
                if unique.unique and not unique.primary_key:
                    setattr(row, unique.name, unique.get_default() or f"u{declaration.label}"[:12])
            if hasattr(row, "key"):
                row.key = "another"
            setattr(row, one.path, carol if column.is_relation else carol.subject)
            row.save(force_insert=True)
            assert list(acted_rows_of(declaration, carol)) == [row], declaration.label
            assert row not in rows_of(declaration, carol), declaration.label


def test_counts_are_the_counts_of_the_rows(two):
    counts = counts_of(two[0].person)
    assert counts == {one.label: rows_of(one, two[0].person).count() for one in owned()}
    assert min(counts.values()) == 1


def test_no_table_is_read_whole_to_find_one_person(two):
    for declaration in owned():
        with connections[declaration.alias].cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows_of(declaration, two[0].person).explain()
        assert "Seq Scan" not in plan, f"{declaration.label}\n{plan}"
