"""The steps that operators and stores take, by name: the same for the administration and the desk.

Each takes the order, who acts, and what was sent; each raises a `RuleError` where a rule says no.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from orders.enums import EndReason, RefusalReason, ReturnState, Source
from orders.errors import NotAllowedNow, NotReturnable
from orders.models import Order, ReturnRequest
from orders.services import delivering, ending, money, moves, returning
from payments.enums import RefundReason
from privacy import audit
from privacy.enums import Action

Sent = Mapping[str, Any]
Deed = Callable[[Order, Any, Sent], object]


def pack(order: Order, actor: Any, _sent: Sent) -> None:
    """Packed: call the carrier."""
    delivering.pack(order, actor)


def ready(order: Order, actor: Any, _sent: Sent) -> None:
    """Ready for pick-up."""
    delivering.make_ready(order, actor)


def hand_over(order: Order, actor: Any, sent: Sent) -> None:
    """Hand over for the code."""
    delivering.hand_over(order, str(sent.get("code", "")), actor)


def cancel(order: Order, actor: Any, _sent: Sent) -> None:
    """Cancel for the store and pay back."""
    ending.cancel(order, actor=actor, reason=EndReason.STORE)


def give_up(order: Order, actor: Any, _sent: Sent) -> None:
    """Lost or came back: pay back."""
    ending.give_up(order, actor)


def looked_at(order: Order, actor: Any, _sent: Sent) -> None:
    """Seen to."""
    moves.looked_at(order, actor)


def approve(order: Order, actor: Any, sent: Sent) -> None:
    """Approve a return."""
    returning.approve(_return(order, sent), actor)


def refuse(order: Order, actor: Any, sent: Sent) -> None:
    """Refuse a return for an enumerated reason."""
    reason = str(sent.get("refusal", ""))
    if reason not in RefusalReason.values:
        raise NotAllowedNow
    returning.refuse(_return(order, sent), RefusalReason(reason), actor)


def receive(order: Order, actor: Any, sent: Sent) -> None:
    """A return is here, whole unless `received_<line>` says otherwise: pay back."""
    row = _return(order, sent)
    found = {
        line.line_id: _number(sent.get(f"received_{line.line_id}", line.quantity))
        for line in row.lines.all()
    }
    returning.receive(row, found, actor, restock="damaged" not in sent)


def refund(order: Order, actor: Any, sent: Sent) -> None:
    """Pay back by line and quantity out of goodwill; `once` makes a double click one refund."""
    quantities = {
        line.pk: _number(sent.get(f"refund_{line.pk}") or 0) for line in order.lines.all()
    }
    shipping = "refund_shipping" in sent
    if not any(quantities.values()) and not shipping:
        raise NotReturnable
    key = f"goodwill:{order.code}:{str(sent.get('once', ''))[:36] or uuid4()}"
    done = money.refund_lines(
        order,
        quantities,
        shipping=shipping,
        reason=RefundReason.GOODWILL,
        key=key,
        source=Source.STORE,
        actor=actor,
    )
    if done is None:
        raise NotReturnable
    audit.record(
        Action.REFUND_STARTED,
        actor=actor,
        subject=order.subject,
        detail={"order": order.code, "amount": done.amount},
    )


def return_steps(row: ReturnRequest) -> dict[str, bool]:
    """What can be done with a return now."""
    return {
        "decide": row.state == ReturnState.REQUESTED,
        "receive": row.state in {ReturnState.APPROVED, ReturnState.SHIPPED_BACK},
    }


def _return(order: Order, sent: Sent) -> ReturnRequest:
    return ReturnRequest.objects.get(order=order, code=str(sent.get("return", "")))


def _number(given: Any) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        raise NotReturnable from None


DEEDS: dict[str, Deed] = {
    "pack": pack,
    "ready": ready,
    "hand-over": hand_over,
    "cancel": cancel,
    "give-up": give_up,
    "looked-at": looked_at,
    "approve": approve,
    "refuse": refuse,
    "receive": receive,
    "refund": refund,
}
AT_THE_DESK = ("pack", "ready", "hand-over", "cancel", "approve", "refuse", "receive")
"""What a store may do by itself; money beyond that is the mall's."""
