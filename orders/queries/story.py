"""The whole story of an order for staff: order, payment, parcel and messages by time."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.money import format_money
from delivery.models import Parcel
from delivery.queries import timeline as parcel_timeline
from notices.models import Message
from orders.enums import Attention, EndReason, EventKind, RefusalReason, ReturnReason, Source
from orders.models import Order, OrderEvent
from payments.enums import EventKind as PaymentEventKind
from payments.enums import RefundReason
from payments.models import Payment
from payments.queries import timeline as payment_timeline

Text = str | Promise

TROUBLE = {
    EventKind.PAYMENT_FAILED,
    EventKind.PAID_LATE,
    EventKind.SOLD_OUT,
    EventKind.CAME_BACK,
    EventKind.LOST,
    EventKind.REFUND_FAILED,
}
TOLD_BY_THE_ORDER = {
    PaymentEventKind.PAID,
    PaymentEventKind.REFUND_REQUESTED,
    PaymentEventKind.REFUND_SETTLED,
    PaymentEventKind.REFUND_FAILED,
}
"""The order says the same about its own part of the money."""
WORDS: Mapping[str, Text] = {
    value: label
    for choices in (ReturnReason, RefusalReason, RefundReason, Attention, EndReason)
    for value, label in choices.choices
    if value
} | {
    EndReason.BUYER: _("The buyer cancelled it"),
    ReturnReason.CHANGED_MIND: _("The buyer changed their mind"),
    ReturnReason.WRONG_ITEM: _("It is not what was ordered"),
}
"""The words of an event's detail; where the buyer reads "you", staff read of the buyer."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened: when, what, who said so, and on which lane it stands.

    `written_at` decides among those of one second: partners tell the time in whole seconds.
    """

    at: dt.datetime
    written_at: dt.datetime
    label: Text
    source: Text
    lane: str
    note: Text = ""


def story_of(
    order: Order,
    *,
    payment: Payment | None,
    parcel: Parcel | None,
    with_messages: bool,
) -> list[Moment]:
    """Everything that happened, oldest first; at most four queries."""
    moments = [_of_the_order(event, order) for event in order.events.all()]
    if payment is not None:
        moments += [
            Moment(
                event.happened_at,
                event.recorded_at,
                event.get_kind_display(),
                event.get_source_display(),
                "trouble" if event.kind == PaymentEventKind.MISMATCH else "payment",
            )
            for event in payment_timeline(payment)
            if event.kind not in TOLD_BY_THE_ORDER
        ]
    if parcel is not None:
        known = {str(moment.label) for moment in moments}
        moments += [
            Moment(
                event.happened_at,
                event.recorded_at,
                event.get_kind_display(),
                event.get_source_display(),
                "parcel",
                event.place,
            )
            for event in parcel_timeline(parcel)
            if str(event.get_kind_display()) not in known
        ]
    if with_messages and order.buyer_id is not None:
        moments += [_of_a_message(message) for message in messages_about(order)]
    return sorted(moments, key=lambda one: (one.at.replace(microsecond=0), one.written_at))


def messages_about(order: Order) -> list[Message]:
    """What its buyer was told about it, whatever the channel."""
    codes = {order.code, order.purchase.code}
    told = Message.objects.filter(person=order.buyer_id, kind__startswith="orders.")
    return [
        message
        for message in told.order_by("created_at", "pk")
        if codes & set(message.once.split(":")[1:2])
    ]


def _of_the_order(event: OrderEvent, order: Order) -> Moment:
    notes: list[Text] = []
    if event.amount is not None:
        notes.append(format_money(event.amount, order.currency))
    if event.detail in WORDS:
        notes.append(WORDS[event.detail])
    return Moment(
        event.happened_at,
        event.recorded_at,
        event.get_kind_display(),
        _("The buyer") if event.source == Source.BUYER else event.get_source_display(),
        "trouble" if event.kind in TROUBLE else "order",
        " · ".join(str(note) for note in notes),
    )


def _of_a_message(message: Message) -> Moment:
    subject = str(message.declared.subject)
    for name in ("{code}", "{amount}"):
        subject = subject.replace(name, "…")
    return Moment(
        message.sent_at or message.created_at,
        message.created_at,
        _("Message: %(subject)s") % {"subject": subject},
        message.get_channel_display(),
        "message",
        message.get_state_display(),
    )
