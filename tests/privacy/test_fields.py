"""Sealed columns are plain to the code that holds the row and unreadable everywhere else."""

import pickle

import pytest
from cryptography.exceptions import InvalidTag
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, connections, transaction

from accounts.models import Address, Phone
from notices.enums import Category, Channel
from notices.models import Message
from privacy import keyring
from privacy.fields import GONE, Sealed, blind_index, open_rows
from privacy.registry import other as not_about_people
from privacy.registry.json_keys import tree_of

BAIT = "桂花路88号 Bait Street"


@pytest.fixture
def home(address):
    address.street = BAIT
    address.save()
    return address


def stored(row):
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table}::text FROM {table} WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def again(row):
    return type(row).objects.get(pk=row.pk)


def test_the_bait_is_readable_to_the_code(home):
    assert again(home).street == BAIT


def test_the_bait_is_nowhere_in_the_table(home):
    text = stored(home)
    for clear in (BAIT, "Bait", "桂花", "林小雨", "13800138001"):
        assert clear not in text
        assert clear.encode().hex() not in text
    assert "310101" in text


def test_a_sealed_column_cannot_be_searched(home):
    for lookup in ("street", "street__exact", "street__contains", "street__icontains"):
        with pytest.raises(FieldError):
            Address.objects.filter(**{lookup: BAIT}).exists()
    assert Address.objects.filter(street__isnull=False).exists()


def test_a_sealed_column_cannot_be_written_in_bulk(home):
    with pytest.raises(FieldError), transaction.atomic():
        Address.objects.filter(pk=home.pk).update(street="plain")
    home.street = "plain"
    with pytest.raises(FieldError), transaction.atomic():
        Address.objects.bulk_update([home], ["street"])
    assert again(home).street == BAIT


def test_bulk_create_seals(home):
    fields = ("user", "subject", "province", "city", "district", "postcode")
    common = {name: getattr(home, name) for name in fields}
    rows = [
        Address(**common, recipient=f"R{n}", phone="+8613800138009", street=f"Bait {n}")
        for n in range(3)
    ]
    made = Address.objects.bulk_create(rows)
    assert "Bait" not in stored(made[0])
    assert [again(row).street for row in made] == ["Bait 0", "Bait 1", "Bait 2"]


def test_saving_what_did_not_change_keeps_its_bytes(home):
    row = again(home)
    before = stored(row)
    row.save()
    assert row.street == BAIT
    row.save()
    assert stored(row) == before


def test_a_change_of_one_column_leaves_the_others_alone(home):
    row = again(home)
    row.street = "elsewhere"
    row.save(update_fields=["street"])
    fresh = again(home)
    assert (fresh.street, fresh.recipient) == ("elsewhere", "林小雨")


def test_a_column_saved_by_name_takes_its_blind_index_along(alice):
    phone = Phone.objects.get(user=alice)
    phone.number = "+8613900139000"
    phone.save(update_fields=["number"])
    assert Phone.objects.get(number_index=blind_index(Phone, "number_index", "13900139000"))
    assert not Phone.objects.filter(
        number_index=blind_index(Phone, "number_index", "+8613800138001")
    ).exists()


def test_a_row_loaded_in_part_takes_its_blind_indexes_along(alice):
    phone = Phone.objects.only("pk", "subject", "seal_id").get(user=alice)
    phone.number = "+8613900139000"
    phone.save()
    found = Phone.objects.get(number_index=blind_index(Phone, "number_index", "13900139000"))
    assert found.number == "+8613900139000"
    assert found.verified_at is not None


def test_a_deferred_column_is_loaded_when_it_is_read(home):
    row = Address.objects.defer("street", "seal_id").get(pk=home.pk)
    assert "street" in row.get_deferred_fields()
    assert row.street == BAIT


def test_a_saved_row_that_nobody_opened_needs_no_key(home, django_assert_num_queries):
    row = again(home)
    with django_assert_num_queries(0, using="keyring"):
        row.save()
    assert isinstance(row.__dict__["street"], Sealed)


def test_refreshing_reads_what_others_wrote(home):
    row = again(home)
    assert row.street == BAIT
    home.street = "elsewhere"
    home.save()
    row.refresh_from_db()
    assert row.street == "elsewhere"


def test_a_pickled_row_carries_no_plain_value(home):
    row = again(home)
    assert row.street == BAIT
    content = pickle.dumps(row)
    assert b"Bait" not in content
    assert row.street == BAIT
    copy = pickle.loads(content)  # noqa: S301 - our own
    assert copy.street == BAIT


def test_a_pickled_row_keeps_a_change_that_was_not_saved_yet(home):
    home.street = "not saved"
    assert pickle.loads(pickle.dumps(home)).street == "not saved"  # noqa: S301 - our own


@pytest.mark.parametrize("form", ["json", "xml", "jsonl"])
def test_serialisers_show_that_there_is_something_and_not_what(home, alice, form):
    text = serializers.serialize(form, [home, alice.phone, *alice.emailaddress_set.all()])
    assert "310101" in text
    assert "<sealed>" in text or "&lt;sealed&gt;" in text
    for clear in ("Bait", "13800138001", "alice@", "林小雨"):
        assert clear not in text


def test_a_sealed_value_shows_nothing_of_itself(home):
    row = again(home)
    assert repr(row.__dict__["street"]) == "<sealed>"
    assert "Bait" not in repr(row)


