"""The only writer of stock.

Every verb is all or nothing, safe to repeat under the same reference, and may run inside the
caller's transaction. Rows are locked in primary-key order; a caller that needs several verbs in
one transaction should call them for the same references in the same order everywhere. Nothing
here waits for anybody outside the database.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.enums import MovementKind, ReservationState
from catalog.errors import BelowReserved, ReservationEnded, SoldOut
from catalog.models import Product, Stock, StockMovement, StockReservation, Variant
from catalog.services import listing
from common.locks import advisory_lock, lock_rows
from privacy import audit
from privacy.enums import Action

Lines = Iterable[tuple[int, int]]
LOCK = "catalog.stock"


@transaction.atomic
def reserve(reference: str, lines: Lines) -> None:
    """Set goods aside: `lines` are variant ids with quantities, summed up per variant.

    The same reference again changes nothing. Raises `SoldOut` when anything is short, and
    `ReservationEnded` when the reference was given back before: a new try needs a new one.
    """
    wanted = _summed(lines)
    advisory_lock(LOCK, reference)
    known = StockReservation.objects.filter(reference=reference).values_list("state", flat=True)
    if known:
        if ReservationState.RELEASED in known:
            raise ReservationEnded
        return
    stocks = _locked(wanted)
    short = {
        pk: stocks[pk].available if pk in stocks else 0
        for pk, quantity in wanted.items()
        if pk not in stocks or stocks[pk].available < quantity
    }
    if short:
        raise SoldOut(short)
    StockReservation.objects.bulk_create(
        StockReservation(reference=reference, variant_id=pk, quantity=quantity)
        for pk, quantity in wanted.items()
    )
    _move(stocks, MovementKind.RESERVED, {pk: (0, q) for pk, q in wanted.items()}, reference)


@transaction.atomic
def release(reference: str) -> bool:
    """Give back what the reference holds; returns whether there was anything.

    A reference that was sold, given back or never used changes nothing.
    """
    held = _held(reference)
    if not held:
        return False
    stocks = _locked(held)
    _end(reference, ReservationState.RELEASED)
    _move(stocks, MovementKind.RELEASED, {pk: (0, -q) for pk, q in held.items()}, reference)
    return True


@transaction.atomic
def consume(reference: str) -> None:
    """Turn what the reference holds into sold goods; a second time changes nothing.

    Raises `ReservationEnded` when it was given back or never held anything.
    """
    held = _held(reference)
    if not held:
        if StockReservation.objects.filter(
            reference=reference, state=ReservationState.CONSUMED
        ).exists():
            return
        raise ReservationEnded
    stocks = _locked(held)
    _end(reference, ReservationState.CONSUMED)
    _move(stocks, MovementKind.SOLD, {pk: (-q, -q) for pk, q in held.items()}, reference)
    _count_sold(held)


@transaction.atomic
def put_back(reference: str, lines: Lines, *, reason: str) -> bool:
    """Put returned or cancelled goods on the shelf again; returns whether this call did it.

    The reference names the return, not the order; a second time changes nothing.
    """
    wanted = _summed(lines)
    advisory_lock(LOCK, reference)
    if StockMovement.objects.filter(reference=reference, kind=MovementKind.PUT_BACK).exists():
        return False
    stocks = _locked(wanted)
    changes = {pk: (quantity, 0) for pk, quantity in wanted.items()}
    _move(stocks, MovementKind.PUT_BACK, changes, reference, reason=reason)
    return True


def set_on_hand(variant: Variant, quantity: int, *, reason: str, actor: Any = None) -> None:
    """Say how many were counted. Raises `BelowReserved` when orders are promised more.

    With an `actor` the change stands in the audit ledger.
    """
    refused = set_many({variant.pk: quantity}, reason=reason, actor=actor)
    if refused:
        raise BelowReserved(refused[variant.pk])


@transaction.atomic
def set_many(quantities: Mapping[int, int], *, reason: str, actor: Any = None) -> dict[int, int]:
    """Say how many were counted of many variants; what is as it was writes nothing.

    Returns the variants that were left alone because more is promised to orders, with that
    number.
    """
    if any(quantity < 0 for quantity in quantities.values()):
        raise ValueError("There is no negative stock.")
    if not quantities:
        return {}
    Stock.objects.bulk_create([Stock(variant_id=pk) for pk in quantities], ignore_conflicts=True)
    stocks = _locked(quantities)
    refused = {pk: s.reserved for pk, s in stocks.items() if quantities[pk] < s.reserved}
    changes = {
        pk: (quantities[pk] - stock.on_hand, 0)
        for pk, stock in stocks.items()
        if pk not in refused and quantities[pk] != stock.on_hand
    }
    _move(stocks, MovementKind.SET, changes, "", reason=reason)
    if actor is not None:
        for pk, (change, _reserved) in changes.items():
            detail: dict[str, str | int | bool] = {"variant": pk, "change": change}
            audit.record(Action.STOCK_CHANGED, actor=actor, detail=detail)
    return refused


def _summed(lines: Lines) -> dict[int, int]:
    wanted: Counter[int] = Counter()
    for variant_id, quantity in lines:
        if quantity < 1:
            raise ValueError("A line needs a quantity of at least one.")
        wanted[variant_id] += quantity
    if not wanted:
        raise ValueError("There is no line.")
    return dict(sorted(wanted.items()))


def _locked(variant_ids: Iterable[int]) -> dict[int, Stock]:
    rows = lock_rows(Stock.objects.filter(variant_id__in=list(variant_ids)))
    return {row.variant_id: row for row in rows}


def _held(reference: str) -> dict[int, int]:
    """What the reference holds, under its lock."""
    advisory_lock(LOCK, reference)
    rows = StockReservation.objects.filter(reference=reference, state=ReservationState.HELD)
    return dict(rows.values_list("variant_id", "quantity"))


def _end(reference: str, state: ReservationState) -> None:
    StockReservation.objects.filter(reference=reference, state=ReservationState.HELD).update(
        state=state, ended_at=timezone.now()
    )


def _move(
    stocks: Mapping[int, Stock],
    kind: MovementKind,
    changes: Mapping[int, tuple[int, int]],
    reference: str,
    *,
    reason: str = "",
) -> None:
    """Write locked rows and their ledger, and what lists say about the goods."""
    if not changes:
        return
    turned: set[int] = set()
    for pk, (on_hand, reserved) in changes.items():
        stock = stocks[pk]
        before = stock.available
        stock.on_hand += on_hand
        stock.reserved += reserved
        if (before > 0) != (stock.available > 0):
            turned.add(pk)
    Stock.objects.bulk_update([stocks[pk] for pk in changes], ["on_hand", "reserved"])
    StockMovement.objects.bulk_create(
        StockMovement(
            variant_id=pk,
            kind=kind,
            reference=reference,
            on_hand_change=on_hand,
            reserved_change=reserved,
            reason=reason,
        )
        for pk, (on_hand, reserved) in changes.items()
    )
    if turned:
        listing.availability_turned(turned)


def _count_sold(sold: Mapping[int, int]) -> None:
    totals: Counter[int] = Counter()
    for pk, product_id in Variant.objects.filter(pk__in=sold).values_list("pk", "product_id"):
        totals[product_id] += sold[pk]
    products = lock_rows(Product.objects.filter(pk__in=totals).only("sold_count"))
    for product in products:
        product.sold_count += totals[product.pk]
    Product.objects.bulk_update(products, ["sold_count"])
    listing.refresh(totals)
