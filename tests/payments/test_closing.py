"""Closing a payment, and money that is faster."""

from datetime import timedelta

import pytest
import requests
import time_machine
from django.utils import timezone

from payments import services
from payments.enums import PaymentState
from tests.payments.conftest import PROVIDER, fresh, kinds, signed_notice
from tests.payments.test_notices import at_once


def test_a_payment_that_the_partner_never_saw_closes_at_once(begin, jobs, news):
    payment = services.close(begin())
    jobs()
    assert payment.state == PaymentState.CLOSED
    assert [name for name, _said in news] == ["payment_closed"]


def test_closing_asks_the_partner_and_then_nobody_can_pay(begin, payer, silent, jobs, news):
    payment = begin()
    page = payer.open(payment)
    payment = services.close(payment)
    assert payment.state == PaymentState.PENDING
    assert not payment.is_open
    jobs()
    assert fresh(payment).state == PaymentState.CLOSED
    assert payer.trade(payment)["trade_status"] == "TRADE_CLOSED"
    payer.press(page, "pay")
    assert payer.trade(payment)["trade_status"] == "TRADE_CLOSED"
    assert [name for name, _said in news] == ["payment_closed"]


def test_closing_twice_is_closing_once(begin, payer, silent, jobs):
    payment = begin()
    payer.open(payment)
    services.close(payment)
    services.close(fresh(payment))
    jobs()
    services.close(fresh(payment))
    assert kinds(payment) == ["started", "redirected", "close_requested", "closed"]


def test_money_that_is_faster_than_closing_wins(begin, payer, silent, jobs, news):
    payment = begin()
    payer.pay(payment)
    services.close(payment)
    jobs()
    assert fresh(payment).state == PaymentState.PAID
    assert [name for name, _said in news] == ["payment_settled"]


def test_while_the_partner_is_down_closing_waits(begin, payer, silent, jobs, news):
    payment = begin()
    payer.open(payment)
    silent.control("faults", {"part": "pay", "operation": "*", "kind": "503", "times": None})
    services.close(payment)
    jobs()
    waiting = fresh(payment)
    assert waiting.state == PaymentState.PENDING
    assert waiting.next_check_at > timezone.now()
    silent.control("reset", {})
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        services.reconcile()
        jobs()
    assert fresh(payment).state == PaymentState.CLOSED
    assert [name for name, _said in news] == ["payment_closed"]


def test_a_page_that_was_never_opened_is_closed_and_money_through_it_is_late(
    begin, payer, silent, jobs, news
):
    payment = begin()
    target = services.redirect_to_partner(payment)
    services.close(payment)
    jobs()
    assert fresh(payment).state == PaymentState.CLOSED
    page = requests.get(target.url, timeout=10)
    payer.press(page, "pay")
    services.receive(PROVIDER, signed_notice(payment), {})
    jobs()
    assert fresh(payment).state == PaymentState.PAID
    assert news[-1][0] == "payment_settled"
    assert news[-1][1]["late"] is True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_closing_and_paying_at_once_have_one_end_on_both_sides(
    begin, payer, silent, jobs, news, _round
):
    payment = begin(f"B-{_round}")
    page = payer.open(payment)

    def either(index):
        if index == 0:
            payer.press(page, "pay")
        else:
            services.close(fresh(payment))
            services.check(fresh(payment))

    at_once(2, either)
    jobs()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        services.reconcile()
        jobs()
    end = {"TRADE_SUCCESS": PaymentState.PAID, "TRADE_CLOSED": PaymentState.CLOSED}
    assert fresh(payment).state == end[payer.trade(payment)["trade_status"]]
    assert len(news) == 1
