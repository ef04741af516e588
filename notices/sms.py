"""The SMS gateway: signed JSON, one idempotency key for each message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from common.hmac_signing import signed_headers
from common.outbound import PartnerUnreachable, call
from common.partner_keys import sandbox_section
from notices import outbox
from notices.enums import Channel
from notices.errors import ChannelRefused, ChannelSilent


@dataclass(frozen=True)
class Gateway:
    """The contract with the gateway."""

    url: str
    account: str
    secret: str


def gateway() -> Gateway:
    """The configured gateway; raises `ImproperlyConfigured` when there is none."""
    if settings.SMS_ACCOUNT and settings.SMS_SECRET and settings.SMS_GATEWAY_URL:
        return Gateway(settings.SMS_GATEWAY_URL, settings.SMS_ACCOUNT, settings.SMS_SECRET)
    if not settings.SMS_GATEWAY_URL:
        raise ImproperlyConfigured("Set SMS_GATEWAY_URL, SMS_ACCOUNT and SMS_SECRET to send SMS.")
    section = sandbox_section("sms")
    return Gateway(settings.SMS_GATEWAY_URL, section["account"], section["secret"])


def send_sms(*, to: str, text: str, kind: str, key: str) -> str:
    """Send one SMS and return the gateway's message id.

    The gateway sends once per `key`, however often we ask. Raises `ChannelRefused` for a number
    that it will never reach and `ChannelSilent` when it gave no answer or asked us to wait.
    """
    answer = _call("/send", {"idempotency_key": key, "to": to, "text": text.strip()})
    # A known key is a message whose first answer was lost on the way.
    if not (answer.get("duplicate") and outbox.holds(key)):
        outbox.append(channel=Channel.SMS, to=to, kind=kind, subject="", text=text.strip(), key=key)
    return str(answer["message_id"])[:80]


def ask_to_delete(notice: Mapping[str, object]) -> bool:
    """Hand a signed notice over; True when the gateway confirmed that it deleted.

    Raises `ChannelRefused` where the gateway knows no such call, and `ChannelSilent`.
    """
    return _call("/erasures", notice).get("acknowledged") is True


def _call(operation: str, content: Mapping[str, object]) -> dict[str, Any]:
    ours = gateway()
    url = ours.url.rstrip("/") + operation
    path = urlsplit(url).path
    body = json.dumps(content).encode()
    headers = signed_headers(ours.secret, account=ours.account, method="POST", path=path, body=body)
    try:
        response = call("POST", url, partner="sms", body=body, headers=headers)
        answer: dict[str, Any] = response.json()
    except PartnerUnreachable as error:
        raise ChannelSilent(error.code) from error
    except ValueError as error:
        raise ChannelSilent("no_json") from error
    if response.status_code == 429:
        raise ChannelSilent("too_many")
    if response.status_code != 200:
        raise ChannelRefused(str(answer.get("error", response.status_code))[:60])
    return answer
