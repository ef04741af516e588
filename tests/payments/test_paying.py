"""A payer goes to the partner, comes back, and the mall knows what happened."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from payments import services, views
from payments.enums import EventKind, PaymentState, Source
from payments.errors import PartnerDown, PaymentDiffers, PaymentNotOpen, UnknownProvider
from payments.models import PartnerNotice, Payment
from payments.queries import timeline
from privacy.models import DisclosureEntry
from privacy.recipients import recipient
from tests.payments.conftest import fresh, kinds, little_patience


def path_of(url):
    """An address without scheme and host."""
    return "/" + url.split("/", 3)[3]


@pytest.mark.promise("PAY-05")
def test_a_notice_settles_the_payment(begin, payer, reachable, client_of, alice, jobs, news):
    payment = begin()
    answer = client_of(alice).post(reverse("payments:pay", args=[payment.code]))
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{payer.sandbox.url}/pay/gateway?")

    payer.pay(payment)
    payer.wait_for_answers(payment)
    jobs()

    payment = fresh(payment)
    assert payment.state == PaymentState.PAID
    assert payment.partner_reference == payer.trade(payment)["trade_no"]
    assert [(name, said["late"]) for name, said in news] == [("payment_settled", False)]
    paid = timeline(payment).get(kind=EventKind.PAID)
    assert (paid.source, paid.amount) == (Source.NOTICE, payment.amount)
    assert abs(paid.happened_at - timezone.now()) < timedelta(minutes=1)


@pytest.mark.promise("PAY-05")
def test_the_return_settles_the_payment_when_the_notice_is_lost(
    begin, payer, silent, client_of, alice, jobs, news
):
    payment = begin()
    back = payer.pay(payment)
    answer = client_of(alice).get(path_of(back))
    assert (answer.status_code, answer["Location"]) == (302, payment.return_url)
    jobs()
    payment = fresh(payment)
    assert payment.state == PaymentState.PAID
    assert timeline(payment).get(kind=EventKind.PAID).source == Source.QUERY
    assert [name for name, _said in news] == ["payment_settled"]
    assert not PartnerNotice.objects.exists()


def test_both_ways_settle_once(begin, payer, reachable, client_of, alice, jobs, news):
    payment = begin()
    back = payer.pay(payment)
    client_of(alice).get(path_of(back))
    payer.wait_for_answers(payment)
    jobs()
    assert kinds(payment).count("paid") == 1
    assert [name for name, _said in news] == ["payment_settled"]
    assert PartnerNotice.objects.get().outcome == "no_change"


def test_neither_way_is_needed_we_ask_by_ourselves(begin, payer, silent, jobs):
    payment = begin()
    payer.pay(payment)
    services.reconcile()
    jobs()
    assert fresh(payment).state == PaymentState.PENDING
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert services.reconcile() == 1
        jobs()
    assert fresh(payment).state == PaymentState.PAID


def test_a_refused_attempt_is_told_and_can_be_tried_again(
    begin, payer, reachable, client_of, alice, jobs, news
):
    payment = begin()
    page = payer.open(payment)
    back = payer.press(page, "fail")
    payer.wait_for_answers(payment)
    jobs()
    assert fresh(payment).state == PaymentState.FAILED
    shown = client_of(alice).get(path_of(back)).content.decode()
    assert "The payment did not go through" in shown
    assert "Try again" in shown
    payer.pay(payment)
    payer.wait_for_answers(payment, 2)
    jobs()
    assert fresh(payment).state == PaymentState.PAID
    assert [name for name, _said in news] == ["payment_failed", "payment_settled"]


@pytest.mark.promise("PAY-02")
def test_the_partner_gets_what_the_allow_list_says_and_the_ledger_says_so(begin, payer, silent):
    payment = begin(title="Osmanthus Mall B-1")
    payer.open(payment)
    row = DisclosureEntry.objects.get(recipient="payment_partner")
    allowed = recipient("payment_partner").fields
    assert row.subject == payment.subject
    assert row.reference == payment.code
    assert row.fields == sorted(allowed - {"refund_reason"})
    told = payer.trade(payment)["asked"]
    assert told == {
        "out_trade_no": payment.code,
        "total_amount": "123.40",
        "subject": "Osmanthus Mall B-1",
        "product_code": "FAST_INSTANT_TRADE_PAY",
        "time_expire": told["time_expire"],
    }


@pytest.mark.promise("PAY-02")
def test_a_refund_tells_no_more_than_the_allow_list(paid, jobs):
    DisclosureEntry.objects.filter(reference=paid.code).get()
    row = services.refund(paid, amount=100, reason="returned", key="r")
    jobs()
    told = DisclosureEntry.objects.get(reference=row.code)
    assert told.fields == sorted(recipient("payment_partner").fields - {"title"})


def test_the_payer_returns_to_a_page_in_their_language(begin, payer, silent, client_of, alice):
    payment = begin()
    answer = client_of(alice).post(f"/zh-hans/pay/{payment.code}/")
    assert f"zh-hans%2Fpay%2F{payment.code}%2Fback" in answer["Location"]


# --- Who may, and when -----------------------------------------------------------------


@pytest.mark.promise("SEC-04")
def test_nobody_pays_or_sees_somebody_elses_payment(begin, client_of, alice, bob):
    payment = begin()
    for name in ("payments:pay", "payments:back"):
        address = reverse(name, args=[payment.code])
        assert client_of(bob).get(address).status_code == 404
        assert client_of(bob).post(reverse("payments:pay", args=[payment.code])).status_code == 404
    assert client_of(alice).get(reverse("payments:back", args=[payment.code])).status_code == 200
    assert kinds(payment) == ["started"]


def test_a_visitor_is_asked_to_sign_in_first(begin, client):
    payment = begin()
    for name in ("payments:pay", "payments:back"):
        answer = client.get(reverse(name, args=[payment.code]))
        assert answer.status_code == 302
        assert "next=" in answer["Location"]


def test_after_signing_in_the_page_offers_to_pay(begin, client_of, alice):
    payment = begin()
    answer = client_of(alice).get(reverse("payments:pay", args=[payment.code]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("payments:back", args=[payment.code])
    assert "Pay now" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_payment_that_is_closed_leads_back_with_a_sentence(begin, client_of, alice):
    payment = services.close(begin())
    assert payment.state == PaymentState.CLOSED
    answer = client_of(alice).post(reverse("payments:pay", args=[payment.code]))
    assert (answer.status_code, answer["Location"]) == (303, payment.return_url)
    with pytest.raises(PaymentNotOpen):
        services.redirect_to_partner(payment)


def test_nobody_is_sent_to_pay_after_the_time_is_over(begin, client_of, alice):
    payment = begin(expires_at=timezone.now() + timedelta(minutes=1))
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        with pytest.raises(PaymentNotOpen):
            services.redirect_to_partner(payment)
        page = client_of(alice).get(reverse("payments:back", args=[payment.code]))
        assert "The time to pay is over" in page.content.decode()


def test_the_form_needs_its_token(begin, client_of, alice):
    payment = begin()
    client = client_of(alice, enforce_csrf_checks=True)
    assert client.post(reverse("payments:pay", args=[payment.code])).status_code == 403


# --- The page that waits ---------------------------------------------------------------


def test_the_page_waits_without_script_and_asks_at_a_measured_pace(
    begin, payer, silent, client_of, alice, monkeypatch
):
    monkeypatch.setattr(views, "ASK_EVERY_SECONDS", 600)
    payment = begin()
    page = payer.open(payment)
    client = client_of(alice)
    address = reverse("payments:back", args=[payment.code])
    shown = client.get(address).content.decode()
    assert 'http-equiv="refresh"' in shown
    assert "We are waiting for the payment partner" in shown
    payer.press(page, "pay")
    assert client.get(address).status_code == 200, "asked again within a moment"
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        services.check(fresh(payment))
    assert client.get(address)["Location"] == payment.return_url


def test_a_forged_return_settles_nothing(begin, payer, silent, client_of, alice):
    payment = begin()
    page = payer.open(payment)
    genuine = path_of(payer.press(page, "leave"))
    client = client_of(alice)
    assert client.get(genuine).status_code == 200
    forged = genuine.replace("123.40", "0.01")
    assert forged != genuine
    assert client.get(forged).status_code == 200
    assert fresh(payment).state == PaymentState.PENDING


def test_while_the_partner_is_silent_the_page_says_that_nothing_is_lost(
    begin, payer, silent, client_of, alice
):
    payment = begin()
    back = payer.pay(payment)
    silent.control("faults", {"part": "pay", "operation": "trade.query", "kind": "503"})
    shown = client_of(alice).get(path_of(back))
    assert shown.status_code == 200
    assert "does not answer at the moment" in shown.content.decode()
    assert fresh(payment).state == PaymentState.PENDING
    services.check(fresh(payment))
    assert fresh(payment).state == PaymentState.PAID


def test_the_page_stays_within_its_budget(
    begin, payer, silent, client_of, alice, django_assert_max_num_queries
):
    payment = begin()
    payer.open(payment)
    client = client_of(alice)
    address = reverse("payments:back", args=[payment.code])
    client.get(address)
    with django_assert_max_num_queries(8):
        client.get(address)


# --- Starting --------------------------------------------------------------------------


def test_the_same_reference_is_the_same_payment(begin, bob):
    first = begin()
    assert begin().pk == first.pk
    for change in ({"amount": 1}, {"currency": "USD"}, {"subject": bob.subject}):
        with pytest.raises(PaymentDiffers):
            begin(**change)
    with pytest.raises(UnknownProvider):
        begin("B-2", provider="nobody")
    assert Payment.objects.count() == 1
    assert kinds(first) == ["started"]


def test_a_payment_that_never_left_the_house_is_not_asked_about(begin, sandbox):
    sandbox.control("faults", {"part": "pay", "operation": "*", "kind": "503", "times": None})
    payment = begin()
    assert services.sync(payment).state == PaymentState.PENDING


@pytest.mark.parametrize("kind", ["503", "reset", "lost", "hang", "refuse"])
def test_a_partner_that_does_not_answer_changes_nothing(begin, payer, silent, kind):
    payment = begin()
    payer.pay(payment)
    fault = {"part": "pay", "operation": "trade.query", "kind": kind, "seconds": 1}
    silent.control("faults", fault)
    with little_patience(), pytest.raises(PartnerDown):
        services.sync(fresh(payment))
    assert fresh(payment).state == PaymentState.PENDING
    assert services.sync(fresh(payment)).state == PaymentState.PAID
