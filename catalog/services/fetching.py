"""Fetching a picture from an address that a file names, without being turned on our own house.

The name is looked up once, every address it has must be public, and the connection goes to
that very address; each redirect starts over with the same questions.
"""

import ipaddress
import socket
import time
from urllib.parse import urljoin, urlsplit

import urllib3
from django.utils.translation import gettext_lazy as _

from catalog.services.media import MOST_BYTES, PictureRefused

PORTS = {"http": 80, "https": 443}
MOST_REDIRECTS = 3
TIMEOUT = urllib3.Timeout(connect=3, read=5)
MOST_SECONDS = 20.0
CHUNK = 64 * 1024
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def fetch_picture(url: str) -> bytes:
    """The bytes behind a public address.

    Raises PictureRefused for a private or loopback address, another scheme or port, more than
    three redirects, more than 12 megabytes, more than 20 seconds, or no answer.
    """
    deadline = time.monotonic() + MOST_SECONDS
    for _hop in range(MOST_REDIRECTS + 1):
        body, target = _one_hop(url, deadline)
        if target is None:
            return body
        url = urljoin(url, target)
    raise PictureRefused(_("The picture's address redirects too often."))


def public_address(host: str, port: int) -> str:
    """The address to connect to. Raises PictureRefused when the host has one that is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PictureRefused(_("The picture's host is not known.")) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(_is_public(ipaddress.ip_address(a)) for a in addresses):
        raise PictureRefused(_("The picture's address is not public."))
    return addresses[0]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return _is_public(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def _one_hop(url: str, deadline: float) -> tuple[bytes, str | None]:
    parts = urlsplit(url)
    try:
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise PictureRefused(_("The picture's address cannot be read.")) from error
    host = parts.hostname or ""
    if PORTS.get(parts.scheme) != port or not host or parts.username is not None:
        raise PictureRefused(_("The picture's address must be plain http or https."))
    pool = _pool(parts.scheme, host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": host, "Accept": "image/*", "User-Agent": "mall-import"}
    try:
        answer = pool.urlopen(
            "GET", path, headers=headers, redirect=False, retries=False, preload_content=False
        )
        if answer.status in {301, 302, 303, 307, 308}:
            return b"", answer.headers.get("Location", "")
        if answer.status != 200:
            raise PictureRefused(
                _("The picture's host answered %(status)s.") % {"status": answer.status}
            )
        return _read(answer, deadline), None
    except urllib3.exceptions.HTTPError as error:
        raise PictureRefused(_("The picture's host did not answer.")) from error
    finally:
        pool.close()


def _pool(scheme: str, host: str, port: int) -> urllib3.HTTPConnectionPool:
    address = public_address(host, port)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=TIMEOUT)
    return urllib3.HTTPSConnectionPool(
        address, port, timeout=TIMEOUT, server_hostname=host, assert_hostname=host
    )


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    parts: list[bytes] = []
    length = 0
    for chunk in answer.stream(CHUNK):
        parts.append(chunk)
        length += len(chunk)
        if length > MOST_BYTES:
            raise PictureRefused(_("The picture is larger than 12 megabytes."))
        if time.monotonic() > deadline:
            raise PictureRefused(_("The picture took longer than 20 seconds."))
    return b"".join(parts)
