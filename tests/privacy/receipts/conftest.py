"""alice gave her data to a carrier, to the SMS gateway and to the payment partner."""

from dataclasses import dataclass
from typing import Any

import pytest

from delivery import services as delivery
from delivery.services import Recipient
from notices import services as notices
from payments import services as payments
from tests.catalog.factories import make_store


@dataclass(frozen=True)
class Given:
    """Under which names the partners know her."""

    parcel: Any
    payment: Any
    sms_key: str


@pytest.fixture
def given(alice, carol, sandbox, jobs):
    recipient = Recipient(
        name="林小雨",
        phone="+8613800138001",
        province="310000",
        city="310100",
        district="310101",
        street="桂花路88号3单元501室",
        postcode="200001",
    )
    parcel = delivery.open_parcel(
        reference="order-77",
        store=make_store(),
        method="carrier",
        subject=alice.subject,
        recipient=recipient,
        weight_g=800,
    )
    delivery.ship(parcel, carol)
    payment = payments.start(
        reference="B-77",
        amount=12_340,
        currency="CNY",
        subject=alice.subject,
        title="Osmanthus Mall B-77",
        return_url="/me/orders/",
    )
    payments.redirect_to_partner(payment)
    sent = notices.send(
        "accounts.already_here", to=alice, context={}, once=f"password:{payment.code}"
    )
    jobs()
    key = next(f"m-{row.code.lower()}" for row in sent if row.channel == "SMS")
    return Given(parcel, payment, key)
