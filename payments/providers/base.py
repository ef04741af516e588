"""What the mall asks of a payment partner's adapter. Adapters hold no rows and write none."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise


class Status(enum.Enum):
    """What a partner says about a payment, in the mall's words."""

    UNKNOWN = "unknown"  # the partner has never heard of it
    WAITING = "waiting"
    FAILED = "failed"
    PAID = "paid"  # also once it was refunded afterwards
    CLOSED = "closed"


@dataclass(frozen=True)
class PartnerStatus:
    """One statement of the partner; `amount` in minor units where it names one."""

    payment_code: str
    status: Status
    amount: int | None = None
    partner_reference: str = ""
    happened_at: datetime | None = None


@dataclass(frozen=True)
class PartnerMessage:
    """A verified notice: the partner's id of it, what it says, and what of it may be stored."""

    partner_id: str
    statement: PartnerStatus
    content: dict[str, str]


@dataclass(frozen=True)
class Redirect:
    """Where to send the payer. `fields` is empty for GET."""

    url: str
    method: str = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PaymentRequest:
    """All that a partner gets to know: no product, no name, no order."""

    payment_code: str
    amount: int
    currency: str
    title: str
    return_url: str
    notify_url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class RefundRequest:
    """`key` makes the partner refund once, however often we ask."""

    payment_code: str
    key: str
    amount: int
    currency: str
    reason: str


@dataclass(frozen=True)
class RefundAnswer:
    """Refunded, or refused for good with the partner's code."""

    refunded: bool
    refusal: str = ""


class Provider(Protocol):
    """An adapter. Calls raise `common.outbound.PartnerUnreachable` when no answer came."""

    code: str
    acknowledgement: str

    @property
    def label(self) -> "str | Promise":
        """The way of paying, for people."""

    def origin(self) -> str:
        """Scheme and host of the partner's page, for the Content-Security-Policy."""

    def redirect(self, request: PaymentRequest) -> Redirect:
        """Where the payer pays. Makes no call."""

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> PartnerMessage:
        """Verify a notice on its raw body; raises `BadNotice`."""

    def is_genuine_return(self, parameters: Mapping[str, str]) -> bool:
        """Whether the partner signed the address with which the payer came back."""

    def query(self, payment_code: str, currency: str) -> PartnerStatus:
        """Ask how the payment stands."""

    def close(self, payment_code: str) -> Status:
        """Close it at the partner: CLOSED, UNKNOWN, or PAID when it is too late for that."""

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Pay back."""

    def was_refunded(self, payment_code: str, key: str) -> bool:
        """Whether the refund with this key was done."""

    def ask_to_delete(self, notice: Mapping[str, object]) -> bool:
        """Hand a signed notice over; True when the partner confirmed, False when it knows no such
        call."""
