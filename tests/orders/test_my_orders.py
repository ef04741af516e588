"""My Orders: seen by their buyer, and by nobody else."""

import pytest
from django.utils import timezone

from delivery.queries import parcel_for
from orders.enums import DeliveryState, OrderState
from orders.models import Order, ReturnRequest
from orders.services import delivering, returning
from tests.orders.world import HERE, buy, buy_and_pay, cart_of, pay, place, shop, wishes_for


@pytest.fixture
def mine(alice, client_of):
    return client_of(alice)


def deliver(order):
    parcel = parcel_for(order.code)
    parcel.delivered_at = timezone.now()
    delivering.delivered(order, parcel)
    order.refresh_from_db()


@pytest.mark.promise("ORD-10")
def test_the_list_filters_by_state_and_finds_by_exact_number(alice, mine):
    shop().goods("T1", on_hand=50)
    unpaid = buy(alice, ("T1", 1)).orders.get()
    paid = buy_and_pay(alice, ("T1", 1))
    assert mine.get("/me/orders/").content.decode().count("order-card__code") == 2
    text = mine.get("/me/orders/?state=unpaid").content.decode()
    assert unpaid.code in text
    assert paid.code not in text
    text = mine.get(f"/me/orders/?code={paid.code.lower()}").content.decode()
    assert paid.code in text
    assert unpaid.code not in text
    assert "No order has this number" in mine.get("/me/orders/?code=NOTHING").content.decode()


@pytest.mark.parametrize("rows", [1, 25])
def test_my_orders_stay_within_their_budget(alice, mine, django_assert_max_num_queries, rows):
    tea = shop()
    tea.goods("T1", on_hand=500)
    tea.goods("T2", on_hand=500)
    for _row in range(rows):
        buy(alice, ("T1", 1), ("T2", 1))
    mine.get("/me/orders/")
    with django_assert_max_num_queries(8):
        answer = mine.get("/me/orders/")
    assert answer.content.decode().count("order-card__code") == min(rows, 20)


def test_the_list_pages_by_key(alice, mine):
    shop().goods("T1", on_hand=500)
    for _row in range(23):
        buy(alice, ("T1", 1))
    first = mine.get("/me/orders/")
    second = mine.get("/me/orders/", {"after": first.context["page"].next_key})
    codes = [row["order"].code for page in (first, second) for row in page.context["rows"]]
    assert len(codes) == len(set(codes)) == 23


@pytest.mark.promise("ORD-09")
def test_the_page_shows_everything_of_the_order(alice, mine):
    shop().goods("T1", price=9900)
    order = buy_and_pay(alice, ("T1", 2), remark="Please ring twice", delivery_wish="weekends")
    text = mine.get(f"/me/orders/{order.code}/").content.decode()
    for shown in (
        order.code,
        "Thing T1",
        "¥206.00",
        HERE.recipient,
        HERE.street,
        "+8613800138001",
        "Please ring twice",
        "Weekends and holidays",
    ):
        assert shown in text


@pytest.mark.promise("PAY-05")
def test_the_timeline_shows_source_and_time(alice, mine):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    answer = mine.get(f"/me/orders/{order.code}/")
    told = [(str(e.label), e.note) for e in answer.context["timeline"] if e.at]
    assert told[:2] == [("Order placed", "You"), ("Paid", "Payment partner")]
    assert [str(e.label) for e in answer.context["timeline"] if not e.at] == [
        "The store prepares it",
        "On its way",
        "Delivered",
        "Completed",
    ]


@pytest.mark.promise("SEC-04")
@pytest.mark.parametrize(
    "path",
    [
        "/me/orders/{order}/",
        "/me/orders/{order}/cancel/",
        "/me/orders/{order}/return/",
        "/me/purchases/{purchase}/",
    ],
)
def test_a_stranger_finds_nothing_and_a_visitor_signs_in(alice, bob, client, client_of, path):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    path = path.format(order=order.code, purchase=order.purchase.code)
    assert client_of(alice).get(path).status_code == 200
    assert client_of(bob).get(path).status_code == 404
    answer = client.get(path)
    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]


