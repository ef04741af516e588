"""What a step that cannot be taken back will do, said before it is taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.money import format_money
from orders.enums import OrderState, PaymentState, RefusalReason
from orders.errors import NotAllowedNow, NotReturnable
from orders.models import Order, OrderLine, ReturnRequest
from orders.services.money import balance, shipping_refunded
from orders.services.returning import shipping_goes_back

Sent = Mapping[str, Any]


@dataclass
class Confirmation:
    """A question, what a yes does, and what the yes sends."""

    step: str
    question: "str | Promise"
    button: "str | Promise"
    points: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)


def confirmation_of(order: Order, step: str, sent: Sent) -> Confirmation | None:
    """The question for a step; None for one that asks nothing. Raises a `RuleError` on nonsense."""
    ask = QUESTIONS.get(step)
    return ask(order, sent) if ask else None


def _cancel(order: Order, _sent: Sent) -> Confirmation:
    asked = Confirmation(
        "cancel",
        _("Cancel order %(code)s?") % {"code": order.code},
        _("Cancel the order"),
    )
    if order.state == OrderState.PLACED:
        others = order.purchase.orders.exclude(pk=order.pk).order_by("pk")
        asked.points.append(_("It was not paid. Nobody can pay it any more."))
        if codes := ", ".join(other.code for other in others):
            asked.points.append(
                _("These are paid together with it and end too: %(codes)s.") % {"codes": codes}
            )
    else:
        asked.points.append(_money_back(order))
    return _told(asked, _("The goods can be bought again."))


def _give_up(order: Order, _sent: Sent) -> Confirmation:
    asked = Confirmation(
        "give-up",
        _("End order %(code)s and pay everything back?") % {"code": order.code},
        _("End the order and pay back"),
        [order.get_delivery_state_display(), _money_back(order)],
    )
    return _told(asked)


def _refuse(order: Order, sent: Sent) -> Confirmation:
    row = _return(order, sent)
    reason = str(sent.get("refusal", ""))
    if reason not in RefusalReason.values:
        raise NotAllowedNow
    return _told(
        Confirmation(
            "refuse",
            _("Refuse the return %(code)s?") % {"code": row.code},
            _("Refuse the return"),
            [
                _("The buyer reads this reason: “%(reason)s”.")
                % {"reason": RefusalReason(reason).label},
                _("No money goes back. This cannot be taken back."),
            ],
            {"return": row.code, "refusal": reason},
        )
    )


def _receive(order: Order, sent: Sent) -> Confirmation:
    row = _return(order, sent)
    asked = Confirmation(
        "receive",
        _("Is the return %(code)s here?") % {"code": row.code},
        _("It is here: pay back"),
        hidden={"return": row.code},
    )
    amount, found = 0, {}
    for part in row.lines.select_related("line").order_by("pk"):
        name = f"received_{part.line_id}"
        number = _number(sent.get(name, part.quantity), most=part.quantity)
        asked.hidden[name] = str(number)
        asked.points.append(
            _("%(number)s of %(asked)s × %(name)s")
            % {"number": number, "asked": part.quantity, "name": part.line.name}
        )
        amount += number * part.line.unit_price
        found[part.line_id] = number
    with_shipping = shipping_goes_back(order, row, found) and not shipping_refunded(order)
    asked.points.append(_goes_back(order, amount + (order.shipping_fee if with_shipping else 0)))
    if with_shipping and order.shipping_fee:
        asked.points.append(_("The shipping fee is part of it: nothing of the order is kept."))
    if "damaged" in sent:
        asked.hidden["damaged"] = "on"
        asked.points.append(_("The goods are not sold again."))
    else:
        asked.points.append(_("The goods can be bought again."))
    return _told(asked)


def _refund(order: Order, sent: Sent) -> Confirmation:
    asked = Confirmation(
        "refund",
        _("Pay something back for order %(code)s?") % {"code": order.code},
        _("Pay back"),
        hidden={"once": str(sent.get("once", ""))[:36]},
    )
    amount = 0
    for line in order.lines.order_by("pk"):
        name = f"refund_{line.pk}"
        number = _number(sent.get(name) or 0, most=_left(line))
        if number:
            asked.hidden[name] = str(number)
            asked.points.append(f"{number} × {line.name}")
            amount += number * line.unit_price
    if "refund_shipping" in sent and order.shipping_fee and not shipping_refunded(order):
        asked.hidden["refund_shipping"] = "on"
        asked.points.append(_("The shipping fee"))
        amount += order.shipping_fee
    if not amount:
        raise NotReturnable
    asked.points.append(_goes_back(order, amount))
    return _told(asked, _("The buyer keeps the goods."))


QUESTIONS = {
    "cancel": _cancel,
    "give-up": _give_up,
    "refuse": _refuse,
    "receive": _receive,
    "refund": _refund,
}


def _told(asked: Confirmation, *more: str) -> Confirmation:
    asked.points += [*more, _("The buyer is told.")]
    return asked


def _money_back(order: Order) -> str:
    if order.payment_state == PaymentState.UNPAID:
        return _("Nothing was paid.")
    return _goes_back(order, balance(order))


def _goes_back(order: Order, amount: int) -> str:
    text = gettext_lazy("%(sum)s go back to the buyer, the way they came.")
    return str(text) % {"sum": format_money(amount, order.currency)}


def _left(line: OrderLine) -> int:
    return line.quantity - line.refunded_quantity


def _return(order: Order, sent: Sent) -> ReturnRequest:
    return ReturnRequest.objects.get(order=order, code=str(sent.get("return", "")))


def _number(given: Any, *, most: int) -> int:
    try:
        number = int(given)
    except (TypeError, ValueError):
        raise NotReturnable from None
    if not 0 <= number <= most:
        raise NotReturnable
    return number
