"""Open a parcel for an order: a snapshot of who receives it."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from delivery.carriers.registry import default_carrier
from delivery.enums import (
    EventKind,
    MethodCode,
)
from delivery.errors import (
    ParcelDiffers,
    RecipientIncomplete,
)
from delivery.models import Parcel
from delivery.services.moving import note
from stores.models import Store


@dataclass(frozen=True)
class Recipient:
    """Who receives the goods. Pick-up needs name and phone only."""

    name: str
    phone: str
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


def open_parcel(
    *,
    reference: str,
    store: Store,
    method: str,
    subject: UUID,
    recipient: Recipient | None,
    weight_g: int,
) -> Parcel:
    """Open a parcel for one recipient, or return the one this reference already has.

    The recipient is sealed under the subject's key. Raises `RecipientIncomplete`, and
    `ParcelDiffers` when the reference belongs to another store or person. May run inside the
    caller's transaction: nothing is called outside.
    """
    existing = Parcel.objects.filter(reference=reference).first()
    if existing is None:
        existing = _open(reference, store, MethodCode(method), subject, recipient, weight_g)
    if (existing.store_id, existing.subject) != (store.pk, subject):
        raise ParcelDiffers
    return existing


def _open(
    reference: str,
    store: Store,
    method: MethodCode,
    subject: UUID,
    recipient: Recipient | None,
    weight_g: int,
) -> Parcel:
    if recipient is None or not recipient.name.strip() or not recipient.phone.strip():
        raise RecipientIncomplete
    by_carrier = method is MethodCode.CARRIER
    if by_carrier and not (recipient.street.strip() and recipient.province):
        raise RecipientIncomplete
    row = Parcel(
        reference=reference,
        store=store,
        method=method,
        subject=subject,
        weight_g=weight_g,
        carrier=default_carrier().code if by_carrier else "",
        recipient_name=recipient.name.strip(),
        recipient_phone=recipient.phone.strip(),
    )
    if by_carrier:
        row.province, row.city, row.district = (
            recipient.province,
            recipient.city,
            recipient.district,
        )
        row.street, row.postcode = recipient.street.strip(), recipient.postcode
    with transaction.atomic():
        # Of two callers with one reference the second waits here and finds the first one's row.
        Parcel.objects.bulk_create([row], ignore_conflicts=True)
        parcel = Parcel.objects.get(reference=reference)
        if parcel.code == row.code:
            note(parcel, EventKind.OPENED, key="opened")
    return parcel
