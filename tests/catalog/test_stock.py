"""Stock: set aside, given back, sold, put back; never below zero, and the ledger adds up."""

import random
import threading

import pytest
from django.db import IntegrityError, close_old_connections, connection, connections, transaction
from django.db.models import Sum

from catalog.enums import MovementKind
from catalog.errors import BelowReserved, ReservationEnded, SoldOut
from catalog.models import Stock, StockMovement, StockReservation
from catalog.services import stock
from privacy.models import AuditEntry
from tests.catalog.factories import make_product, only_variant

pytestmark = pytest.mark.django_db


def numbers(variant):
    row = Stock.objects.get(variant=variant)
    return row.on_hand, row.reserved


def ledger(variant):
    sums = StockMovement.objects.filter(variant=variant).aggregate(
        on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change")
    )
    return sums["on_hand"], sums["reserved"]


@pytest.fixture
def variant():
    return only_variant(make_product(on_hand=5))


# --- Each verb, once and twice ----------------------------------------------------------


def test_reserving_sets_aside_and_twice_is_once(variant):
    stock.reserve("order-1", [(variant.pk, 2), (variant.pk, 1)])
    stock.reserve("order-1", [(variant.pk, 3)])
    assert numbers(variant) == ledger(variant) == (5, 3)


def test_reserving_is_all_or_nothing_and_says_what_is_short(variant):
    other = only_variant(make_product(on_hand=1))
    missing = only_variant(make_product(on_hand=0))
    Stock.objects.filter(variant=missing).delete()
    with pytest.raises(SoldOut) as refused:
        stock.reserve("order-1", [(variant.pk, 1), (other.pk, 2), (missing.pk, 1)])
    assert refused.value.short == {other.pk: 1, missing.pk: 0}
    assert (numbers(variant), numbers(other)) == ((5, 0), (1, 0))
    assert not StockReservation.objects.exists()


@pytest.mark.parametrize("lines", [[], [(1, 0)], [(1, -2)]])
def test_a_line_without_a_quantity_is_a_mistake(lines):
    with pytest.raises(ValueError):
        stock.reserve("order-1", lines)


def test_releasing_gives_back_once(variant):
    stock.reserve("order-1", [(variant.pk, 4)])
    assert stock.release("order-1") is True
    assert stock.release("order-1") is False
    assert stock.release("never-heard-of") is False
    assert numbers(variant) == ledger(variant) == (5, 0)


def test_consuming_sells_once_and_counts_the_sale(variant):
    stock.reserve("order-1", [(variant.pk, 4)])
    stock.consume("order-1")
    stock.consume("order-1")
    assert numbers(variant) == ledger(variant) == (1, 0)
    variant.product.refresh_from_db()
    assert variant.product.sold_count == 4


def test_sold_goods_are_not_given_back_by_a_late_release(variant):
    stock.reserve("order-1", [(variant.pk, 4)])
    stock.consume("order-1")
    assert stock.release("order-1") is False
    assert numbers(variant) == (1, 0)


def test_a_reference_that_was_given_back_holds_nothing_any_more(variant):
    stock.reserve("order-1", [(variant.pk, 4)])
    stock.release("order-1")
    with pytest.raises(ReservationEnded):
        stock.consume("order-1")
    with pytest.raises(ReservationEnded):
        stock.reserve("order-1", [(variant.pk, 4)])
    stock.reserve("order-1-late", [(variant.pk, 4)])
    assert numbers(variant) == (5, 4)


def test_consuming_what_was_never_reserved_is_refused(variant):
    with pytest.raises(ReservationEnded):
        stock.consume("order-1")


def test_returned_goods_are_put_back_once(variant):
    stock.reserve("order-1", [(variant.pk, 4)])
    stock.consume("order-1")
    assert stock.put_back("return-1", [(variant.pk, 2)], reason="returned") is True
    assert stock.put_back("return-1", [(variant.pk, 2)], reason="returned") is False
    assert numbers(variant) == ledger(variant) == (3, 0)


def test_counting_writes_the_difference_and_nothing_when_it_is_the_same(variant):
    stock.set_on_hand(variant, 9, reason="counted")
    stock.set_on_hand(variant, 9, reason="counted")
    assert numbers(variant) == ledger(variant) == (9, 0)
    kinds = StockMovement.objects.filter(variant=variant).values_list("kind", flat=True)
    assert list(kinds) == [MovementKind.SET, MovementKind.SET]


