"""A word in every declared column: after the erasure none is left but what is declared as kept."""

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections

from accounts.models import Profile
from delivery.models import Parcel
from orders.models import Order
from privacy import keyring
from privacy.enums import KeyClass, KeyState
from privacy.erasure.enums import CaseState
from privacy.fields import RESTRICTED, BlindIndexField, SealedTextField
from privacy.models import DataKey
from privacy.registry import Erasure, registry, rows_of
from privacy.retention import ledgers
from tests.privacy.erasure.world import erase
from tests.support.canary import plant, world

LONG_ENOUGH = 8
"""Shorter words are codes of regions, which stand elsewhere too."""


@pytest.fixture
def two(alice, bob):
    around = world()
    planted = plant(alice, around), plant(bob, around)
    Order.objects.update(state="completed")
    # An invented entry follows from nothing, and a journal that is not whole takes no other one.
    with connections[keyring.ALIAS].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_journalentry")
        cursor.execute(f"SET ROLE {settings.APPLICATION_ROLES[keyring.ALIAS]}")
    return planted


def owned():
    return [one for one in registry.declarations() if one.data.person and one.alias == "default"]


def stored(declaration, person):
    """The person's rows of a table as the database holds them."""
    connection = connections[declaration.alias]
    table = connection.ops.quote_name(declaration.model._meta.db_table)
    keys = list(rows_of(declaration, person).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table}::text FROM {table} WHERE id = ANY(%s) ORDER BY id", [keys])
        return [row[0] for row in cursor.fetchall()]


def whole_database():
    texts = {}
    for declaration in registry.declarations():
        connection = connections[declaration.alias]
        table = connection.ops.quote_name(declaration.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {table}::text FROM {table}")
            texts[declaration.label] = "\n".join(row[0] for row in cursor.fetchall())
    return texts


def readable_keeps(planted):
    """Words that stand in clear in what the law keeps, by table."""
    kept = {}
    for declaration in registry.declarations():
        for column, word in planted.words[declaration.label].items():
            name = column.partition(".")[0]
            sealed = isinstance(declaration.model._meta.get_field(name), SealedTextField)
            if declaration.erasure_of(name) == Erasure.KEEP and not sealed:
                kept.setdefault(declaration.label, set()).add(word)
    return kept


@pytest.mark.promise("RGT-07")
@pytest.mark.promise("RGT-10")
def test_nothing_readable_is_left_but_what_is_declared_as_kept(two):
    alices, bobs = two
    name = default_storage.save("avatars/canary.webp", ContentFile(b"x"))
    Profile.objects.filter(user=alices.person).update(avatar=name)
    others = {one.label: stored(one, bobs.person) for one in owned()}
    before = whole_database()
    # Who received something is named on the receipt and told; it is no word of hers.
    recipient = alices.words["privacy.DisclosureEntry"]["recipient"]
    bait = {word for word in alices.all_words() if len(word) > LONG_ENOUGH} - {recipient}
    assert [word for text in before.values() for word in bait if word in text]

    case = erase(alices.person, days=16)

    assert case.state == CaseState.DONE, case.run.last_error
    keeps, after = readable_keeps(alices), whole_database()
    left = {
        (label, word)
        for label, text in after.items()
        for word in bait
        if word in text and word not in keeps.get(label, ())
    }
    assert left == set()
    assert {one.label: stored(one, bobs.person) for one in owned()} == others
    assert not default_storage.exists(name)
    for place in registry.elsewhere:
        if place.found:
            assert place.found(alices.person.subject) == [], place.name


def test_each_declared_column_became_what_its_declaration_says(two):
    alices, bobs = two
    stays = {one.label: stored(one, bobs.person) for one in owned()}
    erase(alices.person, days=16)
    for declaration in owned():
        rows = rows_of(declaration, alices.person)
        if declaration.data.on_erasure == Erasure.DELETE:
            assert not rows.exists(), declaration.label
            assert stays[declaration.label], "the bait is there"
            continue
        row = rows.get(pk=alices.rows[declaration.label].pk)
        if ledgers.is_ledger(declaration):
            continue
        for column in row._meta.concrete_fields:
            where = f"{declaration.label}.{column.name}"
            word = alices.words[declaration.label].get(column.name)
            strategy = declaration.erasure_of(column.name)
            if isinstance(column, BlindIndexField):
                assert getattr(row, column.name) is None, where
            elif strategy != Erasure.KEEP and (word or column.name in declaration.data.secrets):
                assert not getattr(row, column.name), where
            elif word and isinstance(column, SealedTextField):
                assert getattr(row, column.name) is RESTRICTED, where


def test_no_key_of_what_went_is_left_and_those_of_what_stays_open_for_nobody(two):
    alice = two[0].person
    erase(alice, days=16)
    keys = DataKey.objects.filter(subject=alice.subject)
    assert not keys.filter(state=KeyState.ACTIVE).exists()
    gone = keys.filter(key_class__in=[KeyClass.ACCOUNT, KeyClass.LEDGER])
    assert set(gone.values_list("state", flat=True)) == {KeyState.DESTROYED}
    for row in (
        Order.objects.get(subject=alice.subject),
        Parcel.objects.get(subject=alice.subject),
    ):
        with connections["default"].cursor() as cursor:
            table = row._meta.db_table
            cursor.execute(f"SELECT street FROM {table} WHERE id = %s", [row.pk])
            key = keyring.key_id_of(bytes(cursor.fetchone()[0]))
        assert keys.get(pk=key).key_class == KeyClass.STATUTORY
    assert keyring.is_blocked(alice.subject)
