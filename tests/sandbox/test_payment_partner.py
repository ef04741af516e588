"""The payment partner keeps the protocol of its README, also when it misbehaves on demand."""

import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.sandbox.conftest import is_signed, joined

SHANGHAI = timezone(timedelta(hours=8))


def test_a_payer_pays_and_everybody_hears_it_signed(partner, mall):
    page = partner.page("T1", mall)
    assert page.status_code == 200
    assert "¥12.30" in page.text
    back = partner.press(page, "pay")

    returned = dict(parse_qsl(urlsplit(back).query))
    key = partner.keys["payment"]["partner_key"]
    assert back.startswith(f"{mall.url}/back?")
    assert returned["out_trade_no"] == "T1"
    assert is_signed(key, joined(returned, without={"sign", "sign_type"}), returned["sign"])

    mall.wait_for(1)
    (notice,) = mall.forms()
    assert is_signed(key, joined(notice, without={"sign", "sign_type"}), notice["sign"])
    assert notice["trade_status"] == "TRADE_SUCCESS"
    assert notice["total_amount"] == "12.30"
    assert notice["notify_type"] == "trade_status_sync"

    answer = partner.ask("trade.query", out_trade_no="T1")
    assert (answer["code"], answer["trade_status"]) == ("10000", "TRADE_SUCCESS")


@pytest.mark.parametrize(
    ("language", "word"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "让支付失败"), ("en", "Let it fail"), ("de", "Leave")],
)
def test_the_page_speaks_the_language_of_the_browser(partner, mall, language, word):
    assert word in partner.page("T1", mall, language=language).text


def test_the_page_shows_what_it_was_given_as_text_and_runs_nothing(partner, mall):
    page = partner.page("T1", mall, subject="<script>x</script>")
    assert "&lt;script&gt;x&lt;/script&gt;" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_same_number_shows_the_same_trade_and_another_amount_is_refused(partner, mall):
    first, second = partner.page("T1", mall), partner.page("T1", mall)
    assert first.url == second.url
    other = partner.page("T1", mall, amount="1.00")
    assert other.status_code == 400
    assert "ACQ.CONTEXT_INCONSISTENT" in other.text


def test_a_failed_attempt_leaves_the_trade_open(partner, mall):
    page = partner.page("T1", mall)
    partner.press(page, "fail")
    mall.wait_for(1)
    assert mall.forms()[0]["trade_status"] == "TRADE_FAILED"
    assert partner.ask("trade.query", out_trade_no="T1")["trade_status"] == "WAIT_BUYER_PAY"
    partner.press(page, "pay")
    assert partner.ask("trade.query", out_trade_no="T1")["trade_status"] == "TRADE_SUCCESS"


def test_leaving_changes_nothing_and_tells_nobody(partner, mall):
    page = partner.page("T1", mall)
    assert partner.press(page, "leave").startswith(f"{mall.url}/back?")
    assert partner.ask("trade.query", out_trade_no="T1")["trade_status"] == "WAIT_BUYER_PAY"
    assert partner.control("state")["notices"] == []


def test_paying_twice_pays_once(partner, mall):
    page = partner.page("T1", mall)
    partner.press(page, "pay")
    assert partner.press(page, "pay").startswith("/pay/trade/")
    mall.wait_for(1)
    assert len(partner.control("state")["notices"]) == 1


def test_a_trade_past_its_time_closes_by_itself(partner, mall):
    soon = datetime.now(SHANGHAI) + timedelta(seconds=1)
    page = partner.page("T1", mall, time_expire=f"{soon:%Y-%m-%d %H:%M:%S}")
    mall.wait_for(1)
    assert mall.forms()[0]["trade_status"] == "TRADE_CLOSED"
    partner.press(page, "pay")
    assert partner.ask("trade.query", out_trade_no="T1")["trade_status"] == "TRADE_CLOSED"
    assert "Nobody can pay it" in requests.get(page.url, timeout=10).text


