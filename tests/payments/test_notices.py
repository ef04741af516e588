"""What the partner tells by itself: verified, stored once, applied once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
import time_machine
from django.db import connections
from django.utils import timezone

from payments import services, signals
from payments.enums import NoticeOutcome, PaymentState
from payments.errors import BadNotice
from payments.models import PartnerNotice
from payments.queries import payments_to_look_at, timeline
from tests.payments.conftest import DOOR, PROVIDER, fresh, kinds, signed_notice

FORM = "application/x-www-form-urlencoded"


def at_once(number, work):
    """Run `work(index)` in so many threads that begin together, each on connections of its own."""
    barrier = threading.Barrier(number)

    def run(index):
        try:
            barrier.wait(10)
            return work(index)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def knock(client, body):
    return client.post(DOOR, body, content_type=FORM)


def tell(payment, **how):
    """Receive a signed notice and apply it."""
    services.receive(PROVIDER, signed_notice(payment, **how), {})
    notice = PartnerNotice.objects.latest("pk")
    return services.apply_notice(notice)


def test_ten_copies_at_once_are_one_payment(begin, payer, reachable, sandbox, jobs, news):
    payment = begin()
    sandbox.control("notices", {"part": "pay", "copies": 10})
    payer.pay(payment)
    payer.wait_for_answers(payment, 10)
    jobs()
    assert PartnerNotice.objects.count() == 1
    assert kinds(payment).count("paid") == 1
    assert [name for name, _said in news] == ["payment_settled"]


@pytest.mark.django_db(transaction=True)
def test_ten_workers_and_payers_at_once_settle_once(begin, payer, silent, jobs, news):
    payment = begin()
    payer.pay(payment)
    body = signed_notice(payment)

    def one_of_many(index):
        if index % 3 == 0:
            services.sync(fresh(payment))
        else:
            services.receive(PROVIDER, body, {})
            services.apply_notice(PartnerNotice.objects.get())

    at_once(10, one_of_many)
    jobs()
    assert PartnerNotice.objects.count() == 1
    assert kinds(payment).count("paid") == 1
    assert [name for name, _said in news] == ["payment_settled"]


def test_the_answer_comes_after_the_commit(begin, reachable):
    payment = begin()
    services.redirect_to_partner(payment)
    answer = requests.post(
        reachable.url + DOOR,
        data=signed_notice(payment),
        headers={"Content-Type": FORM},
        timeout=10,
    )
    assert (answer.status_code, answer.text) == (200, "success")
    assert PartnerNotice.objects.get().payment == payment


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: body.replace(b"123.40", b"000.01"),
        lambda body: body[: body.index(b"&sign=")] + b"&sign=",
        lambda body: body[: body.index(b"&sign=")],
        lambda body: body + b"&total_amount=0.01",
        lambda _body: b"\xff\xfe",
        lambda _body: b"&",
        lambda body: body[: body.index(b"&sign=")] + b"&sign=%C3%A9",
        lambda _body: b"{}",
        lambda body: body.replace(b"sign_type=RSA2", b"sign_type=RSA"),
    ],
)
def test_a_forged_notice_is_refused_and_nothing_is_stored(begin, sandbox, client, forge):
    payment = begin()
    services.redirect_to_partner(payment)
    genuine = signed_notice(payment)
    assert forge(genuine) != genuine
    answer = knock(client, forge(genuine))
    assert answer.status_code == 400
    assert not PartnerNotice.objects.exists()
    assert fresh(payment).state == PaymentState.PENDING
    assert knock(client, genuine).content == b"success"


@pytest.mark.parametrize("change", [{"app_id": "another"}, {"seller_id": "another"}])
def test_a_notice_for_somebody_else_is_refused(begin, sandbox, change):
    with pytest.raises(BadNotice):
        services.receive(PROVIDER, signed_notice(begin(), **change), {})
    assert not PartnerNotice.objects.exists()


def test_a_forger_on_the_line_is_refused(begin, payer, reachable, sandbox):
    payment = begin()
    sandbox.control("notices", {"part": "pay", "forge": True})
    page = payer.open(payment)
    payer.press(page, "pay")
    for _try in range(100):
        (notice,) = sandbox.control("state")["notices"][:1]
        if notice["state"] == "given_up":
            break
        threading.Event().wait(0.05)
    assert (notice["about"], notice["answer"]) == (payment.code, "400")
    assert not PartnerNotice.objects.exists()


def test_the_door_is_bounded(begin, sandbox, client):
    payment = begin()
    assert knock(client, b"x" * 20_000).status_code == 413
    assert client.get(DOOR).status_code == 405
    assert (
        client.post("/partners/payments/nobody/notify", b"a=b", content_type=FORM).status_code
        == 404
    )
    refused = [knock(client, b"a=b").status_code for _ in range(31)]
    assert refused == [400] * 30 + [429]
    genuine = signed_notice(payment)
    assert knock(client, genuine).status_code == 429
    other = client.post(DOOR, genuine, content_type=FORM, REMOTE_ADDR="192.0.2.7")
    assert other.content == b"success"


def test_an_amount_that_differs_is_kept_for_people_and_pays_nothing(begin, sandbox, news, jobs):
    payment = begin()
    services.redirect_to_partner(payment)
    assert tell(payment, total_amount="123.39") == NoticeOutcome.MISMATCH
    jobs()
    assert fresh(payment).state == PaymentState.PENDING
    assert kinds(payment)[-1] == "mismatch"
    assert timeline(payment).get(kind="mismatch").amount == 12_339
    assert list(payments_to_look_at()) == [payment]
    assert news == []


def test_a_notice_about_nothing_we_know_is_kept_and_changes_nothing(begin, sandbox):
    payment = begin()
    assert tell(payment, out_trade_no="ELSEWHERE") == NoticeOutcome.UNKNOWN
    assert fresh(payment).state == PaymentState.PENDING


def test_money_that_comes_after_closing_is_late_and_not_lost(begin, sandbox, jobs, news):
    payment = begin()
    services.redirect_to_partner(payment)
    services.close(payment)
    services.check(fresh(payment))
    assert fresh(payment).state == PaymentState.CLOSED
    assert tell(payment) == NoticeOutcome.APPLIED
    jobs()
    assert fresh(payment).state == PaymentState.PAID
    assert kinds(payment)[-1] == "paid_late"
    assert [(name, said.get("late")) for name, said in news] == [
        ("payment_closed", None),
        ("payment_settled", True),
    ]


def test_notices_out_of_order_end_in_the_same_state(begin, payer, reachable, sandbox, jobs, news):
    sandbox.control("notices", {"part": "pay", "hold": True, "reverse": True})
    payment = begin()
    page = payer.open(payment)
    payer.press(page, "fail")
    payer.press(page, "pay")
    assert sandbox.control("release", {}) == {"sent": 2}
    jobs()
    assert PartnerNotice.objects.count() == 2
    assert fresh(payment).state == PaymentState.PAID
    assert [name for name, _said in news] == ["payment_settled"]


def test_a_refusal_of_an_earlier_try_says_nothing_about_this_one(begin, sandbox):
    payment = begin()
    services.redirect_to_partner(payment)
    old = timezone.localtime(timezone.now() - timedelta(minutes=1))
    words = f"{old:%Y-%m-%d %H:%M:%S}"
    assert tell(payment, status="TRADE_FAILED", notify_time=words) == NoticeOutcome.NO_CHANGE
    assert fresh(payment).state == PaymentState.PENDING


def test_closing_by_the_partner_is_heard(begin, sandbox, jobs, news):
    payment = begin()
    services.redirect_to_partner(payment)
    assert tell(payment, status="TRADE_CLOSED") == NoticeOutcome.APPLIED
    jobs()
    assert fresh(payment).state == PaymentState.CLOSED
    assert [name for name, _said in news] == ["payment_closed"]


def test_a_notice_about_a_refund_changes_no_payment(paid):
    closed = tell(
        paid,
        status="TRADE_CLOSED",
        gmt_payment="2027-01-05 09:29:58",
        refund_fee="123.40",
        out_biz_no="R",
    )
    assert closed == NoticeOutcome.NO_CHANGE
    assert fresh(paid).state == PaymentState.PAID


def test_who_the_payer_is_at_the_partner_is_not_kept(begin, sandbox):
    body = signed_notice(begin())
    assert b"bait" in body
    services.receive(PROVIDER, body, {})
    assert "bait" not in str(PartnerNotice.objects.values().get())


def test_a_receiver_that_fails_is_told_again(begin, sandbox, jobs, news):
    tries = []

    def stumble(sender, **_kwargs):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("not yet")

    signals.payment_settled.connect(stumble)
    try:
        payment = begin()
        services.redirect_to_partner(payment)
        tell(payment)
        jobs()
        assert len(tries) == 1
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            jobs()
        assert len(tries) == 2
    finally:
        signals.payment_settled.disconnect(stumble)
