"""Whoever changes, drops or puts in something is found, and it is said where."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from privacy import audit, keyring, signing
from privacy.enums import Action, CheckState, Finding
from privacy.ledger import doors, heads, sealing, tree, verifying
from privacy.ledger.entries import leaf_of
from privacy.models import (
    AuditEntry,
    ConsentEntry,
    DisclosureEntry,
    LedgerBatch,
    LedgerHead,
    LedgerLeaf,
)
from tests.privacy.ledger.conftest import Person, findings, kinds, owner, tamper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise("SEC-08")]


def more(number=1):
    for _one in range(number):
        audit.record(Action.SIGNED_IN, actor=None)
    sealing.seal_all()


def test_what_nobody_touched_is_proven(sealed):
    check = verifying.verify()
    assert (check.state, check.entries, check.batches, check.pending) == (CheckState.CLEAN, 5, 1, 0)
    audit.record(Action.SIGNED_IN, actor=None)
    assert verifying.verify().pending == 1


def test_empty_ledgers_are_in_order():
    assert verifying.verify().state == CheckState.CLEAN


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (AuditEntry, "action = 'SIGNED_UP'"),
        (AuditEntry, "reason = 'FRAUD'"),
        (AuditEntry, """detail = '{"rows": 4}'"""),
        (AuditEntry, "actor_role = 'auditor'"),
        (AuditEntry, "request_id = 'other'"),
        (AuditEntry, "at = at + interval '1 second'"),
        (DisclosureEntry, "recipient = 'carrier'"),
        (DisclosureEntry, """fields = '["name"]'"""),
        (ConsentEntry, "decision = 'WITHDRAWN'"),
        (ConsentEntry, "document_version = '2027-01'"),
    ],
)
def test_a_changed_entry_is_found(sealed, model, change):
    entry = model.objects.order_by("pk").first()
    tamper(f"UPDATE {model._meta.db_table} SET {change} WHERE id = %s", [entry.pk])
    assert findings() == [(Finding.CHANGED_ENTRY, 1, entry.pk)]


def test_an_entry_given_to_somebody_else_is_found(sealed, person):
    other = Person()
    audit.record(Action.SIGNED_IN, actor=other, subject=other.subject)
    sealing.seal_all()
    entry = AuditEntry.objects.filter(subject=person.subject).exclude(actor=person.subject).get()
    tamper("UPDATE privacy_auditentry SET subject = %s WHERE id = %s", [other.subject, entry.pk])
    assert findings() == [(Finding.CHANGED_IDENTITY, 1, entry.pk)]


def test_another_member_of_staff_as_the_actor_is_found(sealed, clerk):
    entry = AuditEntry.objects.get(action=Action.STAFF_LISTED)
    for actor in (Person().subject, None):
        tamper("UPDATE privacy_auditentry SET actor = %s WHERE id = %s", [actor, entry.pk])
        assert findings() == [(Finding.CHANGED_IDENTITY, 1, entry.pk)]


def test_a_name_taken_out_while_the_person_lives_is_found(sealed, person):
    assert doors.forget([person.subject]) == 2
    check = verifying.verify()
    assert [one["kind"] for one in check.findings] == [Finding.CHANGED_IDENTITY] * 2
    assert check.forgotten == 0


def test_a_missing_entry_is_found(sealed):
    entry = AuditEntry.objects.order_by("pk").first().pk
    tamper("DELETE FROM privacy_auditentry WHERE id = %s", [entry])
    assert findings() == [(Finding.MISSING_ENTRY, 1, entry)]


def test_an_entry_put_in_past_the_seal_is_found(sealed):
    more()
    with owner() as cursor:
        cursor.execute(
            """
            INSERT INTO privacy_auditentry
                (id, action, actor_role, reason, detail, request_id, at, written_xid)
            VALUES (900001, 'SIGNED_IN', '', '', '{}', '', now(), 1)
            """
        )
    sealing.seal_all()
    assert findings() == [(Finding.INSERTED_ENTRY, None, 900001)]


def test_an_entry_that_claims_an_earlier_day_is_found(sealed):
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
        entry = audit.record(Action.SIGNED_IN, actor=None)
    sealing.seal_all()
    assert findings() == [(Finding.BACKDATED_ENTRY, 2, entry.pk)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("size = size - 1", {Finding.CHANGED_BATCH, Finding.WRONG_SIGNATURE, Finding.BROKEN_CHAIN}),
        ("sealed_at = sealed_at - interval '1 day'", {Finding.CHANGED_BATCH}),
        ("hash = repeat('a', 64)", {Finding.CHANGED_BATCH, Finding.BROKEN_CHAIN}),
        ("signature = repeat('A', 86) || '=='", {Finding.WRONG_SIGNATURE}),
        ("key = 'nobody'", {Finding.WRONG_SIGNATURE}),
        ("previous = repeat('b', 64)", {Finding.BROKEN_CHAIN, Finding.WRONG_SIGNATURE}),
    ],
)
def test_a_changed_batch_is_found(sealed, change, expected):
    more()
    tamper(f"UPDATE privacy_ledgerbatch SET {change} WHERE id = 1")
    found = findings()
    assert expected <= {kind for kind, *_where in found}
    assert {batch for _kind, batch, _entry in found} <= {1, 2}


def test_a_missing_batch_is_found(sealed):
    more()
    more()
    tamper("DELETE FROM privacy_ledgerbatch WHERE id = 2")
    assert {(kind, batch) for kind, batch, _entry in findings()} == {
        (Finding.MISSING_BATCH, 2),
        (Finding.LEAF_WITHOUT_BATCH, 2),
    }


def test_a_missing_leaf_is_found(sealed):
    more()
    leaf = LedgerLeaf.objects.order_by("-pk").first()
    tamper("DELETE FROM privacy_ledgerleaf WHERE id = %s", [leaf.pk])
    assert (Finding.CHANGED_BATCH, 2, None) in findings()


def test_a_leaf_that_was_made_to_fit_is_found(sealed, monkeypatch):
    entry = AuditEntry.objects.get(action=Action.STAFF_LISTED)
    tamper("UPDATE privacy_auditentry SET request_id = 'forged' WHERE id = %s", [entry.pk])
    leaf = LedgerLeaf.objects.get(ledger="A", entry=entry.pk)
    forged = sealing.content_of(
        sealing.read(sealing.Ledger.AUDIT, [entry.pk])[entry.pk], leaf.actor_token, None
    )
    tamper("UPDATE privacy_ledgerleaf SET content = %s WHERE id = %s", [forged, leaf.pk])
    assert findings() == [(Finding.CHANGED_BATCH, 1, None)]


def test_an_entry_may_not_be_called_a_shorter_kept_one(sealed):
    """Then it could go earlier than it may."""
    tamper("UPDATE privacy_ledgerleaf SET kept_as = 'S' WHERE kept_as = 'P'")
    assert findings() == [(Finding.CHANGED_BATCH, 1, None)]


# --- Published heads --------------------------------------------------------------------


def test_batches_cut_off_at_the_end_differ_from_what_was_published(sealed):
    more()
    heads.publish()
    with owner() as cursor:
        cursor.execute("DELETE FROM privacy_ledgerleaf WHERE id >= 2 * 65536")
        cursor.execute("DELETE FROM privacy_ledgerbatch WHERE id = 2")
        cursor.execute(
            "DELETE FROM privacy_auditentry WHERE written_xid > 0 AND id = "
            "(SELECT max(id) FROM privacy_auditentry)"
        )
        cursor.execute("DELETE FROM privacy_ledgerhead")
    assert kinds() == {Finding.OLDER_THAN_HEAD}


def test_a_chain_that_the_operator_wrote_anew_differs_from_what_was_published(sealed):
    """With the signing key and the owner's rights, all but what others hold can be forged."""
    heads.publish()
    kept = LedgerHead.objects.get().document
    with owner() as cursor:
        cursor.execute("UPDATE privacy_auditentry SET reason = '' WHERE reason = 'DELIVERY'")
        for table in ("ledgerleaf", "ledgerbatch", "ledgerhead"):
            cursor.execute(f"DELETE FROM privacy_{table}")
    heads.file().unlink()
    sealing.seal_all()
    assert findings() == []
    assert findings(extra_heads=[kept]) == [(Finding.DIFFERS_FROM_HEAD, 1, None)]


