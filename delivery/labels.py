"""Labels: one purpose-bound opening of just what stands on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from delivery.models import Parcel
from delivery.queries import full_address
from privacy import audit, disclosures
from privacy.enums import AccessReason, Action, Ground
from privacy.fields import open_rows

MOST = 200
LANGUAGE = "zh-hans"
COLUMNS = "recipient_name,recipient_phone,street,tracking_number"


@dataclass(frozen=True)
class Label:
    """What stands on a parcel."""

    parcel: Parcel
    name: str
    phone: str
    address: str
    tracking_number: str


def open_labels(parcels: Iterable[Parcel], *, actor: Any) -> list[Label]:
    """Open what the labels of these parcels show, at most 200.

    Who asked is written down for each person before anything is opened, and that the store, which
    packs, receives it.
    """
    rows = list(parcels)[:MOST]
    with transaction.atomic():
        audit.record_many(
            Action.BATCH_OPENED,
            actor=actor,
            subjects=[row.subject for row in rows],
            reason=AccessReason.DELIVERY,
            detail={"model": Parcel._meta.label, "columns": COLUMNS, "rows": len(rows)},
        )
        return [_label(row) for row in open_rows(rows)]


def _label(parcel: Parcel) -> Label:
    content = disclosures.record(
        "store",
        subject=parcel.subject,
        payload={
            "name": str(parcel.recipient_name),
            "phone": str(parcel.recipient_phone),
            "address": "" if parcel.is_pickup else full_address(parcel, LANGUAGE),
        },
        ground=Ground.CONTRACT,
        reference=parcel.code,
    )
    return Label(
        parcel,
        name=str(content.get("name", "")),
        phone=str(content.get("phone", "")),
        address=str(content.get("address", "")),
        tracking_number=str(parcel.tracking_number or ""),
    )
