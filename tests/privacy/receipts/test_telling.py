"""Whoever ever got her data is told once, and answers."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from privacy import recipients_told, signing
from privacy.enums_proofs import NoticeState
from privacy.models import DisclosureEntry, RecipientNotice
from privacy.runs import engine
from tests.support.verifier import verifier

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])
CASE = "CASE23456789"


def states():
    return {row.recipient: row.state for row in recipients_told.of_case(CASE)}


def shipment(sandbox, parcel):
    (row,) = [
        one for one in sandbox.control("state")["shipments"] if one["reference"] == parcel.code
    ]
    return row["recipient"]


@pytest.mark.promise("RGT-08")
def test_each_recipient_is_told_once_deletes_and_confirms(outbox, given, alice, bob, sandbox, jobs):
    assert shipment(sandbox, given.parcel)["phone"] == "+8613800138001"
    assert any(one["to"] == "+8613800138001" for one in outbox())
    assert recipients_told.tell(alice.subject, case=CASE) == 4
    assert recipients_told.tell(alice.subject, case=CASE) == 0
    jobs()
    assert states() == dict.fromkeys(
        ("carrier", "mail_server", "payment_partner", "sms_gateway"), NoticeState.ACKNOWLEDGED
    )
    assert not any(shipment(sandbox, given.parcel).values())
    messages = sandbox.control("state")["messages"]
    assert [one["to"] for one in messages if one["idempotency_key"] == given.sms_key] == [""]
    assert not [one for one in outbox() if one["to"] in {"+8613800138001", "alice@person.example"}]
    assert recipients_told.tell(bob.subject, case="OTHERCASE234") == 0


def test_a_notice_names_nobody_and_is_signed_by_the_mall(given, alice, sandbox, jobs):
    recipients_told.tell(alice.subject, case=CASE)
    jobs()
    codes = {row.code for row in recipients_told.of_case(CASE)}
    taken = [one for one in sandbox.control("state")["erasures"] if one["notice"] in codes]
    assert {one["part"] for one in taken} == {"carrier", "sms", "pay"}
    keys = verifier.keys_of(signing.public_keys())
    for one in taken:
        content = verifier.check(one["document"], keys)
        assert content["ask"] == "DELETE"
        assert str(alice.subject) not in str(one["document"])
        assert "13800138001" not in str(one["document"])


def test_a_silent_recipient_is_asked_again_and_then_left_to_staff(given, alice, dan, sandbox, jobs):
    sandbox.control(
        "faults", {"part": "carrier", "operation": "erase", "kind": "503", "times": None}
    )
    recipients_told.tell(alice.subject, case=CASE)
    jobs()
    notice = RecipientNotice.objects.get(case=CASE, recipient="carrier")
    assert (notice.state, notice.tries) == (NoticeState.WAITING, 1)
    assert states()["sms_gateway"] == NoticeState.ACKNOWLEDGED
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=16), tick=False):
        assert [row.pk for row in recipients_told.overdue()] == [notice.pk]
    with time_machine.travel(now + timedelta(days=31), tick=False):
        recipients_told.deliver(notice.pk)
        notice.refresh_from_db()
        assert (notice.state, notice.last_error) == (NoticeState.TASK, "silent")
        assert recipients_told.settle(notice, actor=dan.subject)
        assert not recipients_told.settle(notice, actor=dan.subject)
        assert not recipients_told.overdue().exists()


def test_a_lost_answer_deletes_nothing_twice(given, alice, sandbox, jobs):
    sandbox.control("faults", {"part": "carrier", "operation": "erase", "kind": "lost", "times": 1})
    recipients_told.tell(alice.subject, case=CASE)
    jobs()
    assert states()["carrier"] == NoticeState.WAITING
    recipients_told.deliver(RecipientNotice.objects.get(case=CASE, recipient="carrier").pk)
    assert states()["carrier"] == NoticeState.ACKNOWLEDGED
    code = RecipientNotice.objects.get(case=CASE, recipient="carrier").code
    taken = [one for one in sandbox.control("state")["erasures"] if one["notice"] == code]
    assert [one["deleted"] for one in taken] == [1]


def test_who_cannot_be_told_by_protocol_is_a_task(given, alice, sandbox, jobs):
    DisclosureEntry.objects.create(
        recipient="store", subject=alice.subject, fields=["name"], ground="CONTRACT", reference="P1"
    )
    sandbox.control(
        "faults",
        {"part": "pay", "operation": "data.erasure.notify", "kind": "refuse", "times": 1},
    )
    recipients_told.tell(alice.subject, case=CASE)
    jobs()
    assert states()["store"] == NoticeState.TASK
    assert states()["payment_partner"] == NoticeState.TASK


def test_many_references_go_in_parts(alice, sandbox, monkeypatch):
    monkeypatch.setattr(recipients_told, "PART", 2)
    for number in range(5):
        DisclosureEntry.objects.create(
            recipient="sms_gateway",
            subject=alice.subject,
            fields=["phone"],
            ground="CONTRACT",
            reference=f"m-part{number}",
        )
    recipients_told.tell(alice.subject, case=CASE)
    notice = RecipientNotice.objects.get(case=CASE)
    recipients_told.deliver(notice.pk)
    notice.refresh_from_db()
    assert (notice.parts, notice.parts_done, notice.state) == (3, 3, NoticeState.ACKNOWLEDGED)
    taken = [one for one in sandbox.control("state")["erasures"] if one["notice"] == notice.code]
    sent = [name for one in taken for name in one["document"]["content"]["references"]]
    assert sorted(sent) == [f"m-part{number}" for number in range(5)]


def test_telling_is_a_step_of_a_run(alice, django_assert_max_num_queries):
    for number in range(50):
        DisclosureEntry.objects.create(
            recipient="carrier",
            subject=alice.subject,
            fields=["name"],
            ground="CONTRACT",
            reference=f"P{number}",
        )
    run = engine.start("privacy.residue", parts=[engine.Part("partners")], subject=alice.subject)
    step = run.steps.get()
    with django_assert_max_num_queries(12):
        chunk = recipients_told.tell_all(step, {})
    assert (chunk.done, chunk.counters) == (True, {"rows": 1})
    assert recipients_told.of_case(run.code)[0].subject == alice.subject
