"""Calls to outside companies: short, to a known host, and never logged with their contents."""

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import transaction
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from common.errors import RuleError
from common.partner_keys import LOOPBACK

log = logging.getLogger(__name__)


class PartnerUnreachable(RuleError):
    """The partner did not answer, or answered that it cannot at the moment."""


class PartnerTimeout(PartnerUnreachable):
    """The partner may or may not have heard us: ask before repeating what costs money."""


def refuse_transaction() -> None:
    """Raise inside a transaction: a call to a partner would hold its locks while we wait."""
    with transaction.atomic(durable=True):
        pass


def call(
    method: str,
    url: str,
    *,
    partner: str,
    data: Mapping[str, str] | None = None,
    json: object = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """Send one request to `partner` and return its answer below 500.

    Raises `PartnerTimeout` when no answer came and `PartnerUnreachable` when the partner was
    not reached or failed. Redirects are not followed.
    """
    host = urlsplit(url).hostname
    try:
        with requests.Session() as session:
            # A proxy of the environment is for the way out; loopback has no way out.
            session.trust_env = host not in LOOPBACK
            response = session.request(
                method,
                url,
                data=body if body is not None else data,
                json=json,
                headers=dict(headers or {}),
                timeout=settings.PARTNER_TIMEOUT,
                allow_redirects=False,
            )
    except requests.exceptions.RequestException as error:
        if _never_arrived(error):
            raise PartnerUnreachable("partner", f"{partner} cannot be reached.") from error
        raise PartnerTimeout("partner_timeout", f"{partner} did not answer in time.") from error
    log.info(
        "partner answered", extra={"partner": partner, "host": host, "status": response.status_code}
    )
    if response.status_code >= 500:
        raise PartnerUnreachable("partner", f"{partner} cannot help at the moment.")
    return response


def _never_arrived(error: requests.exceptions.RequestException) -> bool:
    """Whether the request certainly did not reach the partner; in doubt it may have."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError):
        # A wrong address fails before anything is sent; a broken answer comes after.
        return isinstance(error, ValueError)
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), (NewConnectionError, ConnectTimeoutError))
