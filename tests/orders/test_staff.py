"""Operators and stores: masked, by role, each step written down."""

import pytest

from delivery.models import Parcel
from delivery.queries import parcel_for, pickup_code
from orders.enums import DeliveryState, OrderState
from orders.models import Order, OrderRefund, ReturnRequest
from orders.services import delivering
from privacy.enums import Action
from privacy.models import AuditEntry
from stores.models import StoreMember
from tests.orders.test_returning import arrived, ask  # noqa: F401 - a fixture
from tests.orders.world import HERE, buy, buy_and_pay, shop

LIST = "/admin/orders/order/"


def work_on(order):
    return f"{LIST}{order.pk}/work-on/"


@pytest.fixture
def clerk(carol, client_of):
    return client_of(carol)


@pytest.fixture
def keeper(bob):
    """Bob keeps the tea store."""

    def of(place):
        StoreMember.objects.create(store=place.store, user=bob, role="OWNER")
        return bob

    return of


def test_the_list_masks_people_and_is_written_down(alice, clerk):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    text = clerk.get(LIST).content.decode()
    assert order.code in text
    assert "林••" in text
    for bait in (HERE.recipient, HERE.street, "13800138001"):
        assert bait not in text
        assert bait not in clerk.get(f"{LIST}{order.pk}/change/").content.decode()
    assert AuditEntry.objects.filter(action=Action.STAFF_LISTED).exists()


def test_the_list_stays_within_its_budget(alice, clerk, django_assert_max_num_queries):
    shop().goods("T1", on_hand=99)
    for _row in range(12):
        buy(alice, ("T1", 1))
    clerk.get(LIST)
    with django_assert_max_num_queries(14):
        clerk.get(LIST)


@pytest.mark.parametrize(
    "term",
    [
        "{code}",
        "{purchase}",
        "138 0013 8001",
        "alice@person.example",
        "TRACK123",
        "8001 {day}",
    ],
)
def test_an_order_is_found_by_exact_term(alice, bob, clerk, term):
    shop().goods("T1", on_hand=50)
    order = buy_and_pay(alice, ("T1", 1))
    parcel = Parcel.objects.get()
    parcel.tracking_number = "TRACK123"
    parcel.save()
    from django.utils import timezone

    term = term.format(
        code=order.code.lower(),
        purchase=order.purchase.code,
        day=timezone.localtime(order.placed_at).date(),
    )
    answer = clerk.post(f"{LIST}find/", {"term": term})
    assert answer.headers["Location"].endswith(f"/{order.pk}/change/")
    assert AuditEntry.objects.filter(action=Action.STAFF_SEARCHED).exists()


@pytest.mark.parametrize(
    "term", ["林小雨", "1380013", "8001", "8001 2020-01-01", "8001 2020-13-45"]
)
def test_nothing_is_found_by_less_than_that(alice, clerk, term):
    shop().goods("T1")
    buy_and_pay(alice, ("T1", 1))
    answer = clerk.post(f"{LIST}find/", {"term": term})
    assert answer.headers["Location"].endswith(LIST)


@pytest.mark.promise("DLV-01")
def test_the_clerk_packs_and_it_is_written_down(alice, clerk):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    assert "call the carrier" in clerk.get(work_on(order)).content.decode()
    clerk.post(work_on(order), {"step": "pack"})
    clerk.post(work_on(order), {"step": "pack"})
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.PACKED
    assert parcel_for(order.code).state == "requested"
    assert AuditEntry.objects.filter(action=Action.ORDER_SHIPPED).count() == 1
    assert order.events.filter(kind="packed").count() == 1


def test_pick_up_is_handed_over_for_the_code_only(alice, clerk, client_of):
    shop("tea").goods("T1")
    order = buy_and_pay(alice, ("T1", 1), methods={"tea": "pickup"})
    clerk.post(work_on(order), {"step": "ready"})
    code = pickup_code(parcel_for(order.code))
    page = client_of(alice).get(f"/me/orders/{order.code}/").content.decode()
    assert code in page
    clerk.post(work_on(order), {"step": "hand-over", "code": "000000" if code != "000000" else "1"})
    assert parcel_for(order.code).state == "ready"
    clerk.post(work_on(order), {"step": "hand-over", "code": code})
    assert parcel_for(order.code).state == "delivered"
    delivering.delivered(order, parcel_for(order.code))
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.DELIVERED


def test_a_refund_by_line_and_a_double_click(alice, clerk):
    shop().goods("T1", price=5000)
    order = buy_and_pay(alice, ("T1", 3))
    line = order.lines.get()
    page = clerk.get(work_on(order))
    once = page.context["refund_form"]["once"].value()
    sent = {"step": "refund", f"refund_{line.pk}": "2", "once": str(once)}
    clerk.post(work_on(order), sent)
    clerk.post(work_on(order), sent)
    assert OrderRefund.objects.get().amount == 10000
    assert AuditEntry.objects.filter(action=Action.REFUND_STARTED).exists()
    clerk.post(work_on(order), {**sent, f"refund_{line.pk}": "2", "once": "another"})
    assert OrderRefund.objects.count() == 1


