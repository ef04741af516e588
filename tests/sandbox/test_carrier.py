"""The carrier takes a parcel once, moves it, and tells the mall."""

import json
import time

import pytest
import requests

from tests.sandbox.conftest import Partner

SHIPMENTS = "/carrier/v1/shipments"


def shipment(mall, reference="P1", **more):
    recipient = {"name": "Lin", "phone": "+8613800138000", "address": "1 Example Lane"}
    return {
        "reference": reference,
        "push_url": f"{mall.url}/push",
        "recipient": recipient,
        "weight_g": 300,
        **more,
    }


def test_the_same_reference_answers_the_first_number(partner, mall):
    first = partner.post("carrier", SHIPMENTS, shipment(mall)).json()
    again = partner.post("carrier", SHIPMENTS, shipment(mall)).json()
    assert (first["state"], first["duplicate"]) == ("ACCEPTED", False)
    assert again == {**first, "duplicate": True}
    assert len(partner.control("state")["shipments"]) == 1


def test_each_move_is_pushed_signed_and_numbered(partner, mall):
    partner.post("carrier", SHIPMENTS, shipment(mall))
    partner.control("shipments/P1", {"state": "COLLECTED"})
    mall.wait_for(2)
    events = sorted((json.loads(body) for _, _, body in mall.heard), key=lambda e: e["sequence"])
    assert [event["state"] for event in events] == ["ACCEPTED", "COLLECTED"]
    assert [event["sequence"] for event in events] == [1, 2]
    for path, headers, body in mall.heard:
        expected = partner.headers(
            "carrier", path, body, nonce=headers["X-Nonce"], moment=float(headers["X-Timestamp"])
        )
        assert headers["X-Signature"] == expected["X-Signature"]
    known = partner.post("carrier", f"{SHIPMENTS}/query", {"reference": "P1"}).json()
    assert [event["event_id"] for event in known["events"]] == [e["event_id"] for e in events]


def test_a_parcel_moves_on_by_itself(tmp_path, mall):
    partner = Partner(tmp_path / "quick", parcel_seconds=0.1).start()
    try:
        partner.post("carrier", SHIPMENTS, shipment(mall))
        mall.wait_for(5)
        states = {json.loads(body)["state"] for _, _, body in mall.heard}
        assert "DELIVERED" in states
        time.sleep(0.3)
        assert len(mall.heard) == 5
    finally:
        partner.stop()


def test_a_parcel_can_be_cancelled_until_it_is_collected(partner, mall):
    cancel = f"{SHIPMENTS}/cancel"
    partner.post("carrier", SHIPMENTS, shipment(mall))
    assert partner.post("carrier", cancel, {"reference": "P1"}).json() == {"state": "CANCELLED"}
    assert partner.post("carrier", cancel, {"reference": "P1"}).status_code == 200
    partner.post("carrier", SHIPMENTS, shipment(mall, "P2"))
    partner.control("shipments/P2", {"state": "COLLECTED"})
    refusal = partner.post("carrier", cancel, {"reference": "P2"})
    assert (refusal.status_code, refusal.json()) == (409, {"error": "already_collected"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"recipient": {"name": "Lin"}}, "invalid_recipient"),
        ({"weight_g": "heavy"}, "invalid_weight"),
        ({"reference": ""}, "invalid_reference"),
        ({"push_url": "http://mall.example/push"}, "invalid_push_url"),
        ({"push_url": "http://127.0.0.1.mall.example/push"}, "invalid_push_url"),
    ],
)
def test_nonsense_is_refused_with_a_code(partner, mall, change, code):
    answer = partner.post("carrier", SHIPMENTS, shipment(mall, **change))
    assert (answer.status_code, answer.json()) == (400, {"error": code})
    assert partner.control("state")["shipments"] == []


def test_an_unknown_parcel_is_said_to_be_unknown(partner):
    answer = partner.post("carrier", f"{SHIPMENTS}/query", {"reference": "P0"})
    assert (answer.status_code, answer.json()) == (404, {"error": "unknown_shipment"})


def test_a_person_moves_a_parcel_on_the_control_page(partner, mall):
    partner.post("carrier", SHIPMENTS, shipment(mall))
    page = requests.get(f"{partner.url}/carrier/", timeout=10)
    assert "P1" in page.text
    assert "Lin" not in page.text
    form = {"reference": "P1", "state": "COLLECTED"}
    foreign = requests.post(
        f"{partner.url}/carrier/move",
        data=form,
        headers={"Origin": "http://evil.example"},
        timeout=10,
    )
    assert foreign.status_code == 403
    assert partner.control("state")["shipments"][0]["state"] == "ACCEPTED"
    requests.post(f"{partner.url}/carrier/move", data=form, timeout=10)
    assert partner.control("state")["shipments"][0]["state"] == "COLLECTED"


def test_a_push_that_is_refused_is_repeated(partner, mall):
    mall.answers = [(503, b"")]
    partner.post("carrier", SHIPMENTS, shipment(mall))
    mall.wait_for(2)
    assert mall.heard[0][2] == mall.heard[1][2]
    assert mall.heard[0][1]["X-Nonce"] != mall.heard[1][1]["X-Nonce"]


def test_forged_pushes_are_signed_by_somebody_else(partner, mall):
    partner.control("notices", {"part": "carrier", "forge": True})
    partner.post("carrier", SHIPMENTS, shipment(mall))
    path, headers, body = mall.wait_for(1)[0]
    expected = partner.headers(
        "carrier", path, body, nonce=headers["X-Nonce"], moment=float(headers["X-Timestamp"])
    )
    assert headers["X-Signature"] != expected["X-Signature"]
