"""The officer sees what was left and who was not told, and notes that it is in order."""

import pytest
from django.utils import timezone

from privacy.enums import Action
from privacy.enums_proofs import NoticeState
from privacy.models import AuditEntry, RecipientNotice, ResidueFinding, ResidueSearch

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])
FINDINGS = "/admin/privacy/residuefinding/"
NOTICES = "/admin/privacy/recipientnotice/"


@pytest.fixture
def left(alice):
    search = ResidueSearch.objects.create(case="CASE1", subject=alice.subject, words_count=3)
    finding = ResidueFinding.objects.create(search=search, place="orders_order.note", count=2)
    notice = RecipientNotice.objects.create(
        case="RUN1",
        subject=alice.subject,
        recipient="store",
        state=NoticeState.TASK,
        due_at=timezone.now(),
    )
    return finding, notice


def test_the_start_page_says_that_something_was_left(left, dan, client_of):
    page = client_of(dan).get("/admin/").text
    assert "Places in which an erasure left something" in page
    assert "Recipients to be told of a deletion" in page


def test_the_officer_reads_places_and_notes_that_they_are_in_order(left, dan, client_of):
    finding, notice = left
    client = client_of(dan)
    page = client.get(f"{FINDINGS}?todo=open").text
    assert "orders_order.note" in page
    for address, row in ((FINDINGS, finding), (NOTICES, notice)):
        answer = client.post(address, {"action": "settle", "_selected_action": [row.pk]})
        assert answer.status_code == 302
    finding.refresh_from_db()
    notice.refresh_from_db()
    assert finding.settled_by == dan.subject
    assert notice.state == NoticeState.BY_HAND
    assert AuditEntry.objects.filter(action=Action.RESIDUE_SETTLED).count() == 1
    assert AuditEntry.objects.filter(action=Action.NOTICE_SETTLED).count() == 1
    assert client.get("/admin/privacy/residuesearch/").status_code == 200
    assert client.get("/admin/privacy/receipt/").status_code == 200


def test_others_note_nothing(left, carol, client_of):
    finding, _notice = left
    client_of(carol).post(FINDINGS, {"action": "settle", "_selected_action": [finding.pk]})
    finding.refresh_from_db()
    assert finding.settled_at is None