def test_counting_less_than_is_promised_is_refused(variant):
    stock.reserve("order-1", [(variant.pk, 4)])
    with pytest.raises(BelowReserved, match="4 are promised"):
        stock.set_on_hand(variant, 3, reason="counted")
    assert numbers(variant) == (5, 4)


def test_a_count_by_hand_stands_in_the_audit_ledger(variant, carol):
    stock.set_on_hand(variant, 7, reason="counted", actor=carol)
    entry = AuditEntry.objects.get(action="STOCK_CHANGED")
    assert (entry.actor, entry.detail) == (carol.subject, {"variant": variant.pk, "change": 2})


def test_the_database_itself_refuses_to_oversell(variant):
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(variant=variant).update(reserved=6)


# --- What lists say ---------------------------------------------------------------------


def test_lists_follow_what_is_left(variant):
    product = variant.product
    stock.reserve("order-1", [(variant.pk, 5)])
    product.refresh_from_db()
    assert product.in_stock is False
    stock.release("order-1")
    product.refresh_from_db()
    assert product.in_stock is True


# --- Races ------------------------------------------------------------------------------


def in_threads(works):
    """Run everything at once, each on its own connection; failures come back as values."""
    start = threading.Barrier(len(works))
    outcomes = [None] * len(works)

    def run(index, work):
        close_old_connections()
        try:
            start.wait(timeout=30)
            outcomes[index] = work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall see it.
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(index, work), daemon=True)
        for index, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_thirty_two_buyers_share_the_last_five():
    """Every buyer reserves; some change their mind, some expire, some pay: five are sold."""
    product = make_product(on_hand=5)
    variant = only_variant(product)
    fickle = random.Random(7)
    give_back = {number for number in range(32) if fickle.random() < 0.5}

    def buyer(number):
        def buy():
            for attempt in range(40):
                reference = f"order-{number}-{attempt}"
                try:
                    stock.reserve(reference, [(variant.pk, 1)])
                except SoldOut:
                    if StockReservation.objects.filter(state="held").exists():
                        continue
                    return "sold out"
                if number in give_back and attempt == 0:
                    stock.release(reference)
                    stock.release(reference)
                    continue
                stock.consume(reference)
                stock.consume(reference)
                return "sold"
            return "gave up"

        return buy

    outcomes = in_threads([buyer(number) for number in range(32)])
    assert {o for o in outcomes if isinstance(o, Exception)} == set()
    assert outcomes.count("sold") == 5
    assert numbers(variant) == ledger(variant) == (0, 0)
    product.refresh_from_db()
    assert (product.sold_count, product.in_stock) == (5, False)


@pytest.mark.django_db(transaction=True)
def test_the_same_reference_at_once_reserves_once():
    variant = only_variant(make_product(on_hand=50))
    outcomes = in_threads([lambda: stock.reserve("order-1", [(variant.pk, 3)])] * 8)
    assert outcomes == [None] * 8
    assert numbers(variant) == ledger(variant) == (50, 3)


@pytest.mark.django_db(transaction=True)
def test_paying_and_expiring_at_once_end_in_one_of_the_two():
    variant = only_variant(make_product(on_hand=8))
    for number in range(4):
        stock.reserve(f"order-{number}", [(variant.pk, 2)])
    works = [
        (lambda verb=verb, number=number: verb(f"order-{number}"))
        for number in range(4)
        for verb in (stock.consume, stock.release)
    ]
    outcomes = in_threads(works)
    for number in range(4):
        paid, expired = outcomes[2 * number], outcomes[2 * number + 1]
        assert (paid is None and expired is False) or (
            isinstance(paid, ReservationEnded) and expired is True
        )
    assert numbers(variant) == ledger(variant)
    assert numbers(variant)[1] == 0


@pytest.mark.django_db(transaction=True)
def test_carts_in_opposite_orders_do_not_lock_each_other_out():
    variants = [only_variant(make_product(on_hand=100)) for _ in range(4)]
    lines = [(variant.pk, 1) for variant in variants]

    def cart(number):
        turned = lines if number % 2 else lines[::-1]
        return lambda: stock.reserve(f"order-{number}", turned)

    outcomes = in_threads([cart(number) for number in range(16)])
    assert outcomes == [None] * 16
    assert [numbers(variant) for variant in variants] == [(100, 16)] * 4


@pytest.mark.django_db(transaction=True)
def test_the_ledger_of_movements_cannot_be_rewritten():
    only_variant(make_product(on_hand=5))
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_stockmovement SET on_hand_change = 0")
