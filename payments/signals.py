"""News for the apps above. Sent after commit, from a job that is repeated until every receiver
has returned, so receivers may be called more than once and must be idempotent. A receiver raises
when it could not do its part."""

from django.dispatch import Signal

payment_settled = Signal()
"""Money arrived. Arguments: `payment: Payment`, `late: bool` (it had been closed before)."""

payment_failed = Signal()
"""An attempt failed; the payer may try again. Arguments: `payment: Payment`."""

payment_closed = Signal()
"""Nobody can pay this any more. Arguments: `payment: Payment`."""

refund_settled = Signal()
"""The partner has paid back. Arguments: `refund: Refund`."""

refund_failed = Signal()
"""We gave up trying; people must look. Arguments: `refund: Refund`."""
