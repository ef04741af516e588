"""News of orders for the rooms above, sent after commit. Nothing may depend on hearing them:
a process that dies between commit and signal sends none, the timeline has the line."""

from django.dispatch import Signal

order_moved = Signal()
"""An order moved on one of its axes. Arguments: `order: Order`, `event: OrderEvent`."""
