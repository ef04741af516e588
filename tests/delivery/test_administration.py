"""Staff see parcels behind masks; labels are one opening that is written down."""

import pytest
from django.urls import reverse

from delivery import services
from delivery.labels import open_labels
from delivery.models import Parcel, ShippingRate
from delivery.origins import page_for
from jobs.models import Job
from privacy.models import AuditEntry, DisclosureEntry
from tests.delivery.conftest import NAME, PHONE, STREET
from tests.orders.world import buy_and_pay, shop

LIST = "/admin/delivery/parcel/"


@pytest.fixture
def desk(client_of, carol):
    """The browser of an order clerk."""
    return client_of(carol)


def test_the_list_shows_masks_only(desk, parcel):
    page = desk.get(LIST).content.decode()
    assert parcel.code in page
    assert NAME not in page
    assert PHONE not in page
    assert NAME[:1] in page


def test_the_parcels_page_shows_its_timeline_and_no_address(desk, parcel):
    page = desk.get(f"{LIST}{parcel.pk}/change/").content.decode()
    assert "Being prepared" in page
    for value in (NAME, PHONE, STREET):
        assert value not in page


def test_the_list_costs_the_same_for_one_and_for_many(
    desk, parcel, new_parcel, django_assert_max_num_queries
):
    with django_assert_max_num_queries(25) as one:
        desk.get(LIST)
    for _ in range(20):
        new_parcel()
    with django_assert_max_num_queries(len(one)):
        desk.get(LIST)


def test_a_shopper_sees_nothing_of_it(client_of, alice, parcel):
    assert client_of(alice).get(LIST).status_code == 302
    assert client_of(alice).get(f"{LIST}{parcel.pk}/change/").status_code == 302


def test_a_parcel_is_found_by_its_tracking_number(desk, parcel, carol, sandbox, jobs):
    services.ship(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    for term in (str(parcel.tracking_number), parcel.code.lower(), parcel.reference):
        answer = desk.post(f"{LIST}find/", {"term": term})
        assert answer.url == f"{LIST}{parcel.pk}/change/"
    assert desk.post(f"{LIST}find/", {"term": "SB000"}).url == LIST


# --- Labels


def print_labels(desk, *parcels):
    return desk.post(
        LIST, {"action": "print_labels", "_selected_action": [parcel.pk for parcel in parcels]}
    )


def test_labels_show_what_stands_on_them(desk, parcel, pickup):
    answer = print_labels(desk, parcel, pickup)
    page = answer.content.decode()
    assert answer["Cache-Control"].count("no-store")
    for value in (NAME, PHONE, f"上海市黄浦区{STREET}", parcel.code, "Pick-up at the store"):
        assert value in page


def test_opening_labels_is_written_down_for_each_person(desk, parcel, pickup, carol):
    print_labels(desk, parcel, pickup)
    entries = AuditEntry.objects.filter(action="BATCH_OPENED")
    assert entries.count() == 2
    assert {(entry.actor, entry.reason) for entry in entries} == {(carol.subject, "DELIVERY")}
    assert {row.recipient for row in DisclosureEntry.objects.all()} == {"store"}
    assert DisclosureEntry.objects.get(reference=parcel.code).fields == ["address", "name", "phone"]
    assert DisclosureEntry.objects.get(reference=pickup.code).fields == ["name", "phone"]


def test_two_hundred_labels_ask_for_keys_once(new_parcel, carol, django_assert_num_queries):
    parcels = [new_parcel() for _ in range(30)]
    fresh = type(parcels[0]).objects.select_related("store").order_by("pk")
    with django_assert_num_queries(1, using="keyring"):
        labels = open_labels(fresh, actor=carol)
    assert len(labels) == 30


def test_who_may_not_open_values_prints_no_labels(client_of, bob, parcel):
    from django.contrib.auth.models import Permission

    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    codes = ["view_parcel", "change_parcel"]
    bob.user_permissions.set(Permission.objects.filter(codename__in=codes))
    answer = print_labels(client_of(bob), parcel)
    assert NAME not in answer.content.decode()
    assert not AuditEntry.objects.filter(action="BATCH_OPENED").exists()


# --- Working on a parcel


def test_a_parcel_is_worked_on_from_its_order_and_its_page_leads_there(alice, address, desk):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    parcel = Parcel.objects.get(reference=order.code)
    page = desk.get(f"{LIST}{parcel.pk}/change/").content.decode()
    there = reverse("admin:orders_order_change", args=[order.pk])
    assert f'href="{there}"' in page
    assert desk.get(there).status_code == 200


def test_a_parcel_that_nobody_claims_shows_its_reference(desk, parcel):
    assert parcel.reference in desk.get(f"{LIST}{parcel.pk}/change/").content.decode()
    assert page_for(parcel.reference) == ""


@pytest.mark.parametrize("deed", ["announce", "ready", "hand_over", "cancel"])
def test_nothing_is_moved_behind_the_orders_back(desk, parcel, pickup, deed):
    for row in (parcel, pickup):
        before = row.state
        for path in ("work-on/", "change/"):
            desk.post(f"{LIST}{row.pk}/{path}", {"step": deed})
        for action in (f"{deed}_selected", deed):
            desk.post(LIST, {"action": action, "_selected_action": [row.pk]})
        row.refresh_from_db()
        assert row.state == before
        assert row.cancel_requested_at is None
    assert not Job.objects.exclude(name="delivery.announce").exists()


def test_nobody_adds_or_removes_parcels_by_hand(desk, parcel):
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{parcel.pk}/delete/", {"post": "yes"}).status_code == 403


# --- Fees


def test_fees_are_written_as_people_write_them(client_of, dan, store):
    dan.is_superuser = True
    dan.save(update_fields=["is_superuser"])
    address = "/admin/delivery/shippingrate/add/"
    values = {
        "store": store.pk,
        "method": "carrier",
        "regions": "31, 330000",
        "flat": "",
        "first_weight_g": "1000",
        "first_fee": "12.50",
        "step_g": "500",
        "step_fee": "4",
        "free_from": "199",
    }
    assert client_of(dan).post(address, values).status_code == 302
    rate = ShippingRate.objects.get()
    assert (rate.regions, rate.first_fee, rate.step_fee) == ("31 33", 1250, 400)
    assert (rate.free_from, rate.flat) == (19900, None)
    page = client_of(dan).get(f"/admin/delivery/shippingrate/{rate.pk}/change/").content.decode()
    assert 'value="12.50"' in page
    answer = client_of(dan).post(address, values | {"first_fee": "twelve", "regions": "99"})
    assert answer.status_code == 200
    assert ShippingRate.objects.count() == 1