@pytest.mark.promise("SEC-04")
@pytest.mark.parametrize("verb", ["cancel", "received", "return"])
def test_a_stranger_changes_nothing(alice, bob, client_of, verb):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    deliver(order)
    answer = client_of(bob).post(
        f"/me/orders/{order.code}/{verb}/", {"quantity0": "1", "reason": "damaged"}
    )
    assert answer.status_code == 404
    order.refresh_from_db()
    assert order.state == OrderState.CONFIRMED
    assert not ReturnRequest.objects.exists()


def test_a_strangers_return_is_not_moved(alice, bob, client_of, carol):
    shop().goods("T1", on_hand=50)
    order = buy_and_pay(alice, ("T1", 1))
    deliver(order)
    row = returning.request_return(order, {order.lines.get().pk: 1}, "damaged", alice)
    theirs = buy_and_pay(bob, ("T1", 1))
    for code in (order.code, theirs.code):
        path = f"/me/orders/{code}/return/{row.code}/keep/"
        assert client_of(bob).post(path).status_code == 404
    row.refresh_from_db()
    assert row.state == "requested"


def test_personal_pages_are_kept_by_nobody(alice, mine):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    for path in (
        "/me/orders/",
        f"/me/orders/{order.code}/",
        f"/me/purchases/{order.purchase.code}/",
    ):
        assert "no-store" in mine.get(path).headers["Cache-Control"]


def test_cancelling_through_the_page(alice, mine):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    assert "go back to you" in mine.get(f"/me/orders/{order.code}/cancel/").content.decode()
    assert mine.post(f"/me/orders/{order.code}/cancel/").status_code == 303
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    text = mine.get(f"/me/orders/{order.code}/cancel/").content.decode()
    assert "cannot be cancelled any more" in text


def test_asking_for_a_return_through_the_page(alice, mine):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 2))
    path = f"/me/orders/{order.code}/return/"
    assert "once they have arrived" in mine.get(path).content.decode()
    deliver(order)
    assert mine.post(path, {"quantity0": "0", "reason": "damaged"}).status_code == 409
    assert mine.post(path, {"quantity0": "9", "reason": "damaged"}).status_code == 422
    assert mine.post(path, {"quantity0": "1", "reason": "nonsense"}).status_code == 422
    assert not ReturnRequest.objects.exists()
    assert mine.post(path, {"quantity0": "1", "reason": "damaged"}).status_code == 303
    assert ReturnRequest.objects.get().lines.get().quantity == 1


def test_receipt_is_confirmed_through_the_page(alice, mine):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    mine.post(f"/me/orders/{order.code}/received/")
    order.refresh_from_db()
    assert order.state == OrderState.CONFIRMED
    deliver(order)
    assert order.delivery_state == DeliveryState.DELIVERED
    mine.post(f"/me/orders/{order.code}/received/")
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED


def test_the_purchase_page_in_each_of_its_states(alice, mine):
    shop("tea").goods("T1", on_hand=50)
    shop("lamp").goods("L1", on_hand=50)
    purchase = buy(alice, ("T1", 1), ("L1", 1))
    path = f"/me/purchases/{purchase.code}/"
    text = mine.get(path).content.decode()
    assert "Waiting for your payment" in text
    assert "Pay ¥214.00" in text or "¥" in text
    pay(purchase)
    assert "Your payment is arriving" in mine.get(path).content.decode()
    from orders.services import finalising

    finalising.finalise(purchase)
    assert "Thank you, it is paid" in mine.get(path).content.decode()


def test_pages_speak_chinese(alice, mine):
    shop().goods("T1")
    order = buy_and_pay(alice, ("T1", 1))
    text = mine.get(f"/zh-hans/me/orders/{order.code}/").content.decode()
    assert "东西T1" in text


@pytest.mark.promise("SEC-02")
def test_no_name_phone_or_street_lies_open_in_the_tables(alice):
    from django.db import connection

    shop().goods("T1")
    mine = cart_of(alice, ("T1", 1))
    place(alice, mine.code, wishes_for(mine, remark="secret remark", other_phone="+8613900139002"))
    with connection.cursor() as cursor:
        found = ""
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("orders_", "delivery_", "payments_", "jobs_", "notices_")):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                found += "".join(row[0] for row in cursor.fetchall())
    assert Order.objects.get().code in found
    for bait in (HERE.recipient, HERE.street, "13800138001", "13900139002", "secret remark"):
        assert bait not in found
        assert bait.encode().hex() not in found
