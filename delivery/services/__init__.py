"""Every write about parcels. Outside calls run between transactions, never inside one:
record the intent, call, record the result.
"""

from delivery.fees import (
    Method,
    Quote,
    QuoteRequest,
    methods_for,
    methods_for_stores,
    quote,
    quotes,
)
from delivery.services.cancelling import cancel, cancel_at_carrier
from delivery.services.hearing import apply_push, check, poll, receive, record_event
from delivery.services.moving import announce
from delivery.services.opening import Recipient, open_parcel
from delivery.services.picking_up import hand_over, mark_ready
from delivery.services.shipping import send_to_carrier, ship

__all__ = [
    "Method",
    "Quote",
    "QuoteRequest",
    "Recipient",
    "announce",
    "apply_push",
    "cancel",
    "cancel_at_carrier",
    "check",
    "hand_over",
    "mark_ready",
    "methods_for",
    "methods_for_stores",
    "open_parcel",
    "poll",
    "quote",
    "quotes",
    "receive",
    "record_event",
    "send_to_carrier",
    "ship",
]
