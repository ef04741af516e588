"""A mall in which everything that has an address exists: once for alice, once for bob."""

from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from accounts.models import Address
from accounts.services import add_address
from delivery.models import Parcel
from delivery.queries import parcel_for
from notices.models import Message
from orders.enums import ReturnReason
from orders.services import delivering, returning
from payments.models import Payment
from privacy.export import asking
from privacy.models import ExportPackage
from stores.models import StoreMember
from tests.orders.world import HERE, buy, buy_and_pay, cart_of, shop


@dataclass
class Belongings:
    """What one shopper has, by the name under which addresses ask for it."""

    person: object
    order: object
    arrived: object
    returned: object
    purchase: object
    payment: Payment
    address: Address
    message: Message
    export: ExportPackage
    codes: dict[str, str] = field(default_factory=dict)


@dataclass
class House:
    """The people, and what is whose."""

    alice: Belongings
    bob: Belongings
    carol: object
    keeper: object


def _fill(person, jobs):
    """An unpaid purchase, an order that arrived with a return, an address, messages, a cart."""
    arrived = buy_and_pay(person, ("T1", 2))
    parcel = parcel_for(arrived.code)
    Parcel.objects.filter(pk=parcel.pk).update(delivered_at=timezone.now())
    parcel.refresh_from_db()
    delivering.delivered(arrived, parcel)
    arrived.refresh_from_db()
    line = arrived.lines.get()
    returned = returning.request_return(arrived, {line.pk: 1}, ReturnReason.CHANGED_MIND, person)
    purchase = buy(person, ("T1", 1), ("L1", 1))
    jobs()
    where = add_address(
        person,
        recipient=HERE.recipient,
        phone=HERE.phone,
        province=HERE.province,
        city=HERE.city,
        district=HERE.district,
        street=HERE.street,
    )
    cart_of(person, ("T1", 1))
    return Belongings(
        person=person,
        order=purchase.orders.order_by("pk").first(),
        arrived=arrived,
        returned=returned,
        purchase=purchase,
        payment=Payment.objects.get(reference=purchase.reference),
        address=where,
        message=Message.objects.filter(person=person, channel="INBOX").first()
        or Message.objects.filter(person=person).first(),
        export=asking.ask(person, language="en", with_files=True)[0],
    )


@pytest.fixture
def house(alice, bob, carol, sandbox, jobs):
    """See above. `keeper` works for the store of which everybody bought."""
    from accounts.services import register_person

    tea = shop("tea-house")
    tea.goods("T1", on_hand=99)
    shop("lamp-house").goods("L1", on_hand=99)
    keeper = register_person(phone="+8613800138009", member_name="keeper", password="x" * 12)
    StoreMember.objects.create(store=tea.store, user=keeper, role="OWNER")
    return House(_fill(alice, jobs), _fill(bob, jobs), carol, keeper)
