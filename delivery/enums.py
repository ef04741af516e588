"""The states of parcels, and the moves that are allowed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MethodCode(models.TextChoices):
    """How goods reach their buyer."""

    CARRIER = "carrier", _("Delivery to your address")
    PICKUP = "pickup", _("Pick-up at the store")


class ParcelState(models.TextChoices):
    """Where a parcel stands, with a carrier or waiting at the store."""

    PREPARED = "prepared", _("Being prepared")
    REQUESTED = "requested", _("Announced to the carrier")
    ACCEPTED = "accepted", _("Waiting for the carrier")
    COLLECTED = "collected", _("Handed to the carrier")
    IN_TRANSIT = "in_transit", _("On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    READY = "ready", _("Ready for pick-up")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Sent back to the store")
    LOST = "lost", _("Lost on the way")
    CANCELLED = "cancelled", _("Cancelled")


_S = ParcelState
UNDER_WAY = frozenset({_S.COLLECTED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY})
"""The carrier holds it."""
WITH_CARRIER = frozenset({_S.REQUESTED, _S.ACCEPTED, *UNDER_WAY})
"""The carrier may know of it and has not ended its part."""
ENDED = frozenset({_S.DELIVERED, _S.RETURNED, _S.LOST, _S.CANCELLED})

PARCEL_MOVES: dict[ParcelState, frozenset[ParcelState]] = {
    # The carrier refused: people mend what is wrong and ask again.
    _S.PREPARED: frozenset({_S.REQUESTED}),
    _S.REQUESTED: frozenset({_S.PREPARED}),
    _S.ACCEPTED: frozenset({_S.REQUESTED}),
    # News may overtake each other, also the answer to our own request.
    _S.COLLECTED: frozenset({_S.REQUESTED, _S.ACCEPTED}),
    # Nobody was at home: it goes back to the depot and out again.
    _S.IN_TRANSIT: frozenset({_S.REQUESTED, _S.ACCEPTED, _S.COLLECTED, _S.OUT_FOR_DELIVERY}),
    _S.OUT_FOR_DELIVERY: frozenset({_S.REQUESTED, _S.ACCEPTED, _S.COLLECTED, _S.IN_TRANSIT}),
    _S.READY: frozenset({_S.PREPARED}),
    # What was given up for lost is sometimes found.
    _S.DELIVERED: frozenset({*WITH_CARRIER, _S.READY, _S.LOST}),
    _S.RETURNED: frozenset({*WITH_CARRIER, _S.LOST}),
    _S.LOST: WITH_CARRIER,
    _S.CANCELLED: frozenset({_S.PREPARED, _S.REQUESTED, _S.ACCEPTED, _S.READY}),
}
"""Target state: the states from which it may be reached. Nothing leads away from DELIVERED."""


class EventKind(models.TextChoices):
    """What a line of a parcel's timeline tells: the states, and what happened on the way."""

    OPENED = "opened", _("Being prepared")
    REQUESTED = "requested", _("Announced to the carrier")
    REFUSED = "refused", _("The carrier could not take it")
    ACCEPTED = "accepted", _("The carrier expects the parcel")
    COLLECTED = "collected", _("Handed to the carrier")
    IN_TRANSIT = "in_transit", _("On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    READY = "ready", _("Ready for pick-up")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Sent back to the store")
    LOST = "lost", _("Lost on the way")
    CANCEL_REQUESTED = "cancel_requested", _("Cancelling asked for")
    CANCEL_REFUSED = "cancel_refused", _("Too late to cancel: the carrier has it")
    CANCELLED = "cancelled", _("Cancelled")


class Source(models.TextChoices):
    """Who told us."""

    MALL = "mall", _("The mall")
    STORE = "store", _("The store")
    PUSH = "push", _("News from the carrier")
    QUERY = "query", _("Answer of the carrier")


class PushOutcome(models.TextChoices):
    """What became of a carrier's news."""

    WAITING = "waiting", _("Waiting")
    APPLIED = "applied", _("Applied")
    NO_CHANGE = "no_change", _("Told nothing new")


class News(models.TextChoices):
    """What the apps above are told, once for each parcel."""

    COLLECTED = "collected", _("Handed to the carrier")
    READY = "ready", _("Ready for pick-up")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Sent back to the store")
    LOST = "lost", _("Lost on the way")
