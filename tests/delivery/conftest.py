"""A store that ships and hands over, and parcels for alice."""

from itertools import count

import pytest

from delivery.models import Parcel, ShippingRate
from delivery.services import Recipient, open_parcel
from tests.catalog.factories import make_store

NAME = "林小雨"
PHONE = "+8613800138001"
STREET = "桂花路88号3单元501室"
_numbers = count(1)


@pytest.fixture
def store(db):
    return make_store(name_en="Blue Hill Tea", name_zh="青岚茶舍", province="330000")


@pytest.fixture
def rates(store):
    """One kilogram for ¥10, ¥4 for each further half; ¥18 flat to the far west; free from ¥199."""
    near = ShippingRate.objects.create(
        store=store,
        first_weight_g=1000,
        first_fee=1000,
        step_g=500,
        step_fee=400,
        free_from=19900,
    )
    far = ShippingRate.objects.create(store=store, regions="54 65", flat=1800)
    return near, far


@pytest.fixture
def recipient():
    return Recipient(
        name=NAME,
        phone=PHONE,
        province="310000",
        city="310100",
        district="310101",
        street=STREET,
        postcode="200001",
    )


@pytest.fixture
def new_parcel(store, alice, recipient):
    """Opens a parcel for alice; `method="pickup"` for one that waits at the store."""

    def make(method="carrier", reference="", **given):
        whom = recipient if method == "carrier" else Recipient(name=NAME, phone=PHONE)
        return open_parcel(
            reference=reference or f"order-{next(_numbers)}",
            store=store,
            method=method,
            subject=alice.subject,
            recipient=whom,
            weight_g=given.get("weight_g", 800),
        )

    return make


@pytest.fixture
def parcel(new_parcel) -> Parcel:
    return new_parcel()


@pytest.fixture
def pickup(new_parcel) -> Parcel:
    return new_parcel("pickup")