def test_closing_works_once_and_only_while_nothing_was_paid(partner, mall):
    refusal = partner.ask("trade.close", out_trade_no="T0")
    assert refusal["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    partner.page("T1", mall)
    assert partner.ask("trade.close", out_trade_no="T1")["code"] == "10000"
    assert partner.ask("trade.close", out_trade_no="T1")["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    partner.press(partner.page("T2", mall), "pay")
    assert partner.ask("trade.close", out_trade_no="T2")["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


def test_a_refund_is_paid_once_per_key_and_never_more_than_was_paid(partner, mall):
    partner.press(partner.page("T1", mall), "pay")

    def refund(amount, key):
        return partner.ask(
            "trade.refund", out_trade_no="T1", refund_amount=amount, out_request_no=key
        )

    assert refund("2.30", "R1")["fund_change"] == "Y"
    assert refund("2.30", "R1")["fund_change"] == "N"
    assert refund("3.00", "R1")["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    assert refund("10.01", "R2")["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    assert refund("10.00", "R2")["refund_fee"] == "12.30"
    done = partner.ask("trade.fastpay.refund.query", out_trade_no="T1", out_request_no="R2")
    assert done["refund_status"] == "REFUND_SUCCESS"
    undone = partner.ask("trade.fastpay.refund.query", out_trade_no="T1", out_request_no="R9")
    assert "refund_status" not in undone
    trade = partner.ask("trade.query", out_trade_no="T1")
    assert (trade["trade_status"], bool(trade["send_pay_date"])) == ("TRADE_CLOSED", True)
    mall.wait_for(3)
    assert {form.get("out_biz_no") for form in mall.forms()} == {None, "R1", "R2"}


@pytest.mark.parametrize("name", ["total_amount", "sign", "app_id"])
def test_a_request_that_was_changed_on_the_way_is_refused(partner, mall, name):
    parameters = partner.signed("trade.query", {"out_trade_no": "T1"})
    parameters[name] = "AAAA"
    answer = requests.post(f"{partner.url}/pay/gateway", data=parameters, timeout=10).json()
    assert answer["trade_query_response"]["code"] == "40002"
    assert answer["trade_query_response"]["sub_code"] == "isv.invalid-signature"


def test_notices_are_repeated_with_the_same_id_until_the_answer_is_success(partner, mall):
    mall.answers = [(500, b""), (200, b"ok")]
    partner.press(partner.page("T1", mall), "pay")
    mall.wait_for(3)
    assert len({form["notify_id"] for form in mall.forms()}) == 1
    time.sleep(0.2)
    (notice,) = partner.control("state")["notices"]
    assert (notice["state"], notice["attempts"]) == ("answered", 3)


def test_notices_come_in_copies_late_and_out_of_order(partner, mall):
    partner.control("notices", {"part": "pay", "copies": 10})
    partner.press(partner.page("T1", mall), "pay")
    mall.wait_for(10)
    assert len({form["notify_id"] for form in mall.forms()}) == 1

    partner.control("reset", {})
    partner.control("notices", {"part": "pay", "hold": True, "reverse": True})
    page = partner.page("T2", mall)
    partner.press(page, "fail")
    partner.press(page, "pay")
    time.sleep(0.2)
    assert len(mall.heard) == 10
    assert partner.control("release", {}) == {"sent": 2}
    late = [form["trade_status"] for form in mall.forms()[10:]]
    assert late == ["TRADE_SUCCESS", "TRADE_FAILED"]

    partner.control("reset", {})
    partner.control("notices", {"part": "pay", "delay": 0.5})
    began = time.monotonic()
    partner.control("trades/T2", {"action": "notify"})
    mall.wait_for(13)
    assert time.monotonic() - began >= 0.5


def test_a_forged_notice_carries_a_signature_that_does_not_hold(partner, mall):
    partner.control("notices", {"part": "pay", "forge": True})
    mall.answers = [(400, b"refused")]
    partner.press(partner.page("T1", mall), "pay")
    mall.wait_for(1)
    (notice,) = mall.forms()
    key = partner.keys["payment"]["partner_key"]
    assert not is_signed(key, joined(notice, without={"sign", "sign_type"}), notice["sign"])
    time.sleep(0.2)
    assert partner.control("state")["notices"][0]["state"] == "given_up"


def test_notices_go_to_loopback_only(partner, mall):
    mall.url = "http://mall.example"
    page = partner.page("T1", mall)
    assert page.status_code == 400
    assert partner.control("state")["trades"] == []
