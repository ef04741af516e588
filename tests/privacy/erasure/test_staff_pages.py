"""Staff see how a case stands; the officer opens what is kept, for a reason written down."""

import pytest
from django.utils import timezone

from delivery.models import Parcel
from orders.models import Order
from privacy.models import AuditEntry
from tests.orders.world import buy_and_pay, shop
from tests.privacy.erasure.world import erase

STREET = "桂花路88号3单元501室"


@pytest.fixture
def gone(alice, address):
    """alice bought something and closed her account; her order."""
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    Order.objects.filter(pk=order.pk).update(state="completed", clock_at=timezone.now())
    Parcel.objects.filter(subject=alice.subject).update(ended_at=timezone.now())
    return order, erase(alice)


def opened(client, code):
    return client.post(
        "/admin/privacy/erasurecase/blocked/", {"code": code.lower(), "reason": "LEGAL_DUTY"}
    )


@pytest.mark.promise("RGT-07")
def test_kept_data_opens_for_the_officer_alone_and_is_written_down(
    gone, alice, dan, carol, bob, client_of
):
    order, case = gone
    assert opened(client_of(carol), order.code).status_code in {302, 403}
    officer = client_of(dan)
    assert STREET not in officer.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    for code, named in ((order.code, "order"), (case.code, "case")):
        page = opened(officer, code)
        assert STREET in page.content.decode()
        assert page["Cache-Control"].find("no-store") >= 0
        entry = AuditEntry.objects.filter(action="VALUE_OPENED").order_by("-pk").first()
        assert (entry.actor, entry.reason, entry.detail) == (
            dan.subject,
            "LEGAL_DUTY",
            {named: code},
        )
    assert STREET not in officer.get("/admin/privacy/erasurecase/blocked/").content.decode()


def test_who_is_still_here_is_not_opened_so(alice, address, dan, client_of):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    page = opened(client_of(dan), order.code).content.decode()
    assert "Nothing closed has this number." in page
    assert STREET not in page
    assert not AuditEntry.objects.filter(action="VALUE_OPENED").exists()


def test_the_page_of_a_case_says_what_became_of_it(gone, dan, client_of):
    _order, case = gone
    client = client_of(dan)
    assert case.code in client.get("/admin/privacy/erasurecase/").content.decode()
    page = client.get(f"/admin/privacy/erasurecase/code/{case.code}/").content.decode()
    assert "kept and closed" in page
    assert "Erased" in page
    assert client.get("/admin/privacy/erasurecase/code/NOTHING/").status_code == 404
