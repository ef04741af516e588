"""The operator's day: what waits, finding somebody, taking steps, giving jobs another round."""

import datetime as dt

import pytest
from django.utils import timezone

from jobs.models import Job
from mall import finding
from orders.enums import DeliveryState, OrderState
from orders.models import Order, OrderRefund
from orders.services import delivering
from privacy.enums import Action
from privacy.models import AuditEntry
from tests.operators.conftest import BAIT, ROLES
from tests.orders.world import buy_and_pay, shop

pytestmark = pytest.mark.django_db

FIND = "/admin/find/"


def due(client):
    """What waits by the start page, by name."""
    return {one.task.code: one.number for one in client.get("/admin/").context["due"]}


# --- What waits -------------------------------------------------------------------------


def test_the_start_page_says_what_waits_and_leads_there(order, desk):
    client = desk("order clerk")
    page = client.get("/admin/")
    (card,) = [one for one in page.context["due"] if one.task.code == "to_send"]
    assert card.number == 1
    listed = client.get(card.url).content.decode()
    assert order.code in listed
    delivering.pack(order, order.buyer)
    assert "to_send" not in due(client)
    assert order.code not in client.get(card.url).content.decode()


def test_every_card_leads_to_a_list_of_as_many(order, desk):
    Job.objects.create(name="orders.sweep", state="failed")
    Order.objects.filter(pk=order.pk).update(attention="lost", attention_at=timezone.now())
    for role in ROLES:
        client = desk(role)
        page = client.get("/admin/")
        for one in (*page.context["due"], *page.context["quiet"]):
            listed = client.get(one.url)
            assert listed.status_code == 200, (role, one.url)
            assert listed.context["cl"].result_count == one.number, (role, one.url)


@pytest.mark.parametrize("role", ROLES)
def test_cards_are_for_those_who_may_see_to_them(role, order, desk):
    page = desk(role).get("/admin/")
    tasks = {one.task.code for one in (*page.context["due"], *page.context["quiet"])}
    assert ("to_send" in tasks) == (role in {"order clerk", "administrator"})
    assert ("jobs" in tasks) == (role == "administrator")
    assert ("stock" in tasks) == (role in {"catalogue manager", "administrator"})
    assert ("health" in page.context) == (role == "administrator")


def test_the_start_page_costs_the_same_for_one_and_for_many(
    order, alice, desk, django_assert_max_num_queries
):
    client = desk("administrator")
    client.get("/admin/")
    with django_assert_max_num_queries(12) as one:
        client.get("/admin/")
    shop("second").goods("T2", on_hand=99)
    for _number in range(8):
        buy_and_pay(alice, ("T2", 1))
    with django_assert_max_num_queries(len(one)):
        client.get("/admin/")


def test_the_days_add_up(order, desk):
    page = desk("auditor").get("/admin/")
    days = page.context["days"]
    assert len(days) == 14
    assert (days[-1].orders, days[-1].revenue) == (1, order.total)
    assert sum(day.orders for day in days) == 1
    assert days[-1].money in page.content.decode()


def test_nothing_to_do_is_said_kindly(desk):
    assert "Nothing waits for you." in desk("order clerk").get("/admin/").content.decode()


# --- Finding ----------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["138 0013 8001", "alice@person.example", "alice"])
def test_a_person_is_found_with_their_orders_behind_masks(term, order, alice, desk):
    page = desk("support agent").post(FIND, {"term": term})
    text = page.content.decode()
    assert [one.pk for one in page.context["found"].people] == [alice.pk]
    assert [one.code for one in page.context["found"].orders] == [order.code]
    assert "••••8001" in text
    for bait in BAIT:
        assert bait not in text.replace(f'value="{term}"', "")
    entry = AuditEntry.objects.get(action=Action.STAFF_SEARCHED)
    assert entry.subject == alice.subject
    assert term not in str(entry.detail)
    assert "no-store" in page["Cache-Control"]


def test_an_order_is_found_by_its_number_and_by_the_end_of_a_phone_number(order, desk):
    client = desk("order clerk")
    today = timezone.localdate()
    for sent, number in (
        ({"term": order.code.lower()}, 1),
        ({"term": "8001", "day": today.isoformat()}, 1),
        ({"term": "8001", "day": (today - dt.timedelta(days=1)).isoformat()}, 0),
        ({"term": "8002", "day": today.isoformat()}, 0),
    ):
        found = client.post(FIND, sent).context["found"]
        assert len(found.orders) == number
        assert not found.people


def test_four_digits_alone_find_nobody(order, desk):
    answer = desk("order clerk").post(FIND, {"term": "8001"})
    assert answer.status_code == 422
    assert "Add the day of the order." in answer.content.decode()
    assert not AuditEntry.objects.filter(action=Action.STAFF_SEARCHED).exists()


def test_a_term_in_the_address_is_not_looked_at(order, desk):
    page = desk("order clerk").get(FIND, {"term": order.code})
    assert page.context["found"] is None


def test_nobody_searches_faster_than_people_work(order, desk, monkeypatch):
    monkeypatch.setattr(finding, "MOST_PER_HOUR", 2)
    client = desk("order clerk")
    answers = [client.post(FIND, {"term": "nobody"}).status_code for _try in range(3)]
    assert answers == [200, 200, 429]


def test_who_sees_neither_orders_nor_people_searches_nothing(desk):
    assert desk("catalogue manager").post(FIND, {"term": "alice"}).status_code == 403


