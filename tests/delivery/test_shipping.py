"""Parcels are announced once, whatever the carrier does."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from delivery import services
from delivery.enums import ParcelState
from delivery.errors import ParcelDiffers, RecipientIncomplete, WrongStep
from delivery.models import Parcel, ParcelEvent
from delivery.queries import find_by_tracking_number, parcels_in_trouble, timeline_entries
from delivery.services import Recipient, open_parcel
from jobs.models import Job
from privacy.models import AuditEntry, DisclosureEntry
from tests.delivery.conftest import NAME, PHONE, STREET


def due_now():
    """As if the pause before the next try were over."""
    Job.objects.filter(state="waiting").update(run_at=timezone.now())


def shipments(sandbox, parcel):
    return [one for one in sandbox.control("state")["shipments"] if one["reference"] == parcel.code]


# --- Opening


def test_the_same_reference_opens_one_parcel(new_parcel):
    first = new_parcel(reference="order-a")
    assert new_parcel(reference="order-a") == first
    assert ParcelEvent.objects.filter(parcel=first, kind="opened").count() == 1


def test_a_reference_of_somebody_else_is_refused(new_parcel, store, bob, recipient):
    new_parcel(reference="order-a")
    with pytest.raises(ParcelDiffers):
        open_parcel(
            reference="order-a",
            store=store,
            method="carrier",
            subject=bob.subject,
            recipient=recipient,
            weight_g=1,
        )


@pytest.mark.parametrize(
    ("method", "whom"),
    [
        ("carrier", None),
        ("carrier", Recipient(NAME, PHONE)),
        ("carrier", Recipient(NAME, " ", "310000", "310100", "310101", STREET)),
        ("pickup", Recipient("", PHONE)),
    ],
)
def test_a_parcel_needs_a_whole_recipient(store, alice, method, whom):
    with pytest.raises(RecipientIncomplete):
        open_parcel(
            reference="order-a",
            store=store,
            method=method,
            subject=alice.subject,
            recipient=whom,
            weight_g=1,
        )


@pytest.mark.promise("C-04")
def test_pick_up_keeps_no_address(store, alice, recipient):
    parcel = open_parcel(
        reference="order-a",
        store=store,
        method="pickup",
        subject=alice.subject,
        recipient=recipient,
        weight_g=1,
    )
    assert (parcel.street, parcel.province, parcel.postcode) == (None, "", "")


def test_the_table_shows_neither_recipient_nor_tracking_number(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    number = str(parcel.tracking_number)
    assert number.startswith("SB")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p)::text FROM delivery_parcel p")
        (text,) = cursor.fetchone()
        cursor.execute("SELECT recipient_name, street, tracking_number FROM delivery_parcel")
        sealed = b"".join(bytes(value) for value in cursor.fetchone())
    assert parcel.code in text
    for value in (NAME, PHONE[3:], STREET, number):
        assert value not in text
        assert value.encode() not in sealed


# --- Announcing


@pytest.mark.promise("DLV-01")
def test_a_parcel_is_announced_and_gets_its_number(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    assert parcel.state == ParcelState.REQUESTED
    jobs()
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.ACCEPTED
    (shipment,) = shipments(sandbox, parcel)
    assert shipment["tracking_number"] == parcel.tracking_number
    assert shipment["recipient"] == {
        "name": NAME,
        "phone": PHONE,
        "address": f"上海市黄浦区{STREET} 200001",
    }
    assert list(find_by_tracking_number(str(parcel.tracking_number))) == [parcel]


@pytest.mark.promise("DLV-02")
def test_one_disclosure_is_noted_with_exactly_the_four_fields(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    jobs()
    (row,) = DisclosureEntry.objects.filter(recipient="carrier")
    assert row.fields == ["address", "name", "phone", "weight"]
    assert (row.subject, row.reference) == (parcel.subject, parcel.code)


def test_who_sent_it_out_is_written_down(parcel, carol):
    services.ship(parcel, carol)
    (entry,) = AuditEntry.objects.filter(action="ORDER_SHIPPED")
    assert (entry.actor, entry.subject) == (carol.subject, parcel.subject)


def test_announcing_twice_asks_the_carrier_once(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    services.ship(parcel, carol)
    jobs()
    services.ship(parcel, carol)
    jobs()
    assert Job.objects.filter(name="delivery.ship").count() == 1
    assert len(shipments(sandbox, parcel)) == 1


def test_while_the_carrier_is_down_we_keep_trying(parcel, sandbox, jobs, carol):
    sandbox.control("faults", {"part": "carrier", "operation": "*", "kind": "503", "times": 2})
    services.ship(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.tracking_number) == (ParcelState.REQUESTED, None)
    for _ in range(2):
        due_now()
        jobs()
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.ACCEPTED
    assert DisclosureEntry.objects.filter(recipient="carrier").count() == 1


def test_an_answer_that_was_lost_is_answered_again(parcel, sandbox, jobs, carol):
    sandbox.control("faults", {"part": "carrier", "operation": "*", "kind": "lost", "times": 1})
    services.ship(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    assert parcel.tracking_number is None
    (before,) = shipments(sandbox, parcel)
    due_now()
    jobs()
    parcel.refresh_from_db()
    assert parcel.tracking_number == before["tracking_number"]
    assert len(shipments(sandbox, parcel)) == 1


def test_a_carrier_that_stays_silent_is_brought_before_people(parcel, sandbox, jobs, carol):
    sandbox.control("faults", {"part": "carrier", "operation": "*", "kind": "503", "times": None})
    services.ship(parcel, carol)
    for _ in range(5):
        due_now()
        jobs()
    assert list(parcels_in_trouble()) == [parcel]
    sandbox.reset()
    due_now()
    jobs()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.failure) == (ParcelState.ACCEPTED, "")


def test_a_refusal_brings_the_parcel_back_and_it_can_be_sent_again(parcel, sandbox, jobs, carol):
    sandbox.control("faults", {"part": "carrier", "operation": "*", "kind": "refuse", "times": 1})
    services.ship(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.PREPARED
    assert parcel.failure
    services.ship(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.failure) == (ParcelState.ACCEPTED, "")


def test_the_carrier_is_never_called_inside_a_transaction(new_parcel, transactional_db, carol):
    parcel = services.ship(new_parcel(), carol)
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.send_to_carrier(parcel)


def test_two_workers_announce_one_shipment(transactional_db, new_parcel, sandbox, carol):
    parcel = services.ship(new_parcel(), carol)
    gate = threading.Barrier(2)
    failures = []

    def work():
        try:
            row = Parcel.objects.get(pk=parcel.pk)
            gate.wait(10)
            services.send_to_carrier(row)
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(shipments(sandbox, parcel)) == 1
    assert DisclosureEntry.objects.filter(recipient="carrier").count() == 1
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.ACCEPTED
    assert ParcelEvent.objects.filter(parcel=parcel, kind="accepted").count() == 1


def test_two_staff_press_ship_at_once(transactional_db, new_parcel, carol):
    parcel = new_parcel()
    gate = threading.Barrier(4)

    def press():
        try:
            row = Parcel.objects.get(pk=parcel.pk)
            gate.wait(10)
            services.ship(row, carol)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Job.objects.filter(name="delivery.ship").count() == 1
    assert AuditEntry.objects.filter(action="ORDER_SHIPPED").count() == 1


# --- Cancelling


def test_a_parcel_that_was_never_announced_is_cancelled_at_once(parcel, carol):
    services.cancel(parcel, carol)
    assert parcel.state == ParcelState.CANCELLED
    with pytest.raises(WrongStep):
        services.ship(parcel, carol)


def test_an_announced_parcel_is_taken_back_from_the_carrier(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    jobs()
    services.cancel(parcel, carol)
    services.cancel(parcel, carol)
    assert parcel.state == ParcelState.ACCEPTED
    jobs()
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.CANCELLED
    assert shipments(sandbox, parcel)[0]["state"] == "CANCELLED"


def test_a_cancel_before_the_call_asks_no_carrier_to_come(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    services.cancel(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.CANCELLED
    assert shipments(sandbox, parcel) == []
    assert not DisclosureEntry.objects.filter(recipient="carrier").exists()


def test_a_cancel_during_the_call_is_made_good(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    in_flight = Parcel.objects.get(pk=parcel.pk)
    services.cancel(parcel, carol)
    jobs()
    services.send_to_carrier(in_flight)
    assert shipments(sandbox, parcel)[0]["state"] == "ACCEPTED"
    jobs()
    assert shipments(sandbox, parcel)[0]["state"] == "CANCELLED"
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.CANCELLED
    assert list(parcels_in_trouble()) == []


def test_a_cancelled_parcel_that_travels_is_brought_before_people(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    in_flight = Parcel.objects.get(pk=parcel.pk)
    services.cancel(parcel, carol)
    jobs()
    services.send_to_carrier(in_flight)
    sandbox.control(f"shipments/{parcel.code}", {"state": "COLLECTED"})
    jobs()
    assert list(parcels_in_trouble()) == [parcel]


def test_a_parcel_that_was_collected_goes_on(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    jobs()
    sandbox.control(f"shipments/{parcel.code}", {"state": "COLLECTED"})
    services.cancel(parcel, carol)
    jobs()
    parcel.refresh_from_db()
    assert parcel.state != ParcelState.CANCELLED
    assert "cancel_refused" in {event.kind for event in parcel.events.all()}


def test_the_timeline_tells_what_happened_and_who_said_so(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    jobs()
    entries = timeline_entries(parcel)
    assert [str(entry.label) for entry in entries] == [
        "Being prepared",
        "Announced to the carrier",
        "The carrier expects the parcel",
    ]
    assert [str(entry.note) for entry in entries] == [
        "The mall",
        "The store",
        "Answer of the carrier",
    ]
