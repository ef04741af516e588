"""The one door through which personal data leaves the house."""

from collections.abc import Mapping
from uuid import UUID

from privacy.enums import Ground
from privacy.models import DisclosureEntry
from privacy.recipients import recipient as declared_recipient


class GroundRefused(Exception):
    """This recipient was not declared for this ground."""


def record(
    recipient: str,
    *,
    subject: UUID,
    payload: Mapping[str, object],
    ground: Ground,
    reference: str = "",
) -> dict[str, object]:
    """Reduce `payload` to what the recipient may get, note its field names, and return it.

    Send what this returns, never what you passed. The ledger holds names of fields, no value.
    Raises `UnknownRecipient` and `GroundRefused`.
    """
    target = declared_recipient(recipient)
    if ground not in target.grounds:
        raise GroundRefused(f"{recipient} receives nothing on the ground {ground}.")
    allowed = {
        name: value
        for name, value in payload.items()
        if name in target.fields and value not in (None, "")
    }
    DisclosureEntry.objects.create(
        recipient=recipient,
        subject=subject,
        fields=sorted(allowed),
        ground=ground,
        reference=reference,
    )
    return allowed
