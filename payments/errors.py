"""Refusals of this app: a code for programs, a sentence for people."""

from django.utils.translation import gettext_lazy as _

from common.errors import RuleError


class PaymentError(RuleError):
    """Base of the refusals below."""


class PaymentDiffers(PaymentError):
    """The reference is already used for another amount, currency or person."""

    def __init__(self) -> None:
        super().__init__(
            "payment_differs",
            _("This payment was started with another amount. Please start again."),
        )


class PaymentNotOpen(PaymentError):
    """The payment is paid, closed or being closed: nobody may be sent to the partner."""

    def __init__(self) -> None:
        super().__init__("payment_not_open", _("This payment is no longer open."))


class PartnerDown(PaymentError):
    """The partner gave no usable answer; nothing is lost, we ask again by ourselves."""

    def __init__(self) -> None:
        super().__init__(
            "partner_down",
            _(
                "The payment partner does not answer at the moment. Nothing is lost: "
                "we keep asking and show the result here."
            ),
        )


class TooMuch(PaymentError):
    """More than what was paid and not yet refunded."""

    def __init__(self) -> None:
        super().__init__("refund_too_much", _("This is more than what can still be refunded."))


class RefundDiffers(PaymentError):
    """The key is already used for a refund of another amount."""

    def __init__(self) -> None:
        super().__init__("refund_differs", _("A refund of another amount was already asked for."))


class UnknownProvider(PaymentError):
    """No payment partner is registered under this code."""

    def __init__(self) -> None:
        super().__init__("unknown_provider", _("This way of paying is not available."))


class BadNotice(Exception):
    """A notice that nobody we know has signed, or that is not meant for us. Code only."""