def test_a_forged_head_is_found(sealed):
    heads.publish()
    document = LedgerHead.objects.get().document
    document["content"]["entries"] = 4
    assert findings(extra_heads=[document]) == [(Finding.HEAD_NOT_OURS, None, None)]
    with heads.file().open("a") as stream:
        stream.write("rubbish\n")
    assert kinds() == {Finding.HEAD_NOT_OURS}


# --- What ends by rule ------------------------------------------------------------------


def test_a_person_who_is_gone_raises_no_alarm(sealed, person):
    more()
    keyring.destroy_keys(person.subject)
    # Before their name is taken out, and afterwards.
    assert verifying.verify().state == CheckState.CLEAN
    assert doors.forget_gone() == 2
    assert not AuditEntry.objects.filter(subject=person.subject).exists()
    assert not AuditEntry.objects.filter(actor=person.subject).exists()
    check = verifying.verify()
    assert (check.state, check.forgotten) == (CheckState.CLEAN, 4)


def test_what_staff_did_keeps_the_name_of_who_did_it(sealed, person, clerk):
    keyring.destroy_keys(person.subject)
    doors.forget_gone()
    assert AuditEntry.objects.filter(actor=clerk.subject).count() == 2
    keyring.destroy_keys(clerk.subject)
    doors.forget_gone()
    assert AuditEntry.objects.filter(actor=clerk.subject).count() == 2
    assert verifying.verify().state == CheckState.CLEAN


