"""The adapter believes only what the partner signed."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured

from common.outbound import PartnerUnreachable
from payments.providers import redirect_rsa2
from payments.providers.base import PaymentRequest, Status
from payments.providers.redirect_rsa2 import RedirectRsa2, partner_time


class Said:
    """An answer of somebody on the line."""

    def __init__(self, text):
        self.text = text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>down for maintenance</html>",
        "[]",
        "{}",
        '{"trade_query_response": "yes", "sign": "x"}',
        '{"trade_query_response": {"code": "10000", "trade_status": "TRADE_SUCCESS"}}',
        '{"trade_query_response": {"code": "10000"}, "sign": "AAAA"}',
    ],
)
def test_an_answer_that_is_not_signed_is_no_answer(sandbox, monkeypatch, text):
    monkeypatch.setattr(redirect_rsa2, "call", lambda *_args, **_kwargs: Said(text))
    with pytest.raises(PartnerUnreachable):
        RedirectRsa2().query("CODE", "CNY")


def test_a_signed_answer_about_another_trade_is_no_answer(paid, begin, monkeypatch):
    other = begin("B-2")
    post = redirect_rsa2._post
    monkeypatch.setattr(
        redirect_rsa2, "_post", lambda method, _business: post(method, {"out_trade_no": paid.code})
    )
    assert RedirectRsa2().query(paid.code, "CNY").status is Status.PAID
    with pytest.raises(PartnerUnreachable):
        RedirectRsa2().query(other.code, "CNY")


def test_amounts_cross_the_border_to_the_last_cent(sandbox):
    def told(amount, currency):
        request = PaymentRequest("CODE", amount, currency, "Title", "http://x/", "http://x/", None)
        query = parse_qs(urlsplit(RedirectRsa2().redirect(request).url).query)
        return json.loads(query["biz_content"][0])

    assert told(1, "CNY")["total_amount"] == "0.01"
    assert told(123_456, "CNY")["total_amount"] == "1234.56"
    assert told(500, "JPY") == {**told(500, "JPY"), "total_amount": "500", "trans_currency": "JPY"}


def test_times_of_the_partner_are_in_its_zone():
    moment = partner_time("2027-01-05 09:30:00")
    assert moment.isoformat() == "2027-01-05T09:30:00+08:00"
    assert partner_time("soon") is None
    assert partner_time(None) is None


def test_without_a_contract_and_outside_the_demo_nobody_pays(settings):
    settings.PAYMENT_GATEWAY_URL = ""
    with pytest.raises(ImproperlyConfigured):
        redirect_rsa2.config()
    settings.PAYMENT_GATEWAY_URL = "https://pay.example/gateway"
    settings.TESTING = settings.DEMO = False
    with pytest.raises(ImproperlyConfigured):
        redirect_rsa2.config()


def test_a_contract_in_the_settings_wins(settings):
    settings.PAYMENT_APP_ID = "ours"
    settings.PAYMENT_METHOD_PREFIX = "gateway."
    assert redirect_rsa2.config().app_id == "ours"
    assert redirect_rsa2.config().method_prefix == "gateway."
