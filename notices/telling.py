"""How the SMS gateway is told that somebody's data is to be deleted.

E-mail has no words for it: what our e-mail service still holds is a task for staff, unless the
demonstration's outbox stands in for it.
"""

from django.core.exceptions import ImproperlyConfigured

from notices import outbox, sms
from notices.errors import ChannelRefused, ChannelSilent
from privacy.recipients_told import CannotBeTold, SignedNotice, Silent, tells


@tells("sms_gateway")
def tell_gateway(notice: SignedNotice) -> bool:
    """Hand the notice over; the demonstration's outbox forgets the same messages."""
    try:
        confirmed = sms.ask_to_delete(notice.document)
    except ChannelSilent as silence:
        raise Silent(str(silence)) from silence
    except ChannelRefused as refusal:
        raise CannotBeTold(refusal.code) from refusal
    except ImproperlyConfigured:
        raise CannotBeTold("no_contract") from None
    if confirmed:
        outbox.forget(keys=notice.references)
    return confirmed


@tells("mail_server")
def tell_mail_server(notice: SignedNotice) -> bool:
    """Only the outbox can be told."""
    if outbox.path() is None:
        raise CannotBeTold("no_protocol")
    outbox.forget(keys=notice.references)
    return True
