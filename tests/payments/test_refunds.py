"""Money goes back once, or a person sees that it did not."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from payments import services
from payments.enums import RefundState
from payments.errors import RefundDiffers, TooMuch
from payments.models import Refund
from payments.queries import failed_refunds, refundable
from privacy.models import AuditEntry
from tests.payments.conftest import kinds, little_patience
from tests.payments.test_notices import at_once


def ask(payment, amount=2_000, key="return-1"):
    return services.refund(payment, amount=amount, reason="returned", key=key)


def stand(row):
    return Refund.objects.get(pk=row.pk)


def later(jobs, **ago):
    with time_machine.travel(timezone.now() + timedelta(**ago)):
        return jobs()


def test_a_refund_reaches_the_partner_and_is_told(paid, payer, jobs, news):
    news.clear()
    row = ask(paid)
    assert refundable(paid) == paid.amount - 2_000
    jobs()
    assert stand(row).state == RefundState.SETTLED
    (refund,) = payer.trade(paid)["refunds"]
    assert refund == {"out_request_no": row.code, "amount": "20.00"}
    told = [name for name, _said in news if name != "payment_settled"]
    assert told == ["refund_settled"]
    assert kinds(paid)[-2:] == ["refund_requested", "refund_settled"]


def test_the_same_key_refunds_once(paid, payer, jobs):
    first, again = ask(paid), ask(paid)
    assert first.pk == again.pk
    jobs()
    Job.objects.filter(name="payments.send_refund").update(state="waiting", run_at=timezone.now())
    jobs()
    assert payer.trade(paid)["refunded_amount"] == "20.00"
    with pytest.raises(RefundDiffers):
        ask(paid, 2_001)


def test_more_than_what_was_paid_is_refused(paid, begin):
    for amount in (0, -1, paid.amount + 1):
        with pytest.raises(TooMuch):
            ask(paid, amount)
    ask(paid, paid.amount, "whole")
    with pytest.raises(TooMuch):
        ask(paid, 1, "more")
    with pytest.raises(TooMuch):
        ask(begin("B-2"), 1, "unpaid")
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_take_more_than_was_paid(paid, payer, jobs):
    def one(index):
        try:
            return ask(paid, 5_000, f"part-{index}").amount
        except TooMuch:
            return 0

    assert sorted(at_once(6, one)) == [0, 0, 0, 0, 5_000, 5_000]
    jobs()
    assert payer.trade(paid)["refunded_amount"] == "100.00"


@pytest.mark.parametrize("kind", ["503", "reset", "hang"])
def test_a_partner_that_is_down_is_asked_again(paid, payer, silent, jobs, kind):
    fault = {"part": "pay", "operation": "trade.refund", "kind": kind, "times": 2, "seconds": 1}
    silent.control("faults", fault)
    row = ask(paid)
    with little_patience():
        jobs()
        assert stand(row).state == RefundState.REQUESTED
        later(jobs, minutes=1)
    assert silent.control("state")["faults"] == []
    later(jobs, minutes=3)
    assert stand(row).state == RefundState.SETTLED
    assert payer.trade(paid)["refunded_amount"] == "20.00"


def test_a_lost_answer_is_no_second_refund(paid, payer, silent, jobs):
    silent.control("faults", {"part": "pay", "operation": "trade.refund", "kind": "lost"})
    row = ask(paid)
    jobs()
    assert stand(row).state == RefundState.REQUESTED
    assert payer.trade(paid)["refunded_amount"] == "20.00"
    later(jobs, minutes=1)
    assert stand(row).state == RefundState.SETTLED
    assert payer.trade(paid)["refunded_amount"] == "20.00"


def test_after_ten_tries_people_see_it(paid, silent, jobs, news):
    silent.control("faults", {"part": "pay", "operation": "*", "kind": "503", "times": None})
    row = ask(paid)
    for hour in range(12):
        later(jobs, hours=hour)
    assert (stand(row).state, stand(row).failure) == (RefundState.FAILED, "partner_down")
    assert stand(row).attempts == 10
    assert list(failed_refunds()) == [row]
    assert news[-1][0] == "refund_failed"
    assert refundable(paid) == paid.amount


def test_a_refund_that_we_gave_up_is_found_done(paid, silent, jobs, news):
    silent.control(
        "faults", {"part": "pay", "operation": "trade.refund", "kind": "lost", "times": None}
    )
    row = ask(paid)
    for hour in range(12):
        later(jobs, hours=hour)
    assert stand(row).state == RefundState.FAILED
    services.reconcile()
    jobs()
    assert stand(row).state == RefundState.SETTLED
    assert [name for name, _said in news][-2:] == ["refund_failed", "refund_settled"]


def test_a_refusal_is_final_until_staff_ask_again(
    paid, payer, silent, jobs, carol, client_of, news
):
    silent.control("faults", {"part": "pay", "operation": "trade.refund", "kind": "refuse"})
    row = ask(paid)
    jobs()
    assert stand(row).failure == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    clerk = client_of(carol)
    address = reverse("admin:payments_refund_changelist")
    listed = clerk.get(address).content.decode()
    assert row.code in listed
    form = {"action": "try_again", "_selected_action": [str(row.pk)]}
    answer = clerk.post(address, form, follow=True)
    assert "about 1 refund." in answer.content.decode()
    jobs()
    assert stand(row).state == RefundState.SETTLED
    assert payer.trade(paid)["refunded_amount"] == "20.00"
    entry = AuditEntry.objects.get(action="REFUND_STARTED")
    assert (entry.actor, entry.subject) == (carol.subject, paid.subject)
    assert entry.detail == {"refund": row.code, "round": 2}


def test_who_may_only_look_cannot_ask_again(paid, silent, jobs, dan, client_of):
    silent.control("faults", {"part": "pay", "operation": "trade.refund", "kind": "refuse"})
    row = ask(paid)
    jobs()
    officer = client_of(dan)
    address = reverse("admin:payments_refund_changelist")
    assert row.code in officer.get(address).content.decode()
    officer.post(address, {"action": "try_again", "_selected_action": [str(row.pk)]})
    assert stand(row).state == RefundState.FAILED


def test_staff_see_a_payment_with_its_timeline_and_change_nothing(paid, jobs, carol, client_of):
    row = ask(paid)
    jobs()
    clerk = client_of(carol)
    listed = clerk.get(reverse("admin:payments_payment_changelist"), {"q": paid.code})
    assert paid.code in listed.content.decode()
    address = reverse("admin:payments_payment_change", args=[paid.pk])
    shown = clerk.get(address).content.decode()
    assert row.code in shown
    assert "Answer of the payment partner" in shown
    assert paid.partner_reference not in shown
    assert str(paid.subject) not in shown
    assert clerk.post(address, {"amount": "1"}).status_code == 403


@pytest.mark.parametrize("number", [1, 10])
def test_the_list_of_refunds_stays_within_its_budget(
    paid, carol, client_of, django_assert_max_num_queries, number
):
    for index in range(number):
        ask(paid, 100, f"part-{index}")
    clerk = client_of(carol)
    address = reverse("admin:payments_refund_changelist")
    clerk.get(address)
    with django_assert_max_num_queries(12):
        clerk.get(address)
