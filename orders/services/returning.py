"""Returns: asked for within seven days, decided by staff, sent back, received, paid back."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.services import stock
from common.locks import lock_rows
from orders.enums import (
    OUR_FAULT,
    RETURN_MOVES,
    EventKind,
    OrderState,
    RefusalReason,
    ReturnReason,
    ReturnState,
    Source,
)
from orders.errors import NotAllowedNow, NotReturnable, TooLateToReturn
from orders.models import Order, OrderRefund, ReturnLine, ReturnRequest
from orders.queries.orders import return_until, returnable, returns_of
from orders.services.money import refund_lines
from orders.services.moves import note
from orders.services.telling import tell
from payments.enums import RefundReason
from privacy import audit
from privacy.enums import Action


def request_return(
    order: Order,
    quantities: Mapping[int, int],
    reason: ReturnReason,
    buyer: Any,
) -> ReturnRequest:
    """Ask to send so many of each line (by line id) back.

    Raises `NotAllowedNow`, `TooLateToReturn` outside the seven days, and `NotReturnable` for
    exempt goods and for more than is left. Nothing is changed then.
    """
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    with transaction.atomic():
        (locked,) = lock_rows(Order.objects.filter(pk=order.pk))
        if locked.state not in {OrderState.CONFIRMED, OrderState.COMPLETED}:
            raise NotAllowedNow
        until = return_until(locked)
        if until is None or timezone.now() >= until:
            raise TooLateToReturn
        possible = returnable(list(locked.lines.all()), returns_of(locked))
        if not wanted or any(
            not 0 < quantity <= possible.get(pk, 0) for pk, quantity in wanted.items()
        ):
            raise NotReturnable
        row = ReturnRequest(order=locked, subject=locked.subject, reason=ReturnReason(reason))
        row.save()
        ReturnLine.objects.bulk_create(
            [ReturnLine(request=row, line_id=pk, quantity=n) for pk, n in sorted(wanted.items())]
        )
        note(
            locked,
            EventKind.RETURN_REQUESTED,
            source=Source.BUYER,
            actor=buyer.subject,
            key=row.code,
            detail=str(reason),
        )
        tell(locked, "orders.return_requested", once=row.code, return_code=row.code)
    return row


def approve(row: ReturnRequest, actor: Any) -> None:
    """The goods may come back. Raises `NotAllowedNow`; a second time changes nothing."""
    with transaction.atomic():
        order = _locked(row)
        if not _move(row, ReturnState.APPROVED, decided_at=timezone.now()):
            return
        note(
            order,
            EventKind.RETURN_APPROVED,
            source=Source.STORE,
            actor=actor.subject,
            key=row.code,
        )
        _audit(row, actor, "approved")
        tell(
            order,
            "orders.return_approved",
            once=row.code,
            return_code=row.code,
            address_en=order.store.street_en,
            address_zh=order.store.street_zh,
        )


def refuse(row: ReturnRequest, reason: RefusalReason, actor: Any) -> None:
    """The goods may not come back, for a reason that the buyer reads."""
    now = timezone.now()
    with transaction.atomic():
        order = _locked(row)
        if not _move(
            row, ReturnState.REFUSED, decided_at=now, closed_at=now, refusal=RefusalReason(reason)
        ):
            return
        note(
            order,
            EventKind.RETURN_REFUSED,
            source=Source.STORE,
            actor=actor.subject,
            key=row.code,
            detail=str(reason),
        )
        _audit(row, actor, "refused")
        tell(order, "orders.return_refused", once=row.code, reason=str(reason))


def sent_back(row: ReturnRequest, tracking: str, buyer: Any) -> None:
    """The buyer gave the goods to a carrier; `tracking` may be empty."""
    with transaction.atomic():
        order = _locked(row)
        if not _move(row, ReturnState.SHIPPED_BACK, shipped_at=timezone.now()):
            return
        row.tracking = tracking.strip()[:80] or None
        row.save(update_fields=["tracking"])
        note(
            order,
            EventKind.RETURN_SHIPPED,
            source=Source.BUYER,
            actor=buyer.subject,
            key=row.code,
        )


def withdraw(row: ReturnRequest, buyer: Any) -> None:
    """The buyer keeps the goods after all."""
    with transaction.atomic():
        order = _locked(row)
        if _move(row, ReturnState.WITHDRAWN, closed_at=timezone.now()):
            note(
                order,
                EventKind.RETURN_WITHDRAWN,
                source=Source.BUYER,
                actor=buyer.subject,
                key=row.code,
            )


def receive(
    row: ReturnRequest,
    received: Mapping[int, int],
    actor: Any,
    *,
    restock: bool = True,
) -> OrderRefund | None:
    """The store has the goods: `received` says how many of each line (by line id) it found.

    They go back on the shelf (unless damaged: `restock` False), and the money goes back at once.
    The shipping fee goes back too when the fault is ours and nothing of the order is kept.
    Raises `NotAllowedNow` and `NotReturnable`; a second time changes nothing.
    """
    with transaction.atomic():
        order = _locked(row)
        lines = {one.line_id: one for one in row.lines.select_related("line")}
        if set(received) - set(lines) or any(
            not 0 <= n <= lines[pk].quantity for pk, n in received.items()
        ):
            raise NotReturnable
        if not _move(row, ReturnState.RECEIVED, received_at=timezone.now()):
            return row.refunds.first()
        for pk, one in lines.items():
            one.received = received.get(pk, 0)
        ReturnLine.objects.bulk_update(lines.values(), ["received"])
        found = {pk: n for pk, n in received.items() if n}
        if restock and found:
            stock.put_back(
                f"return:{row.code}",
                [(lines[pk].line.variant_id, n) for pk, n in found.items()],
                reason=row.reason,
            )
        note(
            order,
            EventKind.RETURN_RECEIVED,
            source=Source.STORE,
            actor=actor.subject,
            key=row.code,
        )
        _audit(row, actor, "received")
        refund = refund_lines(
            order,
            found,
            shipping=shipping_goes_back(order, row, found),
            reason=RefundReason.RETURNED,
            key=f"return:{row.code}",
            source=Source.STORE,
            actor=actor,
            request=row,
        )
        if refund is None:
            _move(row, ReturnState.REFUNDED, closed_at=timezone.now())
        tell(
            order,
            "orders.return_received",
            once=row.code,
            amount=refund.amount if refund else 0,
            days=str(settings.REFUND_DAYS),
        )
    return refund


def refunded(row: ReturnRequest) -> None:
    """The money of a return has gone back; called when the refund has settled."""
    if _move(row, ReturnState.REFUNDED, closed_at=timezone.now(), strict=False):
        row.refresh_from_db()


def shipping_goes_back(order: Order, row: ReturnRequest, found: Mapping[int, int]) -> bool:
    """Whether a return of so many of each line (by line id) brings the shipping fee back too:
    the fault is ours and nothing of the order is kept."""
    if row.reason not in OUR_FAULT or not found:
        return False
    return all(
        line.refunded_quantity + found.get(line.pk, 0) == line.quantity
        for line in order.lines.all()
    )


def _locked(row: ReturnRequest) -> Order:
    lock_rows(Order.objects.filter(pk=row.order_id))
    row.refresh_from_db()
    return Order.objects.select_related("buyer", "store", "purchase").get(pk=row.order_id)


def _move(row: ReturnRequest, to: ReturnState, *, strict: bool = True, **also: object) -> bool:
    """A conditional update by the table; False when it was done before, else `NotAllowedNow`."""
    moved = ReturnRequest.objects.filter(pk=row.pk, state__in=RETURN_MOVES[to]).update(
        state=to, **also
    )
    if moved:
        row.refresh_from_db()
        return True
    if strict and row.state != to:
        raise NotAllowedNow
    return False


def _audit(row: ReturnRequest, actor: Any, decision: str) -> None:
    audit.record(
        Action.RETURN_DECIDED,
        actor=actor,
        subject=row.subject,
        detail={"return": row.code, "decision": decision},
    )
