"""How the carriers are told that somebody's data is to be deleted."""

from django.core.exceptions import ImproperlyConfigured

from common.outbound import PartnerUnreachable
from delivery.carriers.base import CarrierRefused
from delivery.carriers.registry import carrier_of
from delivery.errors import UnknownCarrier
from delivery.models import Parcel
from privacy.recipients_told import CannotBeTold, SignedNotice, Silent, tells


@tells("carrier")
def tell_carriers(notice: SignedNotice) -> bool:
    """Hand the notice to each carrier that brought one of these parcels."""
    parcels = Parcel.objects.filter(code__in=notice.references).exclude(carrier="")
    codes = set(parcels.values_list("carrier", flat=True))
    if not codes:
        raise CannotBeTold("unknown_reference")
    try:
        answers = [carrier_of(code).ask_to_delete(notice.document) for code in sorted(codes)]
    except PartnerUnreachable as silence:
        raise Silent(silence.code) from silence
    except (UnknownCarrier, ImproperlyConfigured):
        raise CannotBeTold("no_contract") from None
    except CarrierRefused as refusal:
        raise CannotBeTold(refusal.code) from refusal
    return all(answers)
