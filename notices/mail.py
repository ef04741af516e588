"""E-mail: built here, handed to whatever backend the settings name."""

from collections.abc import Sequence
from email.utils import make_msgid
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from notices import outbox
from notices.enums import Channel
from notices.errors import ChannelRefused, ChannelSilent
from notices.rendering import Words


def send_mail(*, to: str, words: Words, kind: str, key: str) -> str:
    """Send one e-mail and return its Message-ID.

    The id is made from `key`, so a message that is tried again is the same message to every
    mail server on the way. Raises `ChannelRefused` (for good) or `ChannelSilent`.
    """
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message_id = f"<{key}@{host}>" if key else make_msgid(domain=host)
    message = EmailMultiAlternatives(
        subject=" ".join(words.subject.split()),
        body=words.text,
        to=[to],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Mall-Kind": kind},
    )
    if words.html:
        message.attach_alternative(words.html, "text/html")
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _ in error.recipients.values()):
            raise ChannelRefused("recipient") from error
        raise ChannelSilent("recipient_later") from error
    except SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise ChannelRefused(str(error.smtp_code)) from error
        raise ChannelSilent(str(error.smtp_code)) from error
    except (SMTPException, OSError) as error:
        raise ChannelSilent(type(error).__name__) from error
    return message_id


class OutboxBackend(BaseEmailBackend):
    """Writes every e-mail to the outbox file in place of sending it (demo and tests)."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Append each message once per addressee; returns their number."""
        for message in email_messages:
            for address in message.recipients():
                outbox.append(
                    channel=Channel.EMAIL,
                    to=address,
                    kind=message.extra_headers.get("X-Mall-Kind", ""),
                    subject=str(message.subject),
                    text=str(message.body),
                    headers={"From": message.from_email, **message.extra_headers},
                )
        return len(email_messages)
