"""Staff see parcels behind masks; labels are one opening that is written down."""

import pytest
from django.urls import reverse

from delivery import services
from delivery.enums import ParcelState
from delivery.labels import open_labels
from delivery.models import ShippingRate
from delivery.queries import pickup_code
from jobs.models import Job
from privacy.models import AuditEntry, DisclosureEntry
from tests.delivery.conftest import NAME, PHONE, STREET

LIST = "/admin/delivery/parcel/"


def work_on(parcel):
    return reverse("admin:delivery_parcel_work_on", args=[parcel.pk])


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
    assert client_of(alice).get(work_on(parcel)).status_code == 302


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


def test_a_clerk_announces_a_parcel(desk, parcel):
    assert b'value="announce"' in desk.get(work_on(parcel)).content
    assert desk.post(work_on(parcel), {"step": "announce"}).status_code == 302
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.REQUESTED
    assert Job.objects.filter(name="delivery.ship").count() == 1


def test_looking_at_the_page_changes_nothing(desk, parcel):
    desk.get(work_on(parcel), {"step": "announce"})
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.PREPARED


def test_a_clerk_hands_goods_over(transactional_db, client_of, carol, new_parcel):
    parcel = new_parcel("pickup")
    desk = client_of(carol)
    desk.post(work_on(parcel), {"step": "ready"})
    parcel.refresh_from_db()
    code = pickup_code(parcel)
    answer = desk.get(work_on(parcel))
    assert code not in answer.content.decode()
    wrong = "000000" if code != "000000" else "111111"
    answer = desk.post(work_on(parcel), {"step": "hand_over", "code": wrong})
    assert "4 more tries" in answer.content.decode()
    assert desk.post(work_on(parcel), {"step": "hand_over", "code": code}).status_code == 302
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.DELIVERED


def test_a_step_that_is_not_possible_is_answered_with_a_sentence(desk, parcel, carol):
    services.cancel(parcel, carol)
    answer = desk.post(work_on(parcel), {"step": "announce"}, follow=True)
    assert "not possible for the parcel as it stands now" in answer.content.decode()


def test_many_parcels_are_announced_at_once_and_refusals_are_named(desk, parcel, pickup):
    answer = desk.post(
        LIST,
        {"action": "announce_selected", "_selected_action": [parcel.pk, pickup.pk]},
        follow=True,
    )
    page = answer.content.decode()
    assert "1 parcel: done." in page
    assert pickup.code in page
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.REQUESTED


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
