"""Whatever is bought and sent back, the sums agree to the last cent."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.money import allocate, tax_within
from orders.models import LedgerEntry, OrderRefund
from orders.services import money
from payments.enums import RefundReason
from payments.models import Payment
from tests.orders.test_ending import settle_refunds
from tests.orders.world import buy_and_pay, shop

numbers = count(1)
lines = st.lists(
    st.tuples(
        st.integers(1, 500_000),
        st.integers(1, 20),
        st.sampled_from([0, 100, 300, 600, 900, 1300]),
    ),
    min_size=1,
    max_size=5,
)


@given(price=st.integers(1, 10**9), quantity=st.integers(1, 99), rate=st.integers(0, 3000))
def test_the_tax_of_single_pieces_adds_up_to_the_lines(price, quantity, rate):
    tax = tax_within(price * quantity, rate)
    parts = allocate(tax, [1] * quantity)
    assert sum(parts) == tax
    assert max(parts) - min(parts) <= 1


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=lines, fee=st.integers(0, 3000), chance=st.randoms(use_true_random=False))
def test_orders_payment_ledger_and_refunds_agree(alice, wanted, fee, chance):
    place = shop(f"s{next(numbers)}", fee=fee)
    skus = []
    for number, (price, quantity, rate) in enumerate(wanted):
        sku = f"{place.store.slug}-{number}".upper()
        place.goods(sku, price=price, on_hand=100, rate=rate)
        skus.append((sku, quantity))
    order = buy_and_pay(alice, *skus)

    payment = Payment.objects.get(reference=order.purchase.reference)
    assert payment.amount == order.purchase.total == order.total
    assert order.goods_total == sum(price * quantity for price, quantity, _rate in wanted)
    assert order.tax_total == sum(line.tax_part for line in order.lines.all())
    assert money.balance(order) == order.total

    # Send everything back in steps of any size: nothing is left, and nothing is missing.
    step = 0
    while any(line.refunded_quantity < line.quantity for line in order.lines.all()):
        left = [line for line in order.lines.all() if line.refunded_quantity < line.quantity]
        line = chance.choice(left)
        quantity = chance.randint(1, line.quantity - line.refunded_quantity)
        last = len(left) == 1 and quantity == line.quantity - line.refunded_quantity
        money.refund_lines(
            order,
            {line.pk: quantity},
            shipping=last,
            reason=RefundReason.RETURNED,
            key=f"{order.code}:{step}",
            source="store",
        )
        step += 1
    settle_refunds()
    entries = LedgerEntry.objects.filter(order_code=order.code)
    assert sum(e.amount for e in entries) == 0
    assert sum(e.tax_part for e in entries) == 0
    refunds = OrderRefund.objects.filter(order=order)
    assert sum(r.amount for r in refunds) == order.total
    assert sum(p.amount for r in refunds for p in r.parts.all()) == order.total
    assert all(line.refunded_quantity == line.quantity for line in order.lines.all())