def test_a_person_who_went_before_the_seal_gets_no_salt(person):
    from privacy.enums import KeyClass

    keyring.make_keys([person.subject], [KeyClass.ACCOUNT])
    audit.record(Action.SIGNED_IN, actor=person, subject=person.subject)
    keyring.destroy_keys(person.subject)
    sealing.seal_all()
    assert keyring.keys_of([person.subject], KeyClass.LEDGER) == {person.subject: None}
    assert doors.forget_gone() == 1
    assert verifying.verify().state == CheckState.CLEAN


def test_a_gone_person_does_not_hide_a_living_one(sealed, person):
    other = Person()
    audit.record(Action.SIGNED_IN, actor=None, subject=other.subject)
    sealing.seal_all()
    keyring.destroy_keys(person.subject)
    tamper(
        "UPDATE privacy_auditentry SET subject = %s WHERE subject = %s",
        [person.subject, other.subject],
    )
    assert kinds() == {Finding.CHANGED_IDENTITY}


def test_an_entry_that_ended_leaves_its_leaf(person, clerk):
    long_ago = timezone.now() - timedelta(days=366 * 3 + 3)
    with time_machine.travel(long_ago, tick=False):
        ended = audit.record(Action.VALUE_OPENED, actor=clerk, subject=person.subject)
    stays = audit.record(Action.VALUE_OPENED, actor=clerk, subject=person.subject)
    sealing.seal_all()
    tamper("DELETE FROM privacy_auditentry WHERE id = %s", [ended.pk])
    doors.clear_tokens()
    check = verifying.verify()
    assert (check.state, check.expired) == (CheckState.CLEAN, 1)
    leaf = LedgerLeaf.objects.get(entry=ended.pk)
    assert LedgerLeaf.objects.get(entry=stays.pk).subject_token is not None
    leaves = LedgerLeaf.objects.order_by("pk")
    hashes = [leaf_of(one.at, bytes(one.content), one.kept_as) for one in leaves]
    assert LedgerBatch.objects.get().root == tree.root(hashes).hex()
    assert leaf.at == long_ago


@pytest.mark.parametrize(
    ("action", "months", "expected"),
    [
        (Action.SIGNED_IN, 13, set()),
        (Action.SIGNED_IN, 11, {Finding.MISSING_ENTRY}),
        (Action.VALUE_OPENED, 35, {Finding.MISSING_ENTRY}),
        (Action.VALUE_OPENED, 37, set()),
    ],
)
def test_how_long_an_entry_must_stay_depends_on_what_it_is(action, months, expected):
    with time_machine.travel(timezone.now() - timedelta(days=months * 30.5), tick=False):
        entry = audit.record(action, actor=None)
    sealing.seal_all()
    tamper("DELETE FROM privacy_auditentry WHERE id = %s", [entry.pk])
    assert kinds() == expected


def test_tokens_of_ended_entries_go(person):
    with time_machine.travel(timezone.now() - timedelta(days=400), tick=False):
        entry = audit.record(Action.SIGNED_IN, actor=person, subject=person.subject)
    sealing.seal_all()
    assert doors.clear_tokens() == 0
    tamper("DELETE FROM privacy_auditentry WHERE id = %s", [entry.pk])
    assert doors.clear_tokens() == 1
    leaf = LedgerLeaf.objects.get()
    assert (leaf.actor_token, leaf.subject_token) == (None, None)
    assert verifying.verify().state == CheckState.CLEAN


# --- How it works -----------------------------------------------------------------------


def test_a_long_verification_is_done_in_steps(sealed, monkeypatch):
    more(3)
    more(2)
    tamper("DELETE FROM privacy_auditentry WHERE id = (SELECT max(id) FROM privacy_auditentry)")
    monkeypatch.setattr(verifying, "AT_ONCE", 1)
    check = verifying.LedgerCheck.objects.create()
    steps = 1
    while not verifying.advance(check, seconds=0):
        check.refresh_from_db()
        steps += 1
    assert steps > 3
    assert (check.batches, check.entries, check.found) == (3, 10, 1)


def test_memory_and_queries_do_not_grow_with_each_batch(sealed, django_assert_max_num_queries):
    for _round in range(10):
        more()
    with django_assert_max_num_queries(45):
        assert verifying.verify().batches == 11


def test_a_new_signing_key_leaves_the_old_batches_proven(sealed):
    signing.rotate()
    keyring.forget_purpose_keys()
    more()
    assert findings() == []
    assert len(set(LedgerBatch.objects.values_list("key", flat=True))) == 2
