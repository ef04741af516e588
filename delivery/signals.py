"""News for the apps above. Sent after commit, from a job that is repeated until every receiver
has returned, so receivers may be called more than once and must be idempotent. A receiver raises
when it could not do its part. Each is sent with `parcel: Parcel`."""

from django.dispatch import Signal

parcel_collected = Signal()
"""The carrier holds the parcel. Sent before any later news of the same parcel."""

parcel_ready = Signal()
"""The goods wait at the store; `delivery.queries.pickup_code(parcel)` opens the code."""

parcel_delivered = Signal()
"""The buyer has the goods, from the carrier or at the store; `parcel.delivered_at` says when."""

parcel_returned = Signal()
"""The carrier brought the parcel back to the store."""

parcel_lost = Signal()
"""The carrier has given the parcel up. It may still be found: `parcel_delivered` follows then."""
