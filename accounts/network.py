"""Where a request comes from, as far as the mall wants to know."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

NOWHERE = "0.0.0.0"  # noqa: S104 - a stand-in, nothing listens


def client_ip(request: HttpRequest) -> str:
    """The visitor's address. Behind a proxy it is the one that our own proxy noted."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        text = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return NOWHERE


def network_of(request: HttpRequest) -> str:
    """The network whose messages are counted: one IPv4 address, or an IPv6 /64."""
    address = ipaddress.ip_address(client_ip(request))
    return str(address) if address.version == 4 else _shortened(address, 64)


def shortened_ip(text: str) -> str:
    """The address without its end (/24 or /48): what a list of one's devices needs."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return NOWHERE
    return _shortened(address, 24 if address.version == 4 else 48)


def _shortened(address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False).network_address)