def test_an_auditor_finds_orders_and_no_people(order, desk):
    found = desk("auditor").post(FIND, {"term": "alice"}).context["found"]
    assert not found.people
    assert [one.code for one in found.orders] == [order.code]


# --- Opening ----------------------------------------------------------------------------


def test_a_value_is_opened_with_a_reason_and_is_masked_again(order, desk):
    client = desk("order clerk")
    page = f"/admin/orders/order/{order.pk}/change/"
    path = f"/admin/orders/order/{order.pk}/open/recipient/"
    assert path in client.get(page).content.decode()
    assert BAIT[2] not in client.get(path).content.decode()
    assert BAIT[2] in client.post(path, {"reason": "QUESTION"}).content.decode()
    assert BAIT[2] not in client.get(page).content.decode()
    entry = AuditEntry.objects.get(action=Action.VALUE_OPENED)
    assert (entry.subject, entry.reason) == (order.subject, "QUESTION")


def test_an_auditor_opens_nothing(order, desk):
    client = desk("auditor")
    path = f"/admin/orders/order/{order.pk}/open/recipient/"
    assert path not in client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert client.post(path, {"reason": "QUESTION"}).status_code == 403


# --- Steps ------------------------------------------------------------------------------


def work_on(order):
    return f"/admin/orders/order/{order.pk}/work-on/"


def test_the_page_of_an_order_tells_its_whole_story(order, jobs, desk):
    jobs()
    lanes = {
        moment.lane
        for moment in desk("support agent")
        .get(f"/admin/orders/order/{order.pk}/change/")
        .context["story"]
    }
    assert lanes == {"order", "payment", "parcel", "message"}


def test_what_cannot_be_taken_back_says_first_what_it_does(order, desk):
    client = desk("order clerk")
    page = client.get(work_on(order), {"confirm": "cancel"})
    assert page.status_code == 200
    assert "108.00" in page.content.decode()
    order.refresh_from_db()
    assert order.state == OrderState.CONFIRMED
    for _click in range(2):
        client.post(work_on(order), {"step": "cancel"})
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert OrderRefund.objects.get().amount == order.total


def test_a_refund_is_shown_before_it_is_made(order, desk):
    client = desk("order clerk")
    line = order.lines.get()
    wish = {"confirm": "refund", f"refund_{line.pk}": "1", "refund_shipping": "on", "once": "x"}
    page = client.get(work_on(order), wish)
    assert "58.00" in page.content.decode()
    hidden = page.context["asked"].hidden
    for _click in range(2):
        client.post(work_on(order), {"step": "refund", **hidden})
    assert OrderRefund.objects.get().amount == 5800


def test_a_refund_of_nothing_is_refused_with_a_sentence(order, desk):
    answer = desk("order clerk").get(work_on(order), {"confirm": "refund"}, follow=True)
    assert "Please choose goods" in answer.content.decode()


def test_many_orders_are_sent_after_a_preview(order, alice, desk):
    shop("second").goods("T2")
    unpaid_or_over = buy_and_pay(alice, ("T2", 1))
    Order.objects.filter(pk=unpaid_or_over.pk).update(state=OrderState.CANCELLED)
    client = desk("order clerk")
    chosen = {"action": "send_selected", "_selected_action": [order.pk, unpaid_or_over.pk]}
    page = client.post("/admin/orders/order/", chosen)
    assert [one.pk for one in page.context["possible"]] == [order.pk]
    assert [one.pk for one in page.context["others"]] == [unpaid_or_over.pk]
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.NOT_SHIPPED
    done = client.post("/admin/orders/order/", {**chosen, "confirmed": "yes"}, follow=True)
    assert "1 order: done." in done.content.decode()
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.PACKED


@pytest.mark.parametrize("role", ["support agent", "privacy officer", "auditor"])
def test_who_only_reads_is_offered_no_step(role, order, desk):
    client = desk(role)
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "work-on" not in page
    assert client.get(work_on(order), {"confirm": "cancel"}).status_code == 403
    chosen = {"action": "send_selected", "_selected_action": [order.pk], "confirmed": "yes"}
    client.post("/admin/orders/order/", chosen)
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.NOT_SHIPPED


# --- Jobs and ledgers -------------------------------------------------------------------


def test_a_job_that_was_given_up_gets_another_round(desk):
    job = Job.objects.create(name="orders.sweep", state="failed", failures=9)
    done = Job.objects.create(name="orders.sweep", state="done")
    sent = {"action": "try_again", "_selected_action": [job.pk, done.pk]}
    page = desk("administrator").post("/admin/jobs/job/", sent, follow=True)
    assert "1 job gets another round." in page.content.decode()
    job.refresh_from_db()
    done.refresh_from_db()
    assert (job.state, job.failures, done.state) == ("waiting", 0, "done")


@pytest.mark.parametrize("role", ["privacy officer", "auditor"])
def test_the_ledgers_are_read_and_not_written(role, order, alice, desk):
    client = desk(role)
    listed = client.get("/admin/privacy/auditentry/", {"q": str(alice.subject)})
    assert listed.context["cl"].result_count >= 1
    entry = AuditEntry.objects.first()
    page = client.get(f"/admin/privacy/auditentry/{entry.pk}/change/").content.decode()
    assert 'name="_save"' not in page
