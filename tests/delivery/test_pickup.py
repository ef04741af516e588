"""Goods that wait at the store go to whoever shows the code, and to nobody who guesses."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from delivery import services
from delivery.enums import ParcelState
from delivery.errors import PickupLocked, WrongPickupCode, WrongStep
from delivery.queries import pickup_code
from privacy.models import DisclosureEntry


@pytest.fixture
def ready(pickup, carol):
    return services.mark_ready(pickup, carol)


def wrong(parcel):
    return "000000" if pickup_code(parcel) != "000000" else "111111"


def test_ready_goods_have_a_code_of_six_digits(ready):
    code = pickup_code(ready)
    assert len(code) == 6
    assert code.isdigit()
    assert ready.ready_at is not None


def test_marking_ready_twice_keeps_the_code(ready, carol):
    code = pickup_code(ready)
    services.mark_ready(ready, carol)
    ready.refresh_from_db()
    assert pickup_code(ready) == code


def test_the_code_stands_nowhere_in_clear(ready):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pickup_code, pickup_hash FROM delivery_parcel")
        sealed, hashed = cursor.fetchone()
    assert pickup_code(ready).encode() not in bytes(sealed)
    assert len(hashed) == 64


@pytest.mark.promise("DLV-01")
def test_the_right_code_hands_the_goods_over(ready, carol):
    code = pickup_code(ready)
    services.hand_over(ready, f" {code[:3]} {code[3:]} ", carol)
    assert ready.state == ParcelState.DELIVERED
    assert ready.delivered_at is not None
    assert pickup_code(ready) == ""
    assert ready.pickup_hash == ""
    services.hand_over(ready, "", carol)


def test_a_wrong_code_is_counted_and_said(ready, carol):
    with pytest.raises(WrongPickupCode) as refusal:
        services.hand_over(ready, wrong(ready), carol)
    assert "4 more tries" in str(refusal.value)
    ready.refresh_from_db()
    assert (ready.state, ready.pickup_tries) == (ParcelState.READY, 1)


def test_after_five_wrong_codes_nobody_can_try_for_a_while(ready, carol):
    for _ in range(4):
        with pytest.raises(WrongPickupCode):
            services.hand_over(ready, wrong(ready), carol)
    with pytest.raises(PickupLocked):
        services.hand_over(ready, wrong(ready), carol)
    with pytest.raises(PickupLocked):
        services.hand_over(ready, pickup_code(ready), carol)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        services.hand_over(ready, pickup_code(ready), carol)
    assert ready.state == ParcelState.DELIVERED


def test_a_try_inside_a_transaction_could_be_forgotten_and_is_refused(
    transactional_db, new_parcel, carol
):
    parcel = services.mark_ready(new_parcel("pickup"), carol)
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.hand_over(parcel, "123456", carol)


def test_a_code_of_another_parcel_opens_nothing(ready, new_parcel, carol):
    other = services.mark_ready(new_parcel("pickup"), carol)
    if pickup_code(other) != pickup_code(ready):
        with pytest.raises(WrongPickupCode):
            services.hand_over(ready, pickup_code(other), carol)


def test_goods_that_do_not_wait_cannot_be_handed_over(pickup, carol):
    with pytest.raises(WrongStep):
        services.hand_over(pickup, "123456", carol)


def test_a_carriers_parcel_is_not_picked_up_and_the_other_way_round(parcel, pickup, carol):
    with pytest.raises(WrongStep):
        services.mark_ready(parcel, carol)
    with pytest.raises(WrongStep):
        services.ship(pickup, carol)


def test_goods_that_wait_can_be_cancelled(ready, carol):
    services.cancel(ready, carol)
    assert ready.state == ParcelState.CANCELLED
    with pytest.raises(WrongStep):
        services.hand_over(ready, "123456", carol)


@pytest.mark.promise("C-04")
def test_only_the_store_hears_of_a_pick_up(ready):
    (row,) = DisclosureEntry.objects.filter(reference=ready.code)
    assert (row.recipient, row.fields) == ("store", ["name", "phone"])
