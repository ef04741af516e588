"""How the payment partner is told that somebody's data is to be deleted."""

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q

from common.outbound import PartnerUnreachable
from payments.errors import UnknownProvider
from payments.models import Payment
from payments.providers.registry import provider_of
from privacy.recipients_told import CannotBeTold, SignedNotice, Silent, tells


@tells("payment_partner")
def tell_partners(notice: SignedNotice) -> bool:
    """Hand the notice to each partner that took one of these payments or refunds."""
    names = notice.references
    payments = Payment.objects.filter(Q(code__in=names) | Q(refunds__code__in=names))
    codes = set(payments.values_list("provider", flat=True))
    if not codes:
        raise CannotBeTold("unknown_reference")
    try:
        answers = [provider_of(code).ask_to_delete(notice.document) for code in sorted(codes)]
    except PartnerUnreachable as silence:
        raise Silent(silence.code) from silence
    except (UnknownProvider, ImproperlyConfigured):
        raise CannotBeTold("no_contract") from None
    if not all(answers):
        raise CannotBeTold("no_protocol")
    return True
