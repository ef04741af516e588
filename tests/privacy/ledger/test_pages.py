"""Heads are published once a day, stand outside the database, and can be checked by anybody."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from privacy import audit
from privacy.enums import Action, CheckState, Finding, Ledger
from privacy.ledger import heads, jobs, proving, sealing, verifying
from privacy.models import AuditEntry, LedgerBatch, LedgerCheck, LedgerHead
from tests.privacy.ledger.conftest import tamper
from tests.support.verifier import verifier

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/privacy/auditentry/ledger/"


@pytest.fixture
def auditor(bob, client_of):
    from django.contrib.auth.models import Group

    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    bob.groups.add(Group.objects.get(name="auditor"))
    return client_of(bob)


@pytest.fixture(autouse=True)
def roles():
    """The roles of the administration, which the end of a test of this kind removes."""
    from accounts.roles import give_permissions

    give_permissions()


def public_keys(client):
    return verifier.keys_of(client.get("/.well-known/mall-keys.json").json())


# --- Heads ------------------------------------------------------------------------------


def test_a_head_is_published_once_a_day(sealed):
    head = heads.publish()
    assert head.document["content"]["batch"] == 1
    assert head.document["content"]["entries"] == 5
    assert heads.publish() is None
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert heads.publish().day == head.day + timedelta(days=1)
    assert LedgerHead.objects.count() == len(heads.in_file()) == 2


def test_nothing_is_published_before_the_first_seal():
    assert heads.publish() is None
    assert not heads.file().exists()


def test_heads_stand_outside_the_database_too(sealed, outside):
    head = heads.publish()
    file = outside / "ledger-heads.jsonl"
    assert json.loads(file.read_text()) == head.document
    assert file.stat().st_mode & 0o077 == 0
    file.unlink()
    heads.publish()
    assert json.loads(file.read_text()) == head.document


def test_a_head_names_the_journal(sealed, person):
    from privacy import journal
    from privacy.enums import Decision

    entry = journal.write(Decision.ERASE_CATEGORY, subject=person.subject, scope="USAGE")
    assert heads.publish().document["content"]["journal"] == {
        "number": entry.number,
        "hash": entry.hash,
    }


@pytest.mark.promise("SEC-08")
def test_anybody_can_check_a_published_head(sealed, client):
    head = heads.publish()
    page = client.get("/transparency/heads/")
    assert page.status_code == 200
    link = f"/transparency/heads/{head.day:%Y-%m-%d}.json"
    assert link in page.content.decode()
    document = client.get(link).json()
    content = verifier.check(document, public_keys(client))
    assert content["hash"] == LedgerBatch.objects.get().hash
    everything = client.get("/transparency/heads.json").json()
    assert verifier.check_heads(everything["heads"], public_keys(client))
    assert "/transparency/heads/" in client.get("/transparency/").content.decode()


def test_a_head_names_nobody(sealed, client, person, clerk):
    text = json.dumps(heads.publish().document)
    assert str(person.subject) not in text
    assert str(clerk.subject) not in text


def test_a_page_without_heads_says_so(client):
    assert "Nothing is published yet" in client.get("/transparency/heads/").content.decode()
    assert client.get("/transparency/heads.json").json() == {"heads": []}


@pytest.mark.parametrize("day", ["2020-01-01", "2026-02-31", "2026-1-1", "today"])
def test_a_day_without_a_head_is_no_page(client, day):
    assert client.get(f"/transparency/heads/{day}.json").status_code == 404


def test_many_heads_need_no_more_queries(sealed, client, django_assert_max_num_queries):
    for days in range(12):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            heads.publish()
    with django_assert_max_num_queries(6):
        client.get("/transparency/heads/")


def test_the_program_is_given_away_as_it_is(client):
    response = client.get("/transparency/verify_mall.py")
    assert response.content == Path("tools/verify_mall.py").read_bytes()
    assert response["Content-Type"].startswith("text/plain")


def test_heads_that_go_back_are_no_row_of_heads(sealed, client):
    document = heads.publish().document
    earlier = json.loads(json.dumps(document))
    keys = public_keys(client)
    from privacy import signing

    content = {**earlier["content"], "day": "2099-01-01", "entries": 1}
    later = signing.sign("ledger-head", content)
    with pytest.raises(verifier.Wrong, match="behind"):
        verifier.check_heads([document, later], keys)


# --- Proofs -----------------------------------------------------------------------------


def test_an_entry_is_proven_to_somebody_outside(sealed, client):
    for _round in range(3):
        audit.record(Action.SIGNED_IN, actor=None)
        sealing.seal_all()
    heads.publish()
    keys = public_keys(client)
    for pk in AuditEntry.objects.values_list("pk", flat=True):
        proof = json.loads(json.dumps(proving.prove(Ledger.AUDIT, pk)))
        assert verifier.check_proof(proof, keys)["batch"] == 4
    for change in (
        {"place": 3},
        {"leaf": {**proof["leaf"], "at": "2027-01-01T00:00:00.000000+00:00"}},
        {"batches": [{**proof["batches"][0], "size": 2}, *proof["batches"][1:]]},
        {"path": ["00" * 32]},
    ):
        with pytest.raises((verifier.Wrong, IndexError)):
            verifier.check_proof({**proof, **change}, keys)


def test_what_was_not_published_has_no_proof(written):
    entry = AuditEntry.objects.first().pk
    with pytest.raises(proving.NotProven):
        proving.prove(Ledger.AUDIT, entry)
    sealing.seal_all()
    with pytest.raises(proving.NotProven):
        proving.prove(Ledger.AUDIT, entry)


# --- The auditor's page -----------------------------------------------------------------


def test_an_auditor_verifies_with_a_click(written, auditor, jobs):
    assert "Nothing was verified yet" in auditor.get(PAGE).content.decode()
    sealing.seal_all()
    response = auditor.post(PAGE, follow=True)
    assert "The verification runs" in response.content.decode()
    assert AuditEntry.objects.filter(action=Action.LEDGERS_CHECKED).count() == 1
    auditor.post(PAGE)
    assert LedgerCheck.objects.count() == 1
    jobs()
    assert LedgerCheck.objects.get().state == CheckState.CLEAN
    assert "found nothing wrong" in auditor.get(PAGE).content.decode()


def test_an_auditor_reads_what_is_wrong_and_where(sealed, auditor):
    entry = AuditEntry.objects.get(action=Action.STAFF_LISTED)
    tamper("UPDATE privacy_auditentry SET request_id = 'x' WHERE id = %s", [entry.pk])
    verifying.verify()
    page = auditor.get(PAGE).content.decode()
    assert "The entry was changed after it was sealed" in page
    assert f"<td>{entry.pk}</td>" in page
    assert "found 1 thing that is wrong" in page


def test_what_waits_for_too_long_is_said(written, auditor):
    tamper("UPDATE privacy_auditentry SET at = at - interval '10 minutes'")
    assert "That is too long." in auditor.get(PAGE).content.decode()


def test_nobody_else_sees_the_page(sealed, carol, client_of, client):
    assert client_of(carol).get(PAGE).status_code == 403
    assert client_of(carol).post(PAGE).status_code == 403
    assert client.get(PAGE).status_code == 302


def test_the_page_does_not_grow_with_the_ledgers(sealed, auditor, django_assert_max_num_queries):
    for _round in range(8):
        audit.record(Action.SIGNED_IN, actor=None)
        sealing.seal_all()
        verifying.verify()
    heads.publish()
    with django_assert_max_num_queries(20):
        auditor.get(PAGE)


# --- The job ----------------------------------------------------------------------------


def test_no_entry_waits_longer_than_a_minute():
    from jobs.registry import kind_of

    every = kind_of("privacy.seal_ledgers").every
    assert every is not None
    assert every * 2 <= timedelta(minutes=1)


def test_the_job_says_when_it_is_late(written, caplog):
    tamper("UPDATE privacy_auditentry SET at = at - interval '10 minutes'")
    late = sealing.seal_all
    sealing.seal_all = lambda: 0
    try:
        jobs.seal_ledgers()
    finally:
        sealing.seal_all = late
    assert "the ledgers are sealed late" in caplog.text
    caplog.clear()
    jobs.seal_ledgers()
    assert caplog.text == ""


def test_the_nightly_verification_raises_an_alarm(sealed, caplog):
    check = jobs.begin_check()
    tamper("DELETE FROM privacy_auditentry WHERE action = 'STAFF_LISTED'")
    jobs.go_on_verifying(check.pk)
    assert "the ledgers do not verify" in caplog.text
    check.refresh_from_db()
    assert check.findings[0]["kind"] == Finding.MISSING_ENTRY


def test_a_head_of_today_is_dated_by_the_calendar_of_the_mall(sealed):
    with time_machine.travel("2026-12-31T17:00:00Z"):
        assert heads.publish().day == date(2027, 1, 1)