def test_a_return_is_worked_on(arrived, alice, clerk):  # noqa: F811
    shop().goods("T1", price=5000)
    order = arrived(("T1", 2))
    row = ask(order, alice, quantity=2)
    clerk.post(work_on(order), {"step": "approve", "return": row.code})
    clerk.post(
        work_on(order),
        {"step": "receive", "return": row.code, f"received_{order.lines.get().pk}": "1"},
    )
    assert OrderRefund.objects.get().amount == 5000
    assert AuditEntry.objects.filter(action=Action.RETURN_DECIDED).count() == 2


def test_unknown_steps_and_strange_returns_are_not_found(arrived, alice, bob, clerk):  # noqa: F811
    shop().goods("T1", on_hand=50)
    order = arrived(("T1", 1))
    row = ask(order, alice)
    other = buy_and_pay(bob, ("T1", 1))
    assert clerk.post(work_on(order), {"step": "delete"}).status_code == 404
    answer = clerk.post(work_on(other), {"step": "approve", "return": row.code})
    assert answer.status_code == 404
    row.refresh_from_db()
    assert row.state == "requested"


@pytest.mark.promise("SEC-03")
def test_roles(alice, dan, client_of, client):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    officer = client_of(dan)
    assert officer.get(LIST).status_code == 200
    assert officer.post(work_on(order), {"step": "pack"}).status_code == 403
    assert client_of(alice).get(LIST).status_code == 302
    assert client.get(LIST).status_code == 302
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.NOT_SHIPPED


def test_nobody_adds_changes_or_deletes_an_order_by_hand(alice, clerk):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    assert clerk.get(f"{LIST}add/").status_code == 403
    assert clerk.post(f"{LIST}{order.pk}/change/", {"state": "completed"}).status_code == 403
    assert clerk.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Order.objects.get().state == OrderState.CONFIRMED


# --- The stores' desk ---------------------------------------------------------------------


def test_a_store_sees_its_own_paid_orders_only(alice, keeper, client_of):
    tea, lamp = shop("tea"), shop("lamp")
    tea.goods("T1", on_hand=50)
    lamp.goods("L1")
    buy_and_pay(alice, ("T1", 1), ("L1", 1))
    unpaid = buy(alice, ("T1", 1)).orders.get()
    mine = Order.objects.get(store=tea.store, state=OrderState.CONFIRMED)
    theirs = Order.objects.get(store=lamp.store)
    desk = client_of(keeper(tea))
    text = desk.get("/seller/orders/").content.decode()
    assert mine.code in text
    assert theirs.code not in text
    assert unpaid.code not in text
    assert desk.get(f"/seller/orders/{mine.code}/").status_code == 200
    for code in (theirs.code, unpaid.code):
        assert desk.get(f"/seller/orders/{code}/").status_code == 404
        assert desk.post(f"/seller/orders/{code}/cancel/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == OrderState.CONFIRMED


def test_the_desk_masks_the_recipient(alice, keeper, client_of):
    tea = shop("tea")
    tea.goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    text = client_of(keeper(tea)).get(f"/seller/orders/{order.code}/").content.decode()
    assert "林••" in text
    for bait in (HERE.recipient, HERE.street, "13800138001"):
        assert bait not in text


def test_the_desk_packs_and_decides_but_pays_no_goodwill(alice, keeper, client_of):
    tea = shop("tea")
    tea.goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    desk = client_of(keeper(tea))
    desk.post(f"/seller/orders/{order.code}/pack/")
    order.refresh_from_db()
    assert order.delivery_state == DeliveryState.PACKED
    assert desk.post(f"/seller/orders/{order.code}/refund/").status_code == 404
    assert not OrderRefund.objects.exists()


def test_who_works_for_no_store_has_no_desk(alice, client_of):
    assert client_of(alice).get("/seller/orders/").status_code == 404


@pytest.mark.parametrize("rows", [1, 15])
def test_the_desk_stays_within_its_budget(
    alice, keeper, client_of, django_assert_max_num_queries, rows
):
    tea = shop("tea")
    tea.goods("T1", on_hand=99)
    for _row in range(rows):
        buy_and_pay(alice, ("T1", 1))
    desk = client_of(keeper(tea))
    desk.get("/seller/orders/")
    with django_assert_max_num_queries(8):
        desk.get("/seller/orders/")


def test_no_return_is_shown_to_another_store(arrived, alice, keeper, client_of):  # noqa: F811
    tea, lamp = shop("tea"), shop("lamp")
    tea.goods("T1")
    order = arrived(("T1", 1))
    row = ask(order, alice)
    desk = client_of(keeper(lamp))
    answer = desk.post(f"/seller/orders/{order.code}/approve/", {"return": row.code})
    assert answer.status_code == 404
    assert ReturnRequest.objects.get().state == "requested"
