"""A whole erasure: its receipt, its recipients, what it left, and what comes in afterwards."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from delivery.models import ParcelEvent
from jobs.models import Job
from privacy import receipts, recipients_told, residue
from privacy.enums_proofs import NoticeState, ResidueState
from privacy.erasure.enums import CaseState
from privacy.models import Receipt, ResidueSearch, Run
from privacy.receipts.checking import Answer
from privacy.residue import cases
from privacy.runs import engine
from privacy.runs.enums import RunState
from tests.delivery.test_pushes import event, push
from tests.privacy.erasure.world import erase

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])


@pytest.fixture
def var(settings, tmp_path):
    """Files of this test alone."""
    settings.VAR = tmp_path
    return tmp_path


@pytest.mark.promise("RGT-11")
@pytest.mark.promise("RGT-08")
def test_nothing_is_left_everybody_is_told_and_the_receipt_says_so(
    given, alice, bob, address, jobs, var
):
    words = residue.words_of(alice.subject)
    assert words.contacts
    assert words.strong
    # A parcel that nobody collects holds an erasure up, for fifteen days at most.
    case = erase(alice, days=16)
    assert case.state == CaseState.DONE, (case.state, case.waits_for)
    search = ResidueSearch.objects.get(case=case.code)
    assert search.state == ResidueState.SEARCHED
    assert list(search.findings.values_list("place", "count")) == []
    assert search.places > 50
    receipt = Receipt.objects.get(code=case.receipt_code)
    assert receipts.check_code(receipt.code).answer is Answer.DONE
    told = {row.recipient for row in recipients_told.of_case(case.run.code)}
    assert told == {"carrier", "mail_server", "payment_partner", "sms_gateway"}
    Job.objects.filter(name=recipients_told.JOB).update(run_at=timezone.now())
    jobs()
    states = {row.state for row in recipients_told.of_case(case.run.code)}
    assert states == {NoticeState.ACKNOWLEDGED}
    assert push(event(given.parcel, "COLLECTED", 2, place="林小雨")).status_code == 200
    jobs()
    assert ParcelEvent.objects.order_by("-pk").first().place == ""
    assert residue.search(words, subject=alice.subject) == {}


def test_what_is_put_back_meanwhile_is_found_a_month_later(alice, bob, address, var):
    case = erase(alice)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET member_name = %s WHERE id = %s", ["138-0013-8001", bob.pk]
        )
    with time_machine.travel(timezone.now() + timedelta(days=45), tick=False):
        assert cases.tend() == 1
        run = Run.objects.filter(kind=cases.KIND).latest("pk")
        engine.finish_now(run)
        run.refresh_from_db()
    assert run.state == RunState.DONE
    search = ResidueSearch.objects.get(case=case.code)
    found = list(search.findings.values_list("round", "place", "count"))
    assert found == [(2, "accounts_user.member_name", 1)]


def test_a_search_that_never_came_is_made_up_for(alice, address, var):
    residue.gather(alice.subject, "LATE")
    assert cases.tend() == 0
    case = erase(alice)
    ResidueSearch.objects.filter(case=case.code).delete()
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        assert cases.tend() == 1
        engine.finish_now(Run.objects.filter(kind=cases.KIND).latest("pk"))
    assert ResidueSearch.objects.get(case="LATE").first_at
