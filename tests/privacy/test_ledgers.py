"""Ledgers can be written and read, and not be changed by the application."""

import uuid

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from common.append_only import append_only_models
from common.request_id import set_request_id
from privacy import audit, consents, disclosures, purposes
from privacy.enums import AccessReason, Action, ConsentMethod, Ground
from privacy.grants import ledger_tables, too_strong
from privacy.models import AuditEntry, ConsentEntry, DisclosureEntry
from privacy.recipients import UnknownRecipient

pytestmark = pytest.mark.django_db
SUBJECT = uuid.UUID("11111111-2222-4333-8444-555555555555")


def refused(sql, using="default"):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(using=using),
        connections[using].cursor() as cursor,
    ):
        cursor.execute(sql)


# --- The application's role -------------------------------------------------------------


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_ledger_can_be_changed(statement):
    tables = ledger_tables("default")
    assert {"privacy_auditentry", "privacy_consententry", "privacy_disclosureentry"} <= set(tables)
    for table in tables:
        refused(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_journalentry SET scope = ''",
        "DELETE FROM privacy_journalentry",
        "TRUNCATE privacy_journalentry",
        "TRUNCATE privacy_datakey",
        "CREATE TABLE mine (id int)",
        "DELETE FROM django_migrations",
    ],
)
def test_the_keyring_is_as_strict(statement):
    refused(statement, "keyring")


@pytest.mark.promise("SEC-04")
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "DROP TABLE privacy_auditentry",
        "ALTER TABLE privacy_auditentry ADD COLUMN x int",
        "CREATE SCHEMA mine",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
        "GRANT ALL ON privacy_auditentry TO PUBLIC",
        "CREATE ROLE mine",
    ],
)
def test_the_application_makes_and_changes_no_table(statement):
    with transaction.atomic():
        if statement.startswith("GRANT"):
            # PostgreSQL answers with a warning and gives nothing.
            with connection.cursor() as cursor:
                cursor.execute(statement)
                cursor.execute(
                    "SELECT has_table_privilege('public', 'privacy_auditentry', 'UPDATE')"
                )
                assert cursor.fetchone() == (False,)
        else:
            refused(statement)


def test_every_ledger_of_the_models_is_a_ledger_in_the_database():
    names = {model._meta.db_table for model in append_only_models()}
    assert names == {*ledger_tables("default"), *ledger_tables("keyring")}


def test_the_role_of_the_tests_is_no_stronger_than_it_should_be():
    assert too_strong("default") == []
    assert too_strong("keyring") == []


def test_the_owner_is_refused_as_the_application():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    found = " ".join(too_strong("default"))
    for wrong in ("may make databases", "may create tables", "owns tables", "may change"):
        assert wrong in found


def test_a_row_of_a_ledger_cannot_be_deleted_or_saved_again():
    row = audit.record(Action.SIGNED_IN, actor=None)
    with pytest.raises(TypeError):
        row.delete()
    row.reason = "other"
    with pytest.raises(ProgrammingError), transaction.atomic():
        row.save()
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditEntry.objects.filter(pk=row.pk).delete()


# --- Audit ------------------------------------------------------------------------------


@pytest.mark.promise("SEC-08")
def test_who_did_what_to_whose_data_is_written_down(carol, alice):
    set_request_id("request-1")
    try:
        entry = audit.record(
            Action.VALUE_OPENED,
            actor=carol,
            subject=alice.subject,
            reason=AccessReason.DELIVERY,
            detail={"column": "street"},
        )
    finally:
        set_request_id("")
    row = AuditEntry.objects.get(pk=entry.pk)
    assert (row.actor, row.actor_role, row.subject) == (
        carol.subject,
        "order clerk",
        alice.subject,
    )
    assert (row.reason, row.detail, row.request_id) == (
        "DELIVERY",
        {"column": "street"},
        "request-1",
    )


def test_an_action_outside_the_vocabulary_is_refused():
    with pytest.raises(ValueError, match="LOOKED"):
        audit.record("LOOKED", actor=None)
    assert not AuditEntry.objects.exists()


