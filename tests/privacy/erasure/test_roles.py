"""Sellers, staff, and one who is everything at once."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import KeptIdentity, User
from orders.models import Order
from privacy import keyring
from privacy.enums import AccessReason, Action
from privacy.erasure import cases, planning
from privacy.erasure.enums import CaseState
from privacy.erasure.errors import MustWait
from privacy.fields import RESTRICTED
from privacy.models import AuditEntry
from stores.enums import MemberRole, StoreStatus
from stores.models import Store, StoreMember
from tests.orders.world import buy_and_pay, shop
from tests.privacy.erasure.world import erase, go_on


@pytest.fixture
def store(alice):
    """alice's own store, with goods."""
    made = shop("alices-tea")
    made.goods("A1")
    StoreMember.objects.create(store=made.store, user=alice, role=MemberRole.OWNER)
    return made.store


def codes(person):
    return {one.code for one in planning.plan_for(person.subject).must_do}


@pytest.mark.promise("RGT-07")
def test_a_seller_with_open_orders_is_to_send_or_cancel_them_first(store, alice, bob):
    order = buy_and_pay(bob, ("A1", 1))
    assert codes(alice) == {"store_orders"}
    with pytest.raises(MustWait):
        cases.open_case(alice.subject)
    Order.objects.filter(pk=order.pk).update(state="completed")
    assert codes(alice) == set()


def test_a_store_with_people_in_it_gets_another_owner_first(store, alice, bob):
    member = StoreMember.objects.create(store=store, user=bob, role=MemberRole.CLERK)
    assert codes(alice) == {"stores"}
    member.role = MemberRole.OWNER
    member.save()
    assert codes(alice) == set()
    cases.open_case(alice.subject)
    store.refresh_from_db()
    assert store.status == StoreStatus.OPEN, "it has another owner"


def test_a_store_pauses_at_once_and_opens_again_when_its_owner_stays(store, alice):
    case = cases.open_case(alice.subject)
    store.refresh_from_db()
    assert store.status == StoreStatus.SUSPENDED
    cases.undo(case)
    store.refresh_from_db()
    assert (store.status, store.paused_for) == (StoreStatus.OPEN, "")


def test_who_sold_here_is_kept_apart_and_closed(store, alice):
    erase(alice)
    store.refresh_from_db()
    assert store.status == StoreStatus.CLOSED
    row = KeptIdentity.objects.get(subject=alice.subject, kind="SELLER")
    assert row.place == "alices-tea"
    assert row.known_as is RESTRICTED
    assert row.phone is RESTRICTED
    assert not StoreMember.objects.filter(user=alice).exists()


def test_staff_stop_working_that_minute_and_the_log_keeps_who_they_were(
    carol, dan, alice, client_of
):
    browser = client_of(carol)
    assert browser.get("/admin/").status_code == 200
    AuditEntry.objects.create(
        action=Action.VALUE_OPENED, actor=carol.subject, subject=alice.subject
    )
    case = cases.open_case(carol.subject)
    carol.refresh_from_db()
    assert not carol.is_staff
    assert not carol.groups.exists()
    assert browser.get("/admin/").status_code == 302
    go_on(case)
    assert AuditEntry.objects.filter(actor=carol.subject, subject=alice.subject).exists()
    row = KeptIdentity.objects.get(subject=carol.subject, kind="STAFF")
    assert (row.place, row.known_as) == ("order clerk", RESTRICTED)
    _let_open_blocked(dan)
    with keyring.opening_blocked(
        AccessReason.LEGAL_DUTY, dan, subject=carol.subject, case=case.code
    ):
        assert KeptIdentity.objects.get(pk=row.pk).known_as == "carol"


def test_staff_who_stay_get_no_role_back_and_leave_no_second_record(carol):
    case = cases.open_case(carol.subject)
    assert KeptIdentity.objects.filter(subject=carol.subject).exists()
    cases.undo(case)
    carol.refresh_from_db()
    assert not carol.is_staff
    assert not KeptIdentity.objects.filter(subject=carol.subject).exists()


def _let_open_blocked(person):
    from django.contrib.auth.models import Permission

    person.user_permissions.add(Permission.objects.get(codename="open_blocked"))
    return User.objects.get(pk=person.pk)


def test_an_order_that_nobody_sends_ends_by_itself(alice, jobs):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    case = cases.open_case(alice.subject)
    assert case.waits_for == "open_orders,parcels"
    go_on(case, days=8)
    order.refresh_from_db()
    assert (order.state, order.end_reason) == ("cancelled", "left")
    assert case.state in {CaseState.WAITING, CaseState.DONE}
    jobs()
    go_on(case, days=15.1)
    assert case.state == CaseState.DONE
    assert order.refunds.exists()


@pytest.mark.promise("RGT-07")
def test_a_buyer_who_sells_and_works_here_leaves_nothing_readable(store, alice, bob, address):
    shop("another").goods("B1")
    order = buy_and_pay(alice, ("B1", 1))
    Order.objects.filter(pk=order.pk).update(state="completed")
    alice.is_staff = True
    alice.save(update_fields=["is_staff"])
    alice.groups.add(Group.objects.get_or_create(name="order clerk")[0])
    case = erase(alice, days=16)
    assert case.state == CaseState.DONE
    kept = Order.objects.get(pk=order.pk)
    assert (kept.buyer, kept.recipient, kept.phone, kept.street) == (None, *[RESTRICTED] * 3)
    assert set(KeptIdentity.objects.values_list("subject", "kind")) == {
        (alice.subject, "SELLER"),
        (alice.subject, "STAFF"),
    }
    assert Store.objects.get(slug="another").status == StoreStatus.OPEN
    assert case.counters["kept:orders.Order"] == 1
