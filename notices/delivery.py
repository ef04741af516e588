"""Hand a message to its channel. Runs in the worker, outside any transaction."""

import logging
from uuid import UUID

from django.utils import timezone

from jobs.errors import TryLater
from notices import mail, outbox, sms
from notices.addresses import addresses_of
from notices.enums import Channel, MessageState
from notices.errors import ChannelRefused, ChannelSilent
from notices.models import Message
from notices.rendering import Words, render
from privacy import disclosures
from privacy.enums import Ground

log = logging.getLogger(__name__)

PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 15 * 60
GIVE_UP_AFTER_SECONDS = 24 * 60 * 60


def deliver(message_id: int) -> MessageState:
    """Deliver one message that is still queued; a message at its end is left alone.

    Raises `TryLater` when the channel gave no answer. The idempotency key is the message's own,
    so asking again never sends twice where the channel keeps its word.
    """
    message = Message.objects.select_related("person").filter(pk=message_id).first()
    if message is None or message.state != MessageState.QUEUED:
        # None: forgotten meanwhile, its time was over long ago.
        return MessageState(message.state) if message else MessageState.EXPIRED
    useful_for = message.declared.useful_for
    age = timezone.now() - message.created_at
    if useful_for is not None and age > useful_for:
        return _end(message, MessageState.EXPIRED)
    address = _address(message)
    if not address:
        return _end(message, MessageState.NO_ADDRESS)
    try:
        partner_message_id = _send(message, address)
    except ChannelRefused as refusal:
        return _end(message, MessageState.REFUSED, error=refusal.code)
    except ChannelSilent as silence:
        if age.total_seconds() > GIVE_UP_AFTER_SECONDS:
            return _end(message, MessageState.REFUSED, error="silent")
        raise TryLater(seconds=_pause(age.total_seconds()), reason=str(silence)) from silence
    return _end(message, MessageState.SENT, partner_message_id=partner_message_id)


def show_in_outbox(message: Message) -> None:
    """Copy a message-centre entry to the outbox of the demo and the tests."""
    words = words_of(message)
    outbox.append(
        channel=Channel.INBOX,
        to=str(message.subject),
        kind=message.kind,
        subject=words.subject,
        text=words.text,
    )


def words_of(message: Message) -> Words:
    """The message as its reader sees it."""
    return render(
        message.declared, Channel(message.channel), message.language, message.context or {}
    )


def _address(message: Message) -> str:
    if message.person is None:
        return message.to_address or ""
    addresses = addresses_of(message.person)
    return (addresses.email if message.channel == Channel.EMAIL else addresses.phone) or ""


def _send(message: Message, address: str) -> str:
    words = words_of(message)
    key = f"m-{message.code.lower()}"
    if message.channel == Channel.EMAIL:
        allowed = _disclose("mail_server", message.subject, key, email=address, text=words.text)
        words = Words(words.subject, str(allowed["text"]), words.html)
        return mail.send_mail(to=str(allowed["email"]), words=words, kind=message.kind, key=key)
    allowed = _disclose("sms_gateway", message.subject, key, phone=address, text=words.text)
    return sms.send_sms(
        to=str(allowed["phone"]), text=str(allowed["text"]), kind=message.kind, key=key
    )


def _disclose(
    recipient: str, subject: UUID, reference: str, **payload: object
) -> dict[str, object]:
    return disclosures.record(
        recipient, subject=subject, payload=payload, ground=Ground.CONTRACT, reference=reference
    )


def _pause(age_seconds: float) -> float:
    """Wait as long as the message is old, within bounds: 5, 10, 20 … seconds, then 15 minutes."""
    return min(max(PAUSE_SECONDS, age_seconds), LONGEST_PAUSE_SECONDS)


def _end(
    message: Message, state: MessageState, *, error: str = "", partner_message_id: str = ""
) -> MessageState:
    sent_at = timezone.now() if state == MessageState.SENT else None
    Message.objects.filter(pk=message.pk, state=MessageState.QUEUED).update(
        state=state, error=error, partner_message_id=partner_message_id, sent_at=sent_at
    )
    if state != MessageState.SENT:
        log.warning(
            "message not delivered",
            extra={
                "message_code": message.code,
                "kind": message.kind,
                "state": state,
                "reason": error,
            },
        )
    return state