def test_many_people_are_written_down_with_one_insert(carol, django_assert_num_queries):
    assert carol.role_name == "order clerk"
    with django_assert_num_queries(1):
        written = audit.record_many(
            Action.BATCH_OPENED,
            actor=carol,
            subjects=[uuid.uuid4() for _ in range(50)],
            reason=AccessReason.DELIVERY,
        )
    assert written == AuditEntry.objects.filter(action=Action.BATCH_OPENED).count() == 50


def test_an_entry_goes_with_the_transaction_of_its_deed():
    with transaction.atomic():
        audit.record(Action.SIGNED_IN, actor=None, subject=SUBJECT)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.filter(subject=SUBJECT).exists()


# --- Disclosures ------------------------------------------------------------------------


def test_a_recipient_gets_only_what_was_declared():
    allowed = disclosures.record(
        "sms_gateway",
        subject=SUBJECT,
        payload={"phone": "+8613800138000", "text": "Hello", "email": "a@b.example", "name": "Lin"},
        ground=Ground.CONTRACT,
        reference="m-1",
    )
    assert allowed == {"phone": "+8613800138000", "text": "Hello"}
    row = DisclosureEntry.objects.get()
    assert (row.recipient, row.fields, row.reference) == ("sms_gateway", ["phone", "text"], "m-1")


def test_the_ledger_of_disclosures_holds_no_value():
    disclosures.record(
        "sms_gateway",
        subject=SUBJECT,
        payload={"phone": "+8613800138000", "text": "Bait"},
        ground=Ground.CONTRACT,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(d::text, ' ') FROM privacy_disclosureentry d")
        (text,) = cursor.fetchone()
    assert "sms_gateway" in text
    assert "Bait" not in text
    assert "13800138000" not in text


def test_an_empty_value_is_not_sent_and_not_counted():
    allowed = disclosures.record(
        "sms_gateway",
        subject=SUBJECT,
        payload={"phone": "+8613800138000", "text": ""},
        ground=Ground.CONTRACT,
    )
    assert allowed == {"phone": "+8613800138000"}
    assert DisclosureEntry.objects.get().fields == ["phone"]


def test_a_ground_that_was_not_declared_is_refused():
    with pytest.raises(disclosures.GroundRefused):
        disclosures.record(
            "sms_gateway", subject=SUBJECT, payload={"phone": "x"}, ground=Ground.CONSENT
        )
    assert not DisclosureEntry.objects.exists()


def test_a_recipient_that_nobody_declared_is_refused():
    with pytest.raises(UnknownRecipient):
        disclosures.record("a_friend", subject=SUBJECT, payload={}, ground=Ground.CONTRACT)


# --- Consents ---------------------------------------------------------------------------


def give(purpose=purposes.POLICY, **given):
    return consents.give(
        SUBJECT,
        purpose,
        **{
            "document_version": "2026-11",
            "document_sha256": "a" * 64,
            "language": "en",
            "place": "sign-up",
            **given,
        },
    )


def test_a_consent_names_the_exact_text():
    row = ConsentEntry.objects.get(pk=give().pk)
    assert (row.purpose, row.decision, row.document_version) == ("policy", "GIVEN", "2026-11")
    assert (row.document_sha256, row.language, row.place) == ("a" * 64, "en", "sign-up")
    assert row.method == ConsentMethod.CHECKBOX


def test_the_last_word_counts():
    assert not consents.has_given(SUBJECT, purposes.POLICY)
    give()
    assert consents.has_given(SUBJECT, purposes.POLICY)
    consents.withdraw(SUBJECT, purposes.POLICY, language="en", place="settings")
    assert not consents.has_given(SUBJECT, purposes.POLICY)
    give()
    assert consents.has_given(SUBJECT, purposes.POLICY)
    assert ConsentEntry.objects.filter(subject=SUBJECT).count() == 3


def test_a_consent_to_one_thing_is_none_to_another():
    give(purposes.TERMS)
    assert not consents.has_given(SUBJECT, purposes.POLICY)
    assert not consents.has_given(uuid.uuid4(), purposes.TERMS)


def test_a_purpose_that_nobody_listed_is_refused():
    with pytest.raises(ValueError, match="curiosity"):
        give(purposes.Purpose("curiosity", purposes.TERMS.basis, "Because."))
