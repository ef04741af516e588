"""The payment partners this mall works with, by code."""

from dataclasses import dataclass

from django.utils.functional import Promise

from payments.errors import UnknownProvider
from payments.providers.base import Provider
from payments.providers.redirect_rsa2 import RedirectRsa2

_providers: dict[str, Provider] = {RedirectRsa2.code: RedirectRsa2()}


@dataclass(frozen=True)
class PaymentMethod:
    """A way of paying as checkout lists it."""

    code: str
    label: "str | Promise"


def provider_of(code: str) -> Provider:
    """The adapter; raises `UnknownProvider`."""
    try:
        return _providers[code]
    except KeyError:
        raise UnknownProvider from None


def available_methods() -> list[PaymentMethod]:
    """Every way of paying, the default first."""
    return [PaymentMethod(code, provider.label) for code, provider in _providers.items()]
