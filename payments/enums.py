"""The states of payments and refunds, and the moves that are allowed."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PaymentState(models.TextChoices):
    """Where a payment stands. Refunds are rows of their own and change nothing here."""

    PENDING = "pending", _("Waiting for payment")
    FAILED = "failed", _("The last attempt failed")
    PAID = "paid", _("Paid")
    CLOSED = "closed", _("Closed")


PAYMENT_MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PENDING: frozenset({PaymentState.FAILED}),
    PaymentState.FAILED: frozenset({PaymentState.PENDING}),
    # Money that arrives is money that arrived, also after we gave up waiting for it.
    PaymentState.PAID: frozenset({PaymentState.PENDING, PaymentState.FAILED, PaymentState.CLOSED}),
    PaymentState.CLOSED: frozenset({PaymentState.PENDING, PaymentState.FAILED}),
}
"""Target state: the states from which it may be reached. Nothing leads away from PAID."""

OPEN_STATES = (PaymentState.PENDING, PaymentState.FAILED)


class RefundState(models.TextChoices):
    """Where a refund stands."""

    REQUESTED = "requested", pgettext_lazy("refund", "On its way")
    SETTLED = "settled", _("Refunded")
    FAILED = "failed", _("Could not be refunded")


REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    RefundState.REQUESTED: frozenset({RefundState.FAILED}),
    RefundState.SETTLED: frozenset({RefundState.REQUESTED, RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.REQUESTED}),
}
"""Target state: the states from which it may be reached. Nothing leads away from SETTLED."""


class EventKind(models.TextChoices):
    """What a line of a payment's timeline tells."""

    STARTED = "started", _("Payment started")
    REDIRECTED = "redirected", _("Payer sent to the payment partner")
    FAILED = "failed", _("Attempt failed")
    PAID = "paid", _("Paid")
    PAID_LATE = "paid_late", _("Paid after it was closed")
    CLOSE_REQUESTED = "close_requested", _("Closing asked for")
    CLOSED = "closed", _("Closed")
    MISMATCH = "mismatch", _("Notice does not fit this payment")
    REFUND_REQUESTED = "refund_requested", _("Refund asked for")
    REFUND_SETTLED = "refund_settled", _("Refunded")
    REFUND_FAILED = "refund_failed", _("Refund failed")


class Source(models.TextChoices):
    """Who told us."""

    MALL = "mall", _("The mall")
    NOTICE = "notice", _("Notice from the payment partner")
    QUERY = "query", _("Answer of the payment partner")


class NoticeOutcome(models.TextChoices):
    """What became of a partner's notice."""

    WAITING = "waiting", _("Waiting")
    APPLIED = "applied", _("Applied")
    NO_CHANGE = "no_change", _("Told nothing new")
    MISMATCH = "mismatch", _("Does not fit the payment")
    UNKNOWN = "unknown", _("No such payment")


class RefundReason(models.TextChoices):
    """Why money goes back; a closed list, so that no free text reaches the partner."""

    CANCELLED = "cancelled", _("The order was cancelled")
    RETURNED = "returned", _("Goods were returned")
    SOLD_OUT = "sold_out", _("Goods were sold out")
    PAID_LATE = "paid_late", _("Paid after the order had ended")
    GOODWILL = "goodwill", _("Goodwill")
