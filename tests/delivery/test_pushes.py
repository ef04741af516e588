"""What the carrier pushes: signed, once, in any order."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.hmac_signing import signed_headers
from delivery import services, signals
from delivery.carriers.hmac_json import account
from delivery.enums import ParcelState
from delivery.models import Parcel, PartnerPush

PATH = "/partners/delivery/parcel-line/"
SIGNALS = {
    "collected": signals.parcel_collected,
    "ready": signals.parcel_ready,
    "delivered": signals.parcel_delivered,
    "returned": signals.parcel_returned,
    "lost": signals.parcel_lost,
}


@pytest.fixture
def news():
    """The signals that were sent, in order."""
    heard: list[str] = []
    receivers = []
    for name, signal in SIGNALS.items():

        def receive(sender, parcel, name=name, **_kwargs):
            heard.append(name)

        signal.connect(receive)
        receivers.append((signal, receive))
    yield heard
    for signal, receive in receivers:
        signal.disconnect(receive)


@pytest.fixture
def announced(parcel, sandbox):
    """A parcel that the carrier knows of, without a call."""
    Parcel.objects.filter(pk=parcel.pk).update(
        state=ParcelState.ACCEPTED, requested_at=timezone.now()
    )
    parcel.refresh_from_db()
    return parcel


def event(parcel, state="COLLECTED", sequence=2, **given):
    return {
        "event_id": f"E{sequence}{state}",
        "sequence": sequence,
        "reference": parcel.code,
        "tracking_number": "SB1",
        "state": state,
        "happened_at": timezone.now().isoformat(),
        "place": "Hangzhou",
        "signed_by": "林小雨",
    } | given


def push(content, *, secret="", body=None, path=PATH, **headers):
    ours = account()
    raw = body if body is not None else json.dumps(content).encode()
    signed = signed_headers(
        secret or ours.secret, account=ours.account, method="POST", path=PATH, body=raw
    )
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed.items()}
    given.pop("HTTP_CONTENT_TYPE")
    return Client(enforce_csrf_checks=True).post(
        path, raw, content_type="application/json", **given | headers
    )


def state_of(parcel):
    parcel.refresh_from_db()
    return parcel.state


@pytest.mark.promise("DLV-03")
def test_news_move_the_parcel_and_stand_on_its_timeline(announced, jobs, news):
    for number, state in enumerate(("COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY"), start=2):
        assert push(event(announced, state, number)).status_code == 200
        jobs()
        assert state_of(announced) == state.lower()
    assert push(event(announced, "DELIVERED", 5)).status_code == 200
    jobs()
    assert state_of(announced) == ParcelState.DELIVERED
    assert announced.delivered_at is not None
    assert news == ["collected", "delivered"]
    line = announced.events.get(kind="in_transit")
    assert (line.source, line.place) == ("push", "Hangzhou")


def test_the_same_event_counts_once(announced, jobs, news):
    for _ in range(3):
        assert push(event(announced)).status_code == 200
    jobs()
    assert PartnerPush.objects.count() == 1
    assert announced.events.filter(kind="collected").count() == 1
    assert news == ["collected"]


def test_a_delivered_parcel_never_goes_back(announced, jobs, news):
    push(event(announced, "DELIVERED", 5))
    jobs()
    for number, state in ((3, "IN_TRANSIT"), (6, "IN_TRANSIT"), (7, "LOST"), (8, "RETURNED")):
        assert push(event(announced, state, number)).status_code == 200
        jobs()
        assert state_of(announced) == ParcelState.DELIVERED
    assert news == ["collected", "delivered"]
    assert announced.events.filter(kind="in_transit").count() == 2


def test_news_out_of_order_do_not_turn_the_parcel_around(announced, jobs):
    push(event(announced, "OUT_FOR_DELIVERY", 4))
    jobs()
    push(event(announced, "IN_TRANSIT", 3))
    jobs()
    assert state_of(announced) == ParcelState.OUT_FOR_DELIVERY


def test_a_parcel_that_nobody_took_goes_back_to_the_depot(announced, jobs):
    push(event(announced, "OUT_FOR_DELIVERY", 4))
    push(event(announced, "IN_TRANSIT", 5))
    jobs()
    assert state_of(announced) == ParcelState.IN_TRANSIT


def test_news_that_overtake_the_answer_are_taken(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    assert push(event(parcel, "COLLECTED", 2)).status_code == 200
    jobs()
    assert state_of(parcel) == ParcelState.COLLECTED
    assert str(parcel.tracking_number).startswith("SB")


def test_a_lost_parcel_may_be_found(announced, jobs, news):
    push(event(announced, "LOST", 3))
    jobs()
    assert state_of(announced) == ParcelState.LOST
    push(event(announced, "DELIVERED", 4))
    jobs()
    assert state_of(announced) == ParcelState.DELIVERED
    assert news == ["lost", "collected", "delivered"]


def test_a_clock_that_runs_ahead_shortens_nobodys_days(announced, jobs):
    later = (timezone.now() + timedelta(days=3)).isoformat()
    push(event(announced, "DELIVERED", 5, happened_at=later))
    jobs()
    announced.refresh_from_db()
    assert announced.delivered_at <= timezone.now()


def test_a_receiver_that_fails_is_called_again(announced, jobs):
    from jobs.models import Job

    calls = []

    def receive(parcel, **_kwargs):
        calls.append(parcel.code)
        if len(calls) == 1:
            raise RuntimeError("not yet")

    signals.parcel_delivered.connect(receive)
    try:
        push(event(announced, "DELIVERED", 5))
        jobs()
        assert calls == [announced.code]
        Job.objects.filter(state="waiting").update(run_at=timezone.now())
        jobs()
    finally:
        signals.parcel_delivered.disconnect(receive)
    assert calls == [announced.code] * 2


def test_nothing_personal_of_a_push_is_stored(announced, jobs):
    push(event(announced, "DELIVERED", 5))
    row = PartnerPush.objects.get()
    assert sorted(row.content) == ["happened_at", "place", "sequence", "state"]


# --- Refused


def test_a_forged_push_is_refused(announced):
    answer = push(event(announced), secret="somebody-else")
    assert (answer.status_code, answer.json()) == (401, {"error": "bad_signature"})
    assert not PartnerPush.objects.exists()


def test_a_changed_body_is_refused(announced):
    raw = json.dumps(event(announced)).encode()
    ours = account()
    signed = signed_headers(ours.secret, account=ours.account, method="POST", path=PATH, body=raw)
    given = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in signed.items() if k[0] == "X"}
    answer = Client().post(
        PATH, raw.replace(b"COLLECTED", b"DELIVERED"), content_type="application/json", **given
    )
    assert answer.status_code == 401


def test_a_stale_push_is_refused(announced):
    answer = push(event(announced), HTTP_X_TIMESTAMP="1700000000")
    assert answer.status_code == 401


def test_a_push_about_an_unknown_parcel_is_not_found(announced):
    assert push(event(announced, reference="NOSUCHPARCEL")).status_code == 404
    assert not PartnerPush.objects.exists()


def test_a_pick_up_is_no_carriers_business(pickup, sandbox):
    assert push(event(pickup)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"\xff",
        b'{"event_id": "E1"}',
        (
            b'{"event_id": "E1", "sequence": "x", "reference": "A", "state": "LOST", '
            b'"happened_at": "2027-01-01T00:00:00+08:00"}'
        ),
        (
            b'{"event_id": "", "sequence": 1, "reference": "A", "state": "LOST", '
            b'"happened_at": "2027-01-01T00:00:00+08:00"}'
        ),
        (
            b'{"event_id": "E1", "sequence": 1, "reference": "A", "state": "EATEN", '
            b'"happened_at": "2027-01-01T00:00:00+08:00"}'
        ),
    ],
)
def test_a_push_that_makes_no_sense_is_refused(announced, body):
    assert push(None, body=body).status_code == 400


def test_an_unknown_carrier_has_no_address(announced):
    answer = push(event(announced), path="/partners/delivery/nobody/")
    assert answer.status_code == 404


def test_the_address_takes_posts_only(db):
    assert Client().get(PATH).status_code == 405


def test_a_push_that_is_too_large_is_refused(announced):
    assert push(None, body=b" " * 70_000).status_code == 413


# --- Silence


def test_a_silent_parcel_is_asked_about(parcel, sandbox, jobs, carol):
    services.ship(parcel, carol)
    jobs()
    sandbox.control("notices", {"part": "carrier", "hold": True})
    sandbox.control(f"shipments/{parcel.code}", {"state": "COLLECTED"})
    sandbox.control(f"shipments/{parcel.code}", {"state": "DELIVERED"})
    assert services.poll() == 0
    Parcel.objects.filter(pk=parcel.pk).update(next_poll_at=timezone.now())
    assert services.poll() == 1
    jobs()
    assert state_of(parcel) == ParcelState.DELIVERED
    assert parcel.events.get(kind="delivered").source == "query"
    assert parcel.next_poll_at is None


def test_while_the_carrier_is_silent_we_ask_less_and_less_often(announced, sandbox, jobs):
    sandbox.control("faults", {"part": "carrier", "operation": "*", "kind": "503", "times": None})
    pauses = []
    for _ in range(3):
        Parcel.objects.filter(pk=announced.pk).update(next_poll_at=timezone.now())
        services.poll()
        jobs()
        announced.refresh_from_db()
        pauses.append(announced.next_poll_at - timezone.now())
    assert pauses == sorted(pauses)
    assert pauses[0] > timedelta(minutes=30)


def test_pushes_of_the_sandbox_arrive(
    transactional_db, live_server, settings, new_parcel, sandbox, jobs, carol
):
    settings.PUBLIC_URL = live_server.url
    parcel = services.ship(new_parcel(), carol)
    jobs()
    for state in ("COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"):
        sandbox.control(f"shipments/{parcel.code}", {"state": state})
    sandbox.process.wait_until(
        lambda: PartnerPush.objects.filter(parcel=parcel).count() == 5, "pushes", seconds=20
    )
    jobs()
    assert state_of(parcel) == ParcelState.DELIVERED
