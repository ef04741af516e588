"""News about somebody who is gone: the state is kept, and nothing that names anybody."""

import json

import pytest
from django.db import connection

from accounts.services import register_person
from delivery.carriers.hmac_json import account
from delivery.enums import ParcelState
from delivery.models import Parcel, ParcelEvent, PartnerPush
from delivery.services import Recipient, hearing, open_parcel
from notices.models import Message
from notices.services import send
from payments import services as payments
from payments.models import PartnerNotice
from privacy import inbound, keyring
from tests.catalog.factories import make_store
from tests.delivery.test_pushes import event, push
from tests.payments.conftest import signed_notice

pytestmark = pytest.mark.django_db(databases=["default", "keyring"])

ACCOUNT = [keyring.KeyClass.ACCOUNT]


@pytest.fixture
def parcel(alice, sandbox):
    account()
    found = open_parcel(
        reference="order-late",
        store=make_store(),
        method="carrier",
        subject=alice.subject,
        recipient=Recipient(
            name="林小雨",
            phone="+8613800138001",
            province="310000",
            city="310100",
            district="310101",
            street="桂花路88号3单元501室",
            postcode="200001",
        ),
        weight_g=800,
    )
    Parcel.objects.filter(pk=found.pk).update(state=ParcelState.ACCEPTED)
    return found


def places():
    return [row.place for row in ParcelEvent.objects.order_by("pk")]


@pytest.mark.promise("RGT-10")
@pytest.mark.parametrize("how", [keyring.destroy_keys, keyring.block_keys])
def test_a_late_push_about_somebody_who_is_gone_keeps_the_state_alone(parcel, alice, jobs, how):
    push(event(parcel, "COLLECTED", 2))
    jobs()
    assert "Hangzhou" in places()
    how(alice.subject, ACCOUNT)
    assert push(event(parcel, "IN_TRANSIT", 3, place="林小雨, Jiaxing")).status_code == 200
    jobs()
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.IN_TRANSIT
    assert places()[-1] == ""
    stored = json.dumps([row.content for row in PartnerPush.objects.all()], ensure_ascii=False)
    assert "林小雨" not in stored


def test_an_answer_of_the_carrier_passes_the_same_door(parcel, alice, sandbox):
    keyring.destroy_keys(alice.subject, ACCOUNT)
    news = hearing.TrackingEvent(
        event_id="E9",
        reference=parcel.code,
        state=ParcelState.DELIVERED,
        sequence=9,
        happened_at=parcel.created_at,
        place="Shanghai",
    )
    hearing.record_event(parcel, news, source=hearing.Source.QUERY)
    assert places()[-1] == ""


@pytest.mark.promise("RGT-10")
def test_a_late_payment_notice_is_applied_and_stores_the_state_alone(alice, sandbox, jobs):
    payment = payments.start(
        reference="B-9",
        amount=12_340,
        currency="CNY",
        subject=alice.subject,
        title="Osmanthus Mall B-9",
        return_url="/me/orders/",
    )
    payments.redirect_to_partner(payment)
    keyring.destroy_keys(alice.subject, ACCOUNT)
    payments.receive("redirect_rsa2", signed_notice(payment), {})
    jobs()
    payment.refresh_from_db()
    assert payment.state == "paid"
    (notice,) = PartnerNotice.objects.all()
    assert set(notice.content) == {"said_status", "said_amount", "said_at", "said_reference"}
    assert inbound.accept(None, {"note": "kept"}, states=()) == {"note": "kept"}


def test_nothing_is_told_to_somebody_who_is_gone(alice, bob):
    keyring.destroy_keys(alice.subject, ACCOUNT)
    assert send("accounts.already_here", to=alice, context={}, once="late") == []
    assert send("accounts.already_here", to=None, context={}, once="late") == []
    assert send("accounts.already_here", to=bob, context={}, once="late")
    assert not Message.objects.filter(subject=alice.subject).exists()


@pytest.mark.promise("RGT-10")
def test_the_same_phone_again_is_a_new_person_without_a_link(alice):
    before = alice.subject
    keyring.destroy_keys(before)
    alice.phone.delete()
    again = register_person(phone="+8613800138001", member_name="alice2", password="long-enough-91")
    assert again.subject != before
    assert not inbound.is_gone(again.subject)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM accounts_user WHERE subject = %s AND id IN"
            " (SELECT user_id FROM accounts_phone)",
            [before],
        )
        assert cursor.fetchone() is None
