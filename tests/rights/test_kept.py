"""The page that says until when: dates of one's own rows, holds, wishes, runs; nobody else's."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from privacy.models import LongerRetention, Run
from privacy.registry import ends_at, registry, rows_of
from privacy.retention import holding, keeping
from privacy.retention.enums import HoldReason
from privacy.runs import engine
from tests.orders.world import buy_and_pay, shop
from tests.support.canary import plant, world

pytestmark = pytest.mark.django_db
PAGE = "/me/kept/"


@pytest.fixture
def order(alice, address, jobs):
    shop().goods("T1", price=5000)
    order = buy_and_pay(alice, ("T1", 1))
    jobs()
    Order.objects.filter(pk=order.pk).update(clock_at=timezone.datetime(2026, 2, 28, 4, tzinfo=UTC))
    return order


@pytest.mark.promise("RET-01")
@pytest.mark.promise("RET-07")
def test_every_row_is_counted_once_with_the_end_that_the_sweep_obeys(alice, bob):
    around = world()
    plant(alice, around)
    plant(bob, around)
    kept = keeping.kept_of(alice)
    counted = {}
    for one in kept:
        label = one.declaration.label
        counted[label] = counted.get(label, 0) + one.number
    assert min(one.number for one in kept) > 0
    owned = [one for one in registry.declarations() if one.data.person is not None]
    assert counted == {one.label: rows_of(one, alice).count() for one in owned if one.rules}
    for one in kept:
        rows = rows_of(one.declaration, alice).annotate(end=ends_at(one.declaration))
        ends = [end for end in rows.values_list("end", flat=True) if end is not None]
        assert (one.first in ends) if one.first else True, one.declaration.label
        assert (one.last in ends) if one.last else True, one.declaration.label


def test_the_page_says_the_day_the_reason_and_the_law(order, client_of, alice):
    text = client_of(alice).get(PAGE).content.decode()
    # Three years of 28 February and thirty days.
    assert "Until March 30, 2029." in text
    assert "E-Commerce Law, article 31" in text
    assert "As long as you have your account." in text
    chinese = client_of(alice).get("/zh-hans" + PAGE).content.decode()
    assert "2029年3月30日" in chinese


def test_the_page_costs_the_same_for_one_row_and_for_many(
    order, client_of, alice, django_assert_max_num_queries
):
    client = client_of(alice)
    client.get(PAGE)
    with django_assert_max_num_queries(10) as one:
        client.get(PAGE)
    shop("second").goods("T2", on_hand=99)
    for _number in range(4):
        buy_and_pay(alice, ("T2", 1))
    with django_assert_max_num_queries(len(one)):
        client.get(PAGE)


@pytest.mark.promise("RET-04")
def test_a_hold_is_shown_with_its_reason_unless_the_law_bars_it(order, client_of, alice, bob, dan):
    assert "A hold keeps it" not in client_of(alice).get(PAGE).content.decode()
    holding.place(actor=dan, reason=HoldReason.AUTHORITY, subject=alice.subject, is_barred=True)
    assert "A hold keeps it" not in client_of(alice).get(PAGE).content.decode()
    holding.place(actor=dan, reason=HoldReason.DISPUTE, subject=alice.subject)
    text = client_of(alice).get(PAGE).content.decode()
    assert "A hold keeps it: A dispute about a deal that is not settled." in text
    assert "lawful order" not in text
    assert "A hold keeps it" not in client_of(bob).get(PAGE).content.decode()


@pytest.mark.promise("RET-03")
def test_one_switch_keeps_a_family_longer_and_is_off_before(order, client_of, alice):
    client = client_of(alice)
    assert {one["is_on"] for one in client.get(PAGE).context["wishes"]} == {False}
    for _twice in range(2):
        client.post(f"{PAGE}longer/", {"family": "TRANSACTION", "longer": "on"})
    text = client.get(PAGE).content.decode()
    assert "As long as you have your account, because you chose so." in text
    assert LongerRetention.objects.filter(ended_at=None).count() == 1
    client.post(f"{PAGE}longer/", {"family": "TRANSACTION", "longer": "off"})
    assert "because you chose so" not in client.get(PAGE).content.decode()
    for wrong in ({"family": "OTHER", "longer": "on"}, {"family": "NONE", "longer": "on"}, {}):
        answer = client.post(f"{PAGE}longer/", wrong, follow=True)
        assert "This cannot be kept longer." in answer.content.decode()
    assert not LongerRetention.objects.filter(ended_at=None).exists()


def test_runs_about_the_person_show_their_progress_to_nobody_else(client_of, alice, bob):
    run = engine.start("privacy.retention", parts=[engine.Part("keys")], subject=alice.subject)
    for client, seen in ((client_of(alice), True), (client_of(bob), False)):
        page = client.get(PAGE).content.decode()
        part = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
        assert (run.code in page) == (run.code in part) == seen
        assert ("every 3s" in part) == seen
        assert "<html" not in part
    Run.objects.filter(pk=run.pk).update(state="DONE", finished_at=timezone.now())
    part = client_of(alice).get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert run.code in part
    assert "every 3s" not in part


def test_rows_past_their_day_are_said_to_go_tonight(order, client_of, alice):
    Order.objects.filter(pk=order.pk).update(clock_at=timezone.now() - timedelta(days=1500))
    text = client_of(alice).get(PAGE).content.decode()
    assert "past its day and goes tonight" in text