def test_a_ciphertext_that_was_moved_to_another_row_is_refused(home, alice):
    from accounts.services import add_address

    other = add_address(
        alice,
        recipient="x",
        phone="+8613800138001",
        province="310000",
        city="310100",
        district="310101",
        street="other",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_address SET street = (SELECT street FROM accounts_address"
            " WHERE id = %s) WHERE id = %s",
            [home.pk, other.pk],
        )
    with pytest.raises(InvalidTag):
        assert again(other).street


def test_a_ciphertext_that_was_moved_to_another_column_is_refused(home):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_address SET recipient = street WHERE id = %s", [home.pk])
    with pytest.raises(InvalidTag):
        assert again(home).recipient


def test_a_destroyed_key_reads_as_gone_and_stays_gone(home):
    before = stored(home)
    keyring.destroy_keys(home.subject)
    row = again(home)
    assert row.street is GONE
    assert row.street == ""
    row.save()
    assert stored(row) == before
    assert again(row).street is GONE


def test_a_missing_key_never_reads_as_gone_and_saving_loses_nothing(home):
    before = stored(home)
    with connections["keyring"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM privacy_datakey WHERE subject = %s", [str(home.subject)])
    row = again(home)
    with pytest.raises(keyring.KeyMissing):
        assert row.street
    with pytest.raises(keyring.KeyMissing):
        open_rows([again(home)])
    row.save()
    assert stored(row) == before


def test_nothing_new_is_sealed_for_somebody_whose_key_is_destroyed(home):
    keyring.destroy_keys(home.subject)
    row = again(home)
    row.street = "new"
    with pytest.raises(keyring.KeyDestroyed):
        row.save()


def test_a_page_of_rows_opens_with_one_query(db, django_assert_num_queries):
    rows = [
        Message.objects.create(
            subject=keyring.new_subject(),
            kind="tests.page",
            category=Category.SERVICE,
            channel=Channel.SMS,
            language="en",
            once=f"page-{number}",
            context={"code": number},
            to_address="+8613800138000",
        ).pk
        for number in range(10)
    ]
    found = list(Message.objects.filter(pk__in=rows).order_by("pk"))
    with keyring.scope():
        with django_assert_num_queries(1, using="keyring"):
            opened = open_rows(found)
        with django_assert_num_queries(0, using="keyring"):
            assert [row.context["code"] for row in opened] == list(range(10))


def test_a_json_column_keeps_its_types(db, monkeypatch):
    any_key = tree_of({"*": not_about_people("A."), "*[]": not_about_people("A.")})
    monkeypatch.setattr(Message._meta.get_field("context"), "json_tree", any_key)
    row = Message.objects.create(
        subject=keyring.new_subject(),
        kind="tests.json",
        category=Category.SERVICE,
        channel=Channel.SMS,
        language="en",
        once="json",
        context={"名": "林", "n": 3, "list": [1, None, True]},
    )
    assert again(row).context == {"名": "林", "n": 3, "list": [1, None, True]}
    assert again(row).to_address is None


def test_the_blind_index_finds_every_spelling_and_nothing_else(alice):
    for spelling in (
        "+86 138 0013 8001",
        "13800138001",
        "+8613800138001",
        "１３８００１３８００１",
    ):
        index = blind_index(Phone, "number_index", spelling)
        assert Phone.objects.get(number_index=index).user == alice
    for other in ("13800138002", "8001", "", "not a number", "+1 13800138001"):
        index = blind_index(Phone, "number_index", other)
        assert not Phone.objects.filter(number_index=index).exists()


def test_the_last_four_digits_find_the_number(alice):
    index = blind_index(Phone, "number_tail_index", "8001")
    assert Phone.objects.get(number_tail_index=index).user == alice


def test_the_same_value_has_another_fingerprint_in_another_column(db):
    assert blind_index(Phone, "number_index", "8001") != blind_index(
        Phone, "number_tail_index", "8001"
    )


def test_one_number_belongs_to_one_account(alice, bob):
    phone = Phone.objects.get(user=bob)
    phone.number = "+8613800138001"
    with pytest.raises(IntegrityError), transaction.atomic():
        phone.save()


# --- The e-mail column of the sign-in library -------------------------------------------


def test_an_address_is_found_in_any_spelling_and_stored_in_none(alice):
    rows = alice.emailaddress_set.model.objects
    row = rows.get(email="ALICE@Person.Example ")
    assert row.user == alice
    assert row.email == "alice@person.example"
    assert "person.example" not in stored(row)


def test_an_address_cannot_be_found_in_part(alice):
    rows = alice.emailaddress_set.model.objects
    for lookup in ("email__icontains", "email__iexact", "email__startswith", "email__gt"):
        with pytest.raises(FieldError):
            rows.filter(**{lookup: "alice"}).exists()


def test_an_address_loaded_without_its_copy_still_reads(alice):
    rows = alice.emailaddress_set.model.objects
    assert rows.only("email").get(user=alice).email == "alice@person.example"
    assert rows.only("id").get(user=alice).email == "alice@person.example"


def test_an_address_changed_on_a_row_loaded_in_part_changes_both_columns(alice):
    rows = alice.emailaddress_set.model.objects
    row = rows.only("id").get(user=alice)
    row.email = "new@person.example"
    row.save()
    assert rows.get(email="new@person.example").email == "new@person.example"


def test_a_write_of_only_one_of_the_two_columns_is_refused_by_the_database(alice):
    rows = alice.emailaddress_set.model.objects.filter(user=alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(email="other@person.example")
    row = rows.get()
    row.email = "other@person.example"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(update_fields=["email"])
    assert rows.get().email == "alice@person.example"


def test_an_address_whose_key_is_destroyed_is_gone_and_keeps_its_row(alice):
    rows = alice.emailaddress_set.model.objects.filter(user=alice)
    before = stored(rows.get())
    keyring.destroy_keys(alice.subject)
    row = rows.get()
    assert row.email is GONE
    row.save()
    assert stored(row) == before
