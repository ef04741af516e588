"""Every write about payments. Outside calls run between transactions, never inside one:
record the intent, call, record the result.
"""

from payments.services.hearing import apply, apply_notice, receive
from payments.services.moving import announce
from payments.services.paying import check, close, reconcile, redirect_to_partner, start, sync
from payments.services.refunding import check_refund, end_refund, refund, retry_refund, send_refund

__all__ = [
    "announce",
    "apply",
    "apply_notice",
    "check",
    "check_refund",
    "close",
    "end_refund",
    "receive",
    "reconcile",
    "redirect_to_partner",
    "refund",
    "retry_refund",
    "send_refund",
    "start",
    "sync",
]
