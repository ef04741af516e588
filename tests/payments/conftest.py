"""Payments against the real adapter and the running partner."""

import base64
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings as configured
from django.test import override_settings

from payments import services, signals
from payments.models import Payment

PROVIDER = "redirect_rsa2"
DOOR = f"/partners/payments/{PROVIDER}/notify"
SIGNALS = ("payment_settled", "payment_failed", "payment_closed", "refund_settled", "refund_failed")


@pytest.fixture
def news():
    """Names and arguments of the signals that were sent, in order."""
    heard = []
    receivers = []
    for name in SIGNALS:

        def receive(sender, name=name, **kwargs):
            kwargs.pop("signal")
            heard.append((name, kwargs))

        getattr(signals, name).connect(receive, weak=False)
        receivers.append((name, receive))
    yield heard
    for name, receive in receivers:
        getattr(signals, name).disconnect(receive)


@pytest.fixture
def begin(alice):
    """Start a payment of alice's."""

    def start(reference="B-1", amount=12_340, **more):
        given = {
            "currency": "CNY",
            "subject": alice.subject,
            "title": f"Osmanthus Mall {reference}",
            "return_url": f"/me/orders/?purchase={reference}",
            **more,
        }
        return services.start(reference=reference, amount=amount, **given)

    return start


class Payer:
    """The payer's browser at the partner's page."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def open(self, payment):
        """Go to the partner as the mall says; returns the page."""
        target = services.redirect_to_partner(payment)
        page = requests.get(target.url, timeout=10)
        assert page.status_code == 200, page.text
        return page

    def press(self, page, action):
        """Press a button; returns the address to which the partner leads back."""
        answer = requests.post(page.url, data={"action": action}, allow_redirects=False, timeout=10)
        assert answer.status_code == 303
        return answer.headers["Location"]

    def pay(self, payment):
        """Open the page and pay."""
        return self.press(self.open(payment), "pay")

    def trade(self, payment):
        """How the partner sees it."""
        return self.sandbox.control(f"trades/{payment.code}")

    def wait_for_answers(self, payment, number=1):
        """Wait until the mall has answered so many notices about this payment."""
        end = time.monotonic() + 15
        while True:
            notices = self.sandbox.control("state")["notices"]
            about = [one for one in notices if one["about"] == payment.code]
            if sum(one["state"] == "answered" for one in about) >= number:
                return about
            assert time.monotonic() < end, about
            time.sleep(0.05)


@pytest.fixture
def payer(sandbox):
    return Payer(sandbox)


@pytest.fixture
def silent(sandbox):
    """The partner keeps its notices to itself: they are lost for this test."""
    sandbox.control("notices", {"part": "pay", "hold": True})
    return sandbox


@pytest.fixture
def reachable(live_server, settings):
    """The mall runs where the partner's notices go."""
    settings.PUBLIC_URL = live_server.url
    return live_server


@pytest.fixture
def paid(begin, payer, silent):
    """A payment that is paid."""
    payment = begin()
    payer.pay(payment)
    services.sync(payment)
    assert payment.state == "paid"
    return payment


def signed_notice(payment, *, status="TRADE_SUCCESS", **changes):
    """A notice as the partner would send it; `changes` are signed as well."""
    keys = json.loads((Path(configured.SANDBOX_STATE) / "partner.json").read_text())["payment"]
    fields = {
        "notify_id": f"N-{payment.code}-{status}",
        "notify_time": "2027-01-05 09:30:00",
        "notify_type": "trade_status_sync",
        "app_id": keys["app_id"],
        "seller_id": keys["seller_id"],
        "trade_no": "2027010500000000000000000001",
        "out_trade_no": payment.code,
        "trade_status": status,
        "total_amount": f"{payment.amount // 100}.{payment.amount % 100:02d}",
        "buyer_logon_id": "bait@payer.example",
        "buyer_id": "2088bait",
        "gmt_create": "2027-01-05 09:29:00",
        "charset": "utf-8",
        "version": "1.0",
        "sign_type": "RSA2",
        **({"gmt_payment": "2027-01-05 09:29:58"} if status == "TRADE_SUCCESS" else {}),
        **changes,
    }
    text = "&".join(
        f"{name}={fields[name]}" for name in sorted(fields) if name != "sign_type" and fields[name]
    )
    key = serialization.load_pem_private_key(keys["private_key"].encode(), password=None)
    raw = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return urlencode(fields | {"sign": base64.b64encode(raw).decode()}).encode()


@contextmanager
def little_patience():
    """Wait for partners no longer than half a second; afterwards as long as always."""
    with override_settings(PARTNER_TIMEOUT=(0.5, 0.5)):
        yield


def fresh(payment):
    """The row as it stands."""
    return Payment.objects.get(pk=payment.pk)


def kinds(payment):
    """The timeline's kinds, oldest first."""
    return list(payment.events.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def shots():
    """Keeps a picture of the page where `SCREENSHOTS` names a folder."""
    folder = os.environ.get("SCREENSHOTS")

    def take(page, name):
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    return take
